"""What a single file is: told by the names and shapes of its tensors, without reading one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from studio.checkpoints.inspect import inspect_addon, inspect_checkpoint, inspect_file
from studio.checkpoints.inspect_file import leaves_prediction_untold
from studio.checkpoints.model_files import WalkBudget, models_below
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Companion, ModelFamily, Prediction
from studio.core.errors import CheckpointIncomplete, NotACheckpoint
from studio.core.geometry import Size
from studio.ui.messages import message_for
from tests.helpers.gguf_file import write_gguf
from tests.helpers.growth import costs_less_than
from tests.unit.checkpoints import headers
from tests.unit.checkpoints.headers import Shapes, write_file
from tests.unit.checkpoints.model_folder import make_model, write_json

EPSILON, V, FLOW = Prediction.EPSILON, Prediction.V, Prediction.FLOW


@pytest.mark.parametrize(
    ("shapes", "family", "prediction", "inpainting"),
    [
        (headers.SD_1, ModelFamily.STABLE_DIFFUSION, EPSILON, False),
        (headers.SD_1_INPAINTING, ModelFamily.STABLE_DIFFUSION, EPSILON, True),
        (headers.SD_2, ModelFamily.STABLE_DIFFUSION_2, V, False),
        (headers.SDXL, ModelFamily.STABLE_DIFFUSION_XL, EPSILON, False),
        (headers.SDXL_V, ModelFamily.STABLE_DIFFUSION_XL, V, False),
        (headers.SDXL_INPAINTING, ModelFamily.STABLE_DIFFUSION_XL, EPSILON, True),
        (headers.SDXL_REFINER, ModelFamily.STABLE_DIFFUSION_XL_REFINER, EPSILON, False),
        (headers.SD_3, ModelFamily.STABLE_DIFFUSION_3, FLOW, False),
        (headers.FLUX_WHOLE, ModelFamily.FLUX, FLOW, False),
    ],
)
def test_a_whole_model_in_one_file(
    tmp_path: Path, shapes: Shapes, family: ModelFamily, prediction: Prediction, *, inpainting: bool
) -> None:
    checkpoint = inspect_checkpoint(write_file(tmp_path / "dreamer v2.safetensors", shapes))

    assert (checkpoint.name, checkpoint.path) == ("dreamer v2", tmp_path / "dreamer v2.safetensors")
    assert (checkpoint.family, checkpoint.prediction, checkpoint.inpainting) == (family, prediction, inpainting)
    assert checkpoint.companions == ()


@pytest.mark.parametrize(
    ("shapes", "family", "beside"),
    [
        (
            headers.FLUX_DEV,
            ModelFamily.FLUX,
            {"text_encoder": headers.CLIP_L, "text_encoder_2": headers.T5_XXL, "vae": headers.VAE_16},
        ),
        (headers.FLUX_2, ModelFamily.FLUX_2, {"text_encoder": headers.QWEN_3_4B, "vae": headers.VAE_FLUX_2}),
        (headers.Z_IMAGE, ModelFamily.Z_IMAGE, {"text_encoder": headers.QWEN_3_4B, "vae": headers.VAE_16}),
        (headers.QWEN_IMAGE, ModelFamily.QWEN_IMAGE, {"text_encoder": headers.QWEN_2_5_VL, "vae": headers.VAE_QWEN}),
    ],
)
def test_a_denoiser_takes_its_other_parts_from_the_files_beside_it(
    tmp_path: Path, shapes: Shapes, family: ModelFamily, beside: dict[str, Shapes]
) -> None:
    model = write_file(tmp_path / "denoiser.safetensors", shapes)
    files = {
        part: write_file(tmp_path / "others" / f"x {part}.safetensors", part_shapes)
        for part, part_shapes in beside.items()
    }

    checkpoint = inspect_checkpoint(model)

    assert checkpoint.family is family
    assert set(checkpoint.companions) == {Companion(part, path) for part, path in files.items()}


@pytest.mark.parametrize(("missing", "kind"), [("text_encoder", "clip"), ("text_encoder_2", "t5"), ("vae", "vae")])
def test_a_part_that_is_nowhere_is_named(tmp_path: Path, missing: str, kind: str) -> None:
    parts = {"text_encoder": headers.CLIP_L, "text_encoder_2": headers.T5_XXL, "vae": headers.VAE_16}
    for part, shapes in parts.items():
        if part != missing:
            write_file(tmp_path / f"{part}.safetensors", shapes)
    model = write_file(tmp_path / "flux1-dev.safetensors", headers.FLUX_DEV)

    with pytest.raises(CheckpointIncomplete) as caught:
        inspect_checkpoint(model)

    assert caught.value.missing == f"{missing} ({kind})"


def test_a_vae_of_other_latents_is_not_taken(tmp_path: Path) -> None:
    write_file(tmp_path / "clip.safetensors", headers.CLIP_L)
    write_file(tmp_path / "t5.safetensors", headers.T5_XXL)
    write_file(tmp_path / "vae.safetensors", headers.VAE_4)

    with pytest.raises(CheckpointIncomplete, match="vae"):
        inspect_checkpoint(write_file(tmp_path / "flux.safetensors", headers.FLUX_DEV))


def test_the_narrower_of_two_clips_is_the_first(tmp_path: Path) -> None:
    denoiser = {name: shape for name, shape in headers.SDXL.items() if name.startswith("model.")}
    large = write_file(tmp_path / "a.safetensors", {next(iter(headers.CLIP_L)): (49408, 1280)})
    small = write_file(tmp_path / "b.safetensors", headers.CLIP_L)
    vae = write_file(tmp_path / "c.safetensors", headers.VAE_4)

    companions = inspect_checkpoint(write_file(tmp_path / "unet.safetensors", denoiser)).companions

    assert set(companions) == {
        Companion("text_encoder", small),
        Companion("text_encoder_2", large),
        Companion("vae", vae),
    }


def test_a_folder_of_one_model_file_is_that_model_by_the_folders_name(tmp_path: Path) -> None:
    write_file(tmp_path / "dreamer" / "model.safetensors", headers.SDXL)
    write_file(tmp_path / "dreamer" / "vae.safetensors", headers.VAE_4)

    checkpoint = inspect_checkpoint(tmp_path / "dreamer")

    assert (checkpoint.name, checkpoint.path) == ("dreamer", tmp_path / "dreamer" / "model.safetensors")


def test_a_folder_of_two_models_is_none(tmp_path: Path) -> None:
    write_file(tmp_path / "a.safetensors", headers.SDXL)
    write_file(tmp_path / "b.safetensors", headers.SD_1)

    with pytest.raises(NotACheckpoint, match="model_index"):
        inspect_checkpoint(tmp_path)


# --- recommended settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shapes", "metadata", "steps", "guidance"),
    [
        ("sd_xl_base_1.0", headers.SDXL, {}, 30, 6.0),
        ("sd_xl_turbo_1.0_fp16", headers.SDXL, {}, 4, 1.0),
        ("sdxl_lightning_4step", headers.SDXL, {}, 4, 1.0),
        ("renamed", headers.SDXL, {"modelspec.title": "SDXL Turbo"}, 4, 1.0),
        ("flux", headers.FLUX_WHOLE, {}, 4, 1.0),
        ("v1-5-pruned", headers.SD_1, {}, 25, 7.5),
    ],
)
def test_models_of_few_steps(
    tmp_path: Path, name: str, shapes: Shapes, metadata: dict[str, str], steps: int, guidance: float
) -> None:
    recommended = inspect_checkpoint(write_file(tmp_path / f"{name}.safetensors", shapes, metadata)).recommended

    assert (recommended.num_inference_steps, recommended.guidance_scale) == (steps, guidance)


@pytest.mark.parametrize(
    ("metadata", "prediction", "side"),
    [
        ({}, V, 768),
        ({"modelspec.prediction_type": "epsilon"}, EPSILON, 512),
        ({"modelspec.prediction_type": "v"}, V, 768),
        ({"modelspec.resolution": "512x512"}, EPSILON, 512),
    ],
)
def test_stable_diffusion_2_predicts_v_unless_its_maker_wrote_otherwise(
    tmp_path: Path, metadata: dict[str, str], prediction: Prediction, side: int
) -> None:
    checkpoint = inspect_checkpoint(write_file(tmp_path / "m.safetensors", headers.SD_2, metadata))

    assert (checkpoint.prediction, checkpoint.recommended.size) == (prediction, Size(side, side))


# --- models that it cannot run -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shapes", "seen"),
    [
        (headers.CHROMA, "Chroma"),
        (headers.LUMINA_2, "Lumina 2"),
        (headers.FLUX_FILL, "384 channels"),
        (headers.FLUX_2_DEV, "FLUX.2 dev"),
        (headers.INSTRUCT_PIX2PIX, "takes 8 channels"),
        (headers.IP_ADAPTER, "IP-Adapter"),
        (headers.T5_XXL, "one part of a model alone: t5"),
        (headers.LORA_QWEN, "add-on: lora"),
        ({}, "no tensors"),
    ],
)
def test_of_what_is_no_model_it_is_said_what_it_is(tmp_path: Path, shapes: Shapes, seen: str) -> None:
    with pytest.raises(NotACheckpoint, match=seen):
        inspect_checkpoint(write_file(tmp_path / "m.safetensors", shapes))


# --- add-ons -----------------------------------------------------------------------------------------------------

LORAS = [
    (headers.LORA_SD_1_KOHYA, ModelFamily.STABLE_DIFFUSION),
    (headers.LORA_SD_1_TEXT_ONLY, ModelFamily.STABLE_DIFFUSION),
    (headers.LORA_SD_1_DIFFUSERS, ModelFamily.STABLE_DIFFUSION),
    (headers.LOHA, ModelFamily.STABLE_DIFFUSION),
    (headers.LORA_SD_2_KOHYA, ModelFamily.STABLE_DIFFUSION_2),
    (headers.LORA_SDXL_KOHYA, ModelFamily.STABLE_DIFFUSION_XL),
    (headers.LORA_SDXL_DIFFUSERS, ModelFamily.STABLE_DIFFUSION_XL),
    (headers.LORA_SDXL_SELF_ATTENTION, ModelFamily.STABLE_DIFFUSION_XL),
    (headers.LORA_SD_3_KOHYA, ModelFamily.STABLE_DIFFUSION_3),
    (headers.LORA_SD_3_DIFFUSERS, ModelFamily.STABLE_DIFFUSION_3),
    (headers.LORA_FLUX_KOHYA, ModelFamily.FLUX),
    (headers.LORA_FLUX_DIFFUSERS, ModelFamily.FLUX),
    (headers.LORA_FLUX_DOUBLE_ONLY, ModelFamily.FLUX),
    (headers.LORA_FLUX_2, ModelFamily.FLUX_2),
    (headers.LORA_Z_IMAGE, ModelFamily.Z_IMAGE),
    (headers.LORA_QWEN, ModelFamily.QWEN_IMAGE),
    (headers.LORA_CONVOLUTIONS, None),
]
OTHERS = [
    (headers.EMBEDDING_SD_1, AddonKind.TEXTUAL_INVERSION, ModelFamily.STABLE_DIFFUSION),
    (headers.EMBEDDING_SD_2, AddonKind.TEXTUAL_INVERSION, ModelFamily.STABLE_DIFFUSION_2),
    (headers.EMBEDDING_SDXL, AddonKind.TEXTUAL_INVERSION, ModelFamily.STABLE_DIFFUSION_XL),
    (headers.EMBEDDING_DIFFUSERS, AddonKind.TEXTUAL_INVERSION, ModelFamily.STABLE_DIFFUSION),
    (headers.VAE_4, AddonKind.VAE, None),
    (headers.VAE_16, AddonKind.VAE, None),
    (headers.VAE_TINY, AddonKind.VAE, None),
    (headers.VAE_FLUX_2, AddonKind.VAE, ModelFamily.FLUX_2),
    (headers.VAE_QWEN, AddonKind.VAE, ModelFamily.QWEN_IMAGE),
    (headers.CONTROLNET_SD_1, AddonKind.CONTROLNET, ModelFamily.STABLE_DIFFUSION),
    (headers.CONTROLNET_SDXL, AddonKind.CONTROLNET, ModelFamily.STABLE_DIFFUSION_XL),
    (headers.CONTROLNET_FLUX, AddonKind.CONTROLNET, ModelFamily.FLUX),
    (headers.REAL_ESRGAN, AddonKind.UPSCALER, None),
    (headers.ESRGAN_OLD, AddonKind.UPSCALER, None),
]


@pytest.mark.parametrize(
    ("shapes", "kind", "family"), [*((shapes, AddonKind.LORA, family) for shapes, family in LORAS), *OTHERS]
)
def test_an_addon_and_the_models_it_is_for(
    tmp_path: Path, shapes: Shapes, kind: AddonKind, family: ModelFamily | None
) -> None:
    path = write_file(tmp_path / "detail.safetensors", shapes)

    assert inspect_addon(path) == Addon("detail", path, kind, family)
    assert inspect_file(path) == inspect_addon(path)


@pytest.mark.parametrize(
    ("metadata", "family"),
    [
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, ModelFamily.STABLE_DIFFUSION_XL),
        ({"ss_base_model_version": "sd_v1"}, ModelFamily.STABLE_DIFFUSION),
        ({"ss_base_model_version": "flux1"}, ModelFamily.FLUX),
        ({"ss_base_model_version": "something new"}, None),
    ],
)
def test_where_the_tensors_do_not_tell_the_maker_does(
    tmp_path: Path, metadata: dict[str, str], family: ModelFamily | None
) -> None:
    path = write_file(tmp_path / "m.safetensors", headers.LORA_CONVOLUTIONS, metadata)

    assert inspect_addon(path).family is family


def test_a_model_is_no_addon(tmp_path: Path) -> None:
    with pytest.raises(NotACheckpoint, match="but a model: SDXL"):
        inspect_addon(write_file(tmp_path / "m.safetensors", headers.SDXL))


def test_a_vae_as_a_folder(tmp_path: Path) -> None:
    write_json(tmp_path / "ft-mse" / "config.json", {"_class_name": "AutoencoderKL"})
    write_file(tmp_path / "ft-mse" / "diffusion_pytorch_model.safetensors", headers.VAE_4)

    assert inspect_file(tmp_path / "ft-mse") == Addon("ft-mse", tmp_path / "ft-mse", AddonKind.VAE, None)


def test_either_kind_is_told_apart(tmp_path: Path) -> None:
    assert isinstance(inspect_file(write_file(tmp_path / "m.safetensors", headers.SDXL)), Checkpoint)
    assert isinstance(inspect_file(make_model(tmp_path / "folder")), Checkpoint)


@pytest.mark.parametrize(("spread", "prediction", "side"), [(0.2, V, 768), (0.05, EPSILON, 512)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_stable_diffusion_2_that_says_nothing_is_told_by_the_numbers_of_one_tensor(
    tmp_path: Path, spread: float, prediction: Prediction, side: int, dtype: type
) -> None:
    shifts = np.random.default_rng(0).normal(0, spread, 320).astype(dtype)
    name = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"
    tensors = {other: np.zeros([1] * len(shape), np.float16) for other, shape in headers.SD_2.items()}
    kept = {other: np.zeros(headers.SD_2[other], np.float16) for other in tensors if "model.diffusion" in other}
    save_file({**tensors, **kept, name: shifts}, tmp_path / "m.safetensors")

    checkpoint = inspect_checkpoint(tmp_path / "m.safetensors")

    assert (checkpoint.prediction, checkpoint.recommended.size) == (prediction, Size(side, side))
    assert not leaves_prediction_untold(tmp_path / "m.safetensors")


def test_numbers_that_are_none_leave_it_at_what_most_predict(tmp_path: Path) -> None:
    name = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"
    kept = {other: np.zeros(shape, np.float16) for other, shape in headers.SD_2.items() if "model.diffusion" in other}
    others = {other: np.zeros([1] * len(shape), np.float16) for other, shape in headers.SD_2.items()}
    save_file({**others, **kept, name: np.full(320, np.nan, np.float16)}, tmp_path / "m.safetensors")

    assert inspect_checkpoint(tmp_path / "m.safetensors").prediction is V
    assert leaves_prediction_untold(tmp_path / "m.safetensors")


@pytest.mark.parametrize(
    ("shapes", "metadata"),
    [
        (headers.SD_1, {}),
        (headers.SDXL, {}),
        (headers.FLUX_WHOLE, {}),
        (headers.SD_2, {"modelspec.prediction_type": "v"}),
    ],
)
def test_most_files_tell_what_they_predict(tmp_path: Path, shapes: Shapes, metadata: dict[str, str]) -> None:
    assert not leaves_prediction_untold(write_file(tmp_path / "m.safetensors", shapes, metadata))


def test_a_stable_diffusion_2_for_inpainting_predicts_noise(tmp_path: Path) -> None:
    shapes = {**headers.SD_2, "model.diffusion_model.input_blocks.0.0.weight": (320, 9, 3, 3)}
    checkpoint = inspect_checkpoint(write_file(tmp_path / "m.safetensors", shapes))

    assert (checkpoint.family, checkpoint.inpainting) == (ModelFamily.STABLE_DIFFUSION_2, True)
    assert (checkpoint.prediction, checkpoint.recommended.size) == (EPSILON, Size(512, 512))


# --- endings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inspect", [inspect_file, inspect_checkpoint, inspect_addon])
def test_a_gguf_that_is_none_is_refused_with_a_sentence(tmp_path: Path, inspect: Callable[[Path], object]) -> None:
    (tmp_path / "klein.gguf").write_bytes(b"GGUF" + bytes(100))

    with pytest.raises(NotACheckpoint) as refused:
        inspect(tmp_path / "klein.gguf")

    assert "GGUF of version 0" in message_for(refused.value).text


def test_a_gguf_of_a_family_with_its_parts_beside_it(tmp_path: Path) -> None:
    """Named as the model's makers name their tensors; only what matters for telling it is in it."""
    tensors = {
        name: np.zeros(shape, np.float32)
        for name, shape in {
            "img_in.weight": (64, 64),
            "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
            "final_layer.linear.weight": (64, 64),
        }.items()
    }
    for name, shapes in (("clip", headers.CLIP_L), ("t5", headers.T5_XXL), ("ae", headers.VAE_16)):
        write_file(tmp_path / f"{name}.safetensors", shapes)
    schnell = inspect_file(write_gguf(tmp_path / "schnell.gguf", tensors, "Q8_0"))

    assert isinstance(schnell, Checkpoint)
    assert schnell.family is ModelFamily.FLUX
    assert schnell.recommended.num_inference_steps == 4, "it has no place for a guidance"
    assert [companion.part for companion in schnell.companions] == ["text_encoder", "text_encoder_2", "vae"]
    assert tmp_path / "schnell.gguf" in models_below(tmp_path, WalkBudget())


