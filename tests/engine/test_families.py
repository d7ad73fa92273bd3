"""Every family, from a folder and from a single file: what is true of the starter model is true of all."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.model_size import read_model_size
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction
from studio.core.components import family_components
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointIncomplete,
    GenerationCancelled,
    SourceRequired,
)
from studio.core.geometry import Size
from studio.core.progress import LoadProgress, Progress, PromptTruncated, SamplerReplaced, StepProgress
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.core.task import ImageToImage, Inpaint, InpaintArea, Task, TextToImage
from studio.engine.device import ComputeDevice, probe_device
from studio.engine.loader import CheckpointLoader
from studio.engine.session import DiffusersSession
from tests.engine.conftest import FLOAT32
from tests.engine.test_previews import Viewer
from tests.engine.tiny_library import TinyLibrary
from tests.engine.tiny_models import TINY_MODELS

ALL = list(TINY_MODELS)
FLOW = ["sd3", "flux", "flux2", "z-image", "qwen-image"]
FROM_NOISE = [kind for kind in ALL if kind != "sdxl refiner"]

SOURCES = MemorySources()
PICTURE = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
MASK = np.zeros((64, 96), np.uint8)
MASK[16:48, 32:64] = 255
REDRAWN = ImageToImage(image=SOURCES.put_image(PICTURE), strength=0.5)
FILLED = Inpaint(
    image=SOURCES.put_image(PICTURE), mask=SOURCES.put_mask(MASK), strength=0.9, area=InpaintArea.WHOLE, mask_blur=0
)


@pytest.fixture
def session(tiny_library: TinyLibrary) -> Iterator[Callable[..., DiffusersSession]]:
    """`session("flux")`: one that knows the configurations of that kind; the same for every call in a test."""
    made: dict[str, DiffusersSession] = {}

    def make(kind: str, **others: object) -> DiffusersSession:
        if kind not in made:
            latent_rgb = resource_path("latent_rgb.json")
            made[kind] = DiffusersSession(latent_rgb, SOURCES, tiny_library.configs(kind), read_model_size, **others)
        return made[kind]

    yield make
    for session in made.values():
        session.close()


def a_request(checkpoint: Checkpoint, task: Task | None = None, **changes: object) -> GenerationRequest:
    sampling = Sampling(scheduler=SchedulerName.EULER, num_inference_steps=3, guidance_scale=4.0, seed=7)
    prompt = Prompt(str(changes.pop("prompt", "a red apple")), str(changes.pop("negative", "blue")))
    batch_size = int(str(changes.pop("batch_size", 1)))
    return GenerationRequest(
        prompt=prompt,
        sampling=replace(sampling, **changes),
        size=Size(96, 64),
        checkpoint=checkpoint,
        task=task or TextToImage(),
        batch_size=batch_size,
    )


def pictures(session: DiffusersSession, request: GenerationRequest) -> list[np.ndarray]:
    images = session.generate(request, on_progress=lambda _: None, cancel=CancelToken())
    return [image.pixels for image in images]


@pytest.mark.parametrize("kind", ALL)
def test_folder_and_single_file_make_the_same_pictures(session, tiny_library, kind):
    tasks = [TextToImage(), REDRAWN, FILLED] if kind in FROM_NOISE else [REDRAWN, FILLED]
    models = (tiny_library.folder(kind), tiny_library.file(kind))
    from_folder, from_file = (
        [pictures(session(kind), a_request(model, task))[0] for task in tasks] for model in models
    )
    assert np.array_equal(from_folder, from_file)
    for picture in from_folder:
        assert picture.shape == (64, 96, 3)
        assert picture.std() > 1
    outside = MASK == 0
    filled = from_folder[-1]
    assert np.array_equal(filled[outside], PICTURE[outside])


@pytest.mark.parametrize("forced", [True, False, None], ids=["upcast", "half", "unsaid"])
def test_folder_and_single_file_load_the_vae_in_the_same_number_type(tiny_library, tmp_path, forced):
    """On a card that computes in half precision."""
    kind, card = "sdxl", ComputeDevice(torch.device("cpu"), torch.float16)
    folder, configs = tmp_path / "folder", tmp_path / "configs"
    shutil.copytree(tiny_library.folder(kind).path, folder)
    shutil.copytree(tiny_library.configs(kind), configs)
    for path in (*folder.glob("vae/config.json"), *configs.glob("*/*/vae/config.json")):
        config = json.loads(path.read_text()) | {"force_upcast": forced}
        path.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))
    loader = CheckpointLoader(card, configs, cache_bytes=0)
    models = (replace(tiny_library.folder(kind), path=folder), tiny_library.file(kind))
    dtypes = [loader.open(model).load_part("vae").dtype for model in models]
    assert dtypes == [torch.float16 if forced is False else torch.float32] * 2


@pytest.mark.parametrize(("kind", "dtype"), [("sd1", "float16"), ("sd3", "float16"), ("z-image", "bfloat16")])
def test_a_card_computes_a_family_in_numbers_that_it_does_not_outgrow(session, tiny_library, monkeypatch, kind, dtype):
    card = ComputeDevice(torch.device("cpu"), torch.float16, torch.bfloat16)
    monkeypatch.setattr("studio.engine.session.probe_device", lambda: card)
    for model in (tiny_library.folder(kind), tiny_library.file(kind)):
        [image] = session(kind).generate(a_request(model), on_progress=lambda _: None, cancel=CancelToken())
        assert image.provenance.dtype == dtype
        denoiser = session(kind)._model.loaded.pipeline.components["unet" if kind == "sd1" else "transformer"]
        assert {parameter.dtype for parameter in denoiser.parameters()} == {getattr(torch, dtype)}


@pytest.mark.parametrize("kind", ["sd1", *FLOW])
def test_a_sampler_that_a_model_cannot_be_run_with_is_told_and_the_picture_names_the_one_that_was(
    session, tiny_library, kind
):
    request = a_request(tiny_library.folder(kind), scheduler=SchedulerName.DPMPP_2M_KARRAS)
    told: list[Progress] = []
    [image] = session(kind).generate(request, on_progress=told.append, cancel=CancelToken())
    replaced = [progress for progress in told if isinstance(progress, SamplerReplaced)]
    used = image.request.sampling.scheduler
    if kind == "sd1":
        assert (replaced, used) == ([], SchedulerName.DPMPP_2M_KARRAS)
        return
    assert replaced == [SamplerReplaced(SchedulerName.DPMPP_2M_KARRAS, SchedulerName.EULER)]
    assert used is SchedulerName.EULER
    [euler] = pictures(session(kind), image.request)
    assert np.array_equal(image.pixels, euler)


@torch.inference_mode()
@pytest.mark.parametrize("kind", FLOW)
def test_what_the_text_encoder_does_not_read_of_a_long_prompt_is_told(session, tiny_library, kind):
    """And just that: another end gives the same embeddings, another last token that is read gives others."""
    ours = session(kind)
    text = " ".join(np.random.default_rng(1).choice(list("abcdefgh"), 900))
    long = a_request(tiny_library.folder(kind), prompt=text, negative="blue")
    told: list[Progress] = []
    next(ours.generate(long, on_progress=told.append, cancel=CancelToken()))
    [cut] = [progress for progress in told if isinstance(progress, PromptTruncated)]
    assert not cut.negative
    assert text.endswith(cut.cut_text)
    assert cut.total > cut.kept
    read = text.removesuffix(cut.cut_text).rstrip()
    encoder = ours._model.loaded.model.prompt_encoder(0)
    states, other_end, other_token = (
        encoder.encode(Prompt(words), with_negative=False, steps=1).positive
        for words in (text, f"{read} {cut.cut_text[::-1]}", f"{read[:-1]}z {cut.cut_text}")
    )
    assert torch.equal(states, other_end)
    assert not torch.equal(states, other_token)


@pytest.mark.parametrize("kind", ["sd3", "qwen-image"])
def test_a_long_negative_prompt_is_told_only_where_it_is_read(session, tiny_library, kind):
    text = "abcdefgh" * 200
    for guidance, expected in ((4.0, [True]), (1.0, [])):
        told: list[Progress] = []
        long = a_request(tiny_library.folder(kind), negative=text, guidance_scale=guidance)
        next(session(kind).generate(long, on_progress=told.append, cancel=CancelToken()))
        assert [progress.negative for progress in told if isinstance(progress, PromptTruncated)] == expected


_CALLS = {"qwen-image": {"true_cfg_scale": 4.0}, "z-image": {"guidance_scale": 0.0}, "flux2": {"guidance_scale": 1.0}}
_NEGATIVE = {"sd1", "sd2", "sdxl", "sd3", "qwen-image"}


@pytest.mark.parametrize("kind", ["sd1", "sd2", "sdxl", *FLOW])
@pytest.mark.parametrize("probe", [lambda: FLOAT32, probe_device], ids=["float32", "as chosen here"])
def test_the_pixels_are_those_of_the_bare_pipeline(session, tiny_library, kind, probe, monkeypatch):
    device = probe()
    monkeypatch.setattr("studio.engine.session.probe_device", lambda: device)
    checkpoint = tiny_library.folder(kind)
    name = family_components(checkpoint.family).pipelines[0]
    absent = (
        dict.fromkeys(("text_encoder_3", "tokenizer_3", "image_encoder", "feature_extractor")) if kind == "sd3" else {}
    )
    dtype = device.suited_to(checkpoint.family).dtype
    pipeline = getattr(diffusers, name).from_pretrained(checkpoint.path, dtype=dtype, **absent)
    if kind not in FLOW:
        pipeline.scheduler = diffusers.EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.to(device.torch_device)
    bare = pipeline(
        prompt="a red apple",
        **({"negative_prompt": "blue"} if kind in _NEGATIVE else {}),
        **_CALLS.get(kind, {"guidance_scale": 4.0}),
        width=96,
        height=64,
        num_inference_steps=3,
        generator=torch.Generator().manual_seed(7),
    ).images[0]
    [ours] = pictures(session(kind), a_request(checkpoint))
    assert np.abs(np.asarray(bare).astype(int) - ours).max() <= 1, "rounding aside"


@pytest.mark.parametrize("kind", FLOW)
def test_a_batch_equals_its_singles(session, tiny_library, kind):
    checkpoint = tiny_library.folder(kind)
    batch = pictures(session(kind), a_request(checkpoint, batch_size=2))
    singles = [pictures(session(kind), a_request(checkpoint, seed=seed))[0] for seed in (7, 8)]
    assert np.array_equal(batch, singles)
    assert not np.array_equal(batch[0], batch[1])


@pytest.mark.parametrize("kind", FLOW)
def test_the_strength_decides_how_many_steps_run_and_how_much_is_left(session, tiny_library, kind):
    checkpoint = tiny_library.folder(kind)
    reported: list[object] = []

    def distance(strength: float) -> float:
        request = a_request(checkpoint, replace(REDRAWN, strength=strength), num_inference_steps=10)
        [image] = session(kind).generate(request, on_progress=reported.append, cancel=CancelToken())
        return float(np.abs(image.pixels.astype(int) - unchanged).mean())

    [unchanged] = pictures(session(kind), a_request(checkpoint, replace(REDRAWN, strength=0.1), num_inference_steps=10))
    assert 0 < distance(0.3) < distance(1.0)
    steps = [(progress.step, progress.steps) for progress in reported if isinstance(progress, StepProgress)]
    assert steps == [*((step, 3) for step in range(1, 4)), *((step, 10) for step in range(1, 11))]


@pytest.mark.parametrize("kind", FLOW)
def test_cancel_takes_effect_within_one_step(session, tiny_library, kind):
    cancel, steps = CancelToken(), []

    def on_progress(progress: object) -> None:
        if isinstance(progress, StepProgress):
            steps.append(progress.step)
            cancel.cancel()

    request = a_request(tiny_library.folder(kind))
    with pytest.raises(GenerationCancelled):
        list(session(kind).generate(request, on_progress=on_progress, cancel=cancel))
    assert steps == [1]
    assert pictures(session(kind), request)[0].any(), "the next job works"


@pytest.mark.parametrize("kind", ["sd1", "sdxl", "sd3", "flux", "z-image", "qwen-image", "flux2"])
def test_previews_show_every_step_in_cells(session, tiny_library, kind):
    viewer = Viewer()
    request = a_request(tiny_library.folder(kind))
    list(session(kind).generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=viewer))
    assert [frame.step for frame in viewer.frames] == [0, 1, 2, 3]
    assert {frame.pixels.shape for frame in viewer.frames} == {(8, 12, 3)}


@pytest.mark.parametrize("kind", ["flux", "flux2", "z-image"])
def test_where_nothing_is_guided_by_it_the_negative_prompt_has_no_effect(session, tiny_library, kind):
    checkpoint = tiny_library.folder(kind)
    with_one = pictures(session(kind), a_request(checkpoint, negative="blue"))
    assert np.array_equal(with_one, pictures(session(kind), a_request(checkpoint, negative="")))


@pytest.mark.parametrize("kind", ["sdxl", "sd3", "qwen-image"])
def test_where_it_guides_the_negative_prompt_changes_the_picture(session, tiny_library, kind):
    checkpoint = tiny_library.folder(kind)
    one = pictures(session(kind), a_request(checkpoint, negative="blue"))
    assert not np.array_equal(one, pictures(session(kind), a_request(checkpoint, negative="a green house")))
    without = pictures(session(kind), a_request(checkpoint, negative="blue", guidance_scale=1.0))
    assert np.array_equal(without, pictures(session(kind), a_request(checkpoint, negative="x", guidance_scale=1.0)))


def test_the_refiner_only_improves_pictures(session, tiny_library):
    with pytest.raises(SourceRequired):
        pictures(session("sdxl refiner"), a_request(tiny_library.folder("sdxl refiner")))


def test_a_tokenizer_beside_the_file_is_taken_before_the_programs_own(session, tiny_library, tmp_path):
    """Z-Image in one file, whose tokenizer the program does not ship."""
    file = tiny_library.file("z-image")
    shutil.copytree(tiny_library.configs("z-image"), tmp_path / "configs")
    shutil.rmtree(tmp_path / "configs/tokenizers")
    bare = DiffusersSession(resource_path("latent_rgb.json"), SOURCES, tmp_path / "configs", read_model_size)
    with pytest.raises(CheckpointIncomplete) as caught:
        bare.load(file)
    assert caught.value.missing == "tokenizer"
    for path in file.path.parent.iterdir():
        (tmp_path / path.name).symlink_to(path)
    shutil.copytree(tiny_library.folder("z-image").path / "tokenizer", tmp_path / "tokenizer")
    moved = inspect_checkpoint(tmp_path / file.path.name)
    assert np.array_equal(pictures(bare, a_request(moved)), pictures(session("z-image"), a_request(file)))


@pytest.mark.parametrize("kind", ALL)
def test_no_network_is_touched(tiny_library, kind, monkeypatch):
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a socket was asked for")

    session = DiffusersSession(resource_path("latent_rgb.json"), SOURCES, tiny_library.configs(kind), read_model_size)
    checkpoints = [tiny_library.folder(kind), tiny_library.file(kind)]
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for checkpoint in checkpoints:
        session.load(checkpoint)
    session.close()


# --- what is wrong with a single file ----------------------------------------------------------------------------


def changed_file(library: TinyLibrary, kind: str, to: Path, change: Callable[[dict], dict]) -> Checkpoint:
    checkpoint = library.file(kind)
    save_file(change(load_file(checkpoint.path)), to / checkpoint.path.name)
    return replace(checkpoint, path=to / checkpoint.path.name)


@pytest.mark.parametrize("kind", ["sd1", "sdxl", "flux", "z-image"])
def test_a_missing_tensor_of_the_denoiser_is_told_before_anything_is_read(session, tiny_library, tmp_path, kind):
    def without_one(tensors: dict) -> dict:
        last = [name for name in tensors if "out.2.bias" in name or "final_layer.linear.bias" in name]
        return {name: tensor for name, tensor in tensors.items() if name not in last}

    checkpoint = changed_file(tiny_library, kind, tmp_path, without_one)
    with pytest.raises(CheckpointDamaged, match="missing"):
        session(kind).load(checkpoint)


def test_a_missing_tensor_of_a_text_encoder(session, tiny_library, tmp_path):
    name = "cond_stage_model.transformer.text_model.final_layer_norm.weight"
    checkpoint = changed_file(
        tiny_library, "sd1", tmp_path, lambda tensors: {key: t for key, t in tensors.items() if key != name}
    )
    with pytest.raises(CheckpointDamaged, match="missing"):
        session("sd1").load(checkpoint)


def test_numbers_that_are_not_finite(session, tiny_library, tmp_path):
    def spoil(tensors: dict) -> dict:
        tensors["model.diffusion_model.out.2.bias"][0] = float("nan")
        return tensors

    with pytest.raises(CheckpointDamaged, match="not finite"):
        session("sd1").load(changed_file(tiny_library, "sd1", tmp_path, spoil))


def test_a_file_that_lost_its_companion(session, tiny_library):
    with pytest.raises(CheckpointIncomplete) as caught:
        session("flux").load(replace(tiny_library.file("flux"), companions=()))
    assert caught.value.missing == "text_encoder"


def test_a_gguf_that_is_none_is_told(session, tiny_library, tmp_path):
    (tmp_path / "klein.gguf").write_bytes(b"GGUF")
    with pytest.raises(CheckpointDamaged, match="GGUF"):
        session("flux").load(replace(tiny_library.file("flux"), path=tmp_path / "klein.gguf"))


def test_a_v_prediction_file_is_sampled_as_one(session, tiny_library, tmp_path):
    """The marks that some SDXL files carry, and what `inspect` makes of them, reach the sampler."""
    file = tiny_library.file("sd2")
    v = pictures(session("sd2"), a_request(file))
    other = pictures(session("sd2"), a_request(replace(file, prediction=Prediction.EPSILON)))
    assert not np.array_equal(v, other)


# --- models that share parts -------------------------------------------------------------------------------------


@pytest.fixture
def relatives(tiny_library: TinyLibrary, tmp_path: Path) -> tuple[Checkpoint, Checkpoint]:
    """Two folders of FLUX.1 whose text encoders are the same files, and whose transformers differ."""
    first = tiny_library.folder("flux")
    second = tmp_path / "relative"
    second.mkdir()
    for part in first.path.iterdir():
        (second / part.name).symlink_to(part)
    (second / "transformer").unlink()
    (second / "transformer").mkdir()
    weights = "diffusion_pytorch_model.safetensors"
    tensors = {name: tensor * 0.9 for name, tensor in load_file(first.path / "transformer" / weights).items()}
    save_file(tensors, second / "transformer" / weights, metadata={"format": "pt"})
    config = json.loads((first.path / "transformer/config.json").read_text())
    (second / "transformer/config.json").write_text(json.dumps(config))
    return first, replace(first, name="relative", path=second)


def test_switching_models_loads_only_what_differs(session, relatives, monkeypatch):
    loaded = []
    for network in (diffusers.FluxTransformer2DModel, diffusers.AutoencoderKL):
        original = network.from_pretrained.__func__

        def recorded(cls, *args, _original=original, **kwargs):
            loaded.append(cls.__name__)
            return _original(cls, *args, **kwargs)

        monkeypatch.setattr(network, "from_pretrained", classmethod(recorded))
    first, second = relatives
    before = pictures(session("flux"), a_request(first))
    assert loaded == ["FluxTransformer2DModel", "AutoencoderKL"]
    other = pictures(session("flux"), a_request(second))
    assert loaded == ["FluxTransformer2DModel", "AutoencoderKL", "FluxTransformer2DModel"]
    after = pictures(session("flux"), a_request(first))
    assert len(loaded) == 3, "the first transformer was kept"
    assert np.array_equal(before, after)
    assert not np.array_equal(before, other)


def test_a_changed_file_is_loaded_anew(session, tiny_library, tmp_path):
    checkpoint = changed_file(tiny_library, "sd1", tmp_path, lambda tensors: tensors)
    before = pictures(session("sd1"), a_request(checkpoint))
    tensors = {name: tensor * 0.9 for name, tensor in load_file(checkpoint.path).items()}
    save_file(tensors, checkpoint.path)
    session("sd1").load(tiny_library.folder("sd1"))
    assert not np.array_equal(before, pictures(session("sd1"), a_request(checkpoint)))


def test_with_no_room_nothing_is_kept_and_the_pictures_are_the_same(session, relatives):
    first, second = relatives
    roomy = pictures(session("flux"), a_request(first))
    tight = DiffusersSession(resource_path("latent_rgb.json"), SOURCES, Path(), read_model_size, cache_bytes=0)
    assert np.array_equal(roomy, pictures(tight, a_request(first)))
    pictures(tight, a_request(second))
    assert np.array_equal(roomy, pictures(tight, a_request(first)))
    tight.close()


def test_memory_can_be_freed_now(session, tiny_library):
    checkpoint = tiny_library.folder("sd1")
    before = pictures(session("sd1"), a_request(checkpoint))
    session("sd1").free_memory()
    reported: list[object] = []
    [image] = session("sd1").generate(a_request(checkpoint), on_progress=reported.append, cancel=CancelToken())
    assert reported[0] == LoadProgress(checkpoint.name), "it had to be loaded again"
    assert np.array_equal(image.pixels, before[0])


def test_each_tiny_model_is_of_another_family_or_kind():
    assert {model.family for model in TINY_MODELS.values()} == set(ModelFamily)