def test_sft_is_another_name_for_safetensors(tmp_path: Path) -> None:
    write_file(tmp_path / "vae.sft", headers.VAE_FLUX_2)
    write_file(tmp_path / "qwen.SFT", headers.QWEN_3_4B)
    klein = inspect_file(write_file(tmp_path / "klein.sft", headers.FLUX_2))

    assert isinstance(klein, Checkpoint)
    assert {companion.path.name for companion in klein.companions} == {"vae.sft", "qwen.SFT"}
    assert list(models_below(tmp_path, WalkBudget())) == [
        tmp_path / "klein.sft",
        tmp_path / "qwen.SFT",
        tmp_path / "vae.sft",
    ]


# --- time --------------------------------------------------------------------------------------------------------


def test_seven_gigabytes_are_not_read(tmp_path: Path) -> None:
    """They cost as much as a file of an eighth of their size that has as many tensors."""

    def inspecting(gigabytes: int) -> Callable[[], object]:
        filling = {f"model.diffusion_model.output_blocks.{i}.weight": (1280, 160 * gigabytes) for i in range(2300)}
        path = write_file(tmp_path / f"{gigabytes}.safetensors", {**headers.SDXL, **filling})
        assert path.stat().st_size > gigabytes * 10**9 * 7 / 8
        assert inspect_checkpoint(path).family is ModelFamily.STABLE_DIFFUSION_XL
        return partial(inspect_checkpoint, path)

    assert costs_less_than(2, inspecting(8), inspecting(1))
