"""Models whose weights are packed: GGUF and 8 bits, with and without factors. The reference is the same model with the
numbers that its packing left, written plainly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from diffusers.models.transformers.transformer_z_image import TimestepEmbedder
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.model_size import read_model_size
from studio.core import gguf_header
from studio.core.addon import Addon, AddonKind, Addons, LoraUse
from studio.core.checkpoint import Checkpoint
from studio.core.components import DENOISER_PREFIX, family_components
from studio.core.errors import CheckpointDamaged, NotACheckpoint
from studio.core.geometry import Size
from studio.core.memory import Placement
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.core.task import TextToImage
from studio.engine.packed_linear import PackedLinear, keep_packed
from studio.engine.packed_tensor import Float8Packing, GgufPacking, PackedTensor
from studio.engine.session import DiffusersSession
from studio.engine.tensor_file import open_tensors
from tests.engine.tiny_library import TinyLibrary
from tests.helpers.four_bits import packed_in_four_bits
from tests.helpers.gguf_file import as_packed, write_gguf

TYPES = {kind.name: kind for kind in gguf_header._TYPES.values()}
State = dict[str, torch.Tensor]


@pytest.fixture
def pictures(tiny_library: TinyLibrary) -> Iterator[Callable[..., np.ndarray]]:
    sessions: dict[str, DiffusersSession] = {}

    def make(kind: str, checkpoint: Checkpoint, placement: Placement | None = None, **changes: object) -> np.ndarray:
        if kind not in sessions:
            files = (resource_path("latent_rgb.json"), MemorySources(), tiny_library.configs(kind))
            sessions[kind] = DiffusersSession(*files, read_model_size)
        sessions[kind].prefer_placement(placement)
        sampling = Sampling(scheduler=SchedulerName.EULER, num_inference_steps=2, guidance_scale=4.0, seed=7)
        request = GenerationRequest(
            prompt=Prompt("a red apple", "blue"),
            sampling=sampling,
            size=Size(64, 64),
            checkpoint=checkpoint,
            task=TextToImage(),
            **changes,
        )
        [image] = sessions[kind].generate(request, on_progress=lambda _: None, cancel=CancelToken())
        return image.pixels

    yield make
    for session in sessions.values():
        session.close()


def with_denoiser(library: TinyLibrary, kind: str, to: Path, change: Callable[[State], State]) -> Checkpoint:
    """The single file of that kind and what lies beside it, in the folder `to`, the tensors of its denoiser changed."""
    original = library.file(kind)
    shutil.copytree(original.path.parent, to)
    tensors = load_file(original.path)
    prefix = DENOISER_PREFIX if any(name.startswith(DENOISER_PREFIX) for name in tensors) else ""
    inside = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    others = {name: tensor for name, tensor in tensors.items() if not name.startswith(prefix)}
    save_file(others | {prefix + name: tensor for name, tensor in change(inside).items()}, to / original.path.name)
    return inspect_checkpoint(to / original.path.name)


# --- GGUF --------------------------------------------------------------------------------------------------------


def as_gguf(library: TinyLibrary, kind: str, folder: Path, packing: str) -> Checkpoint:
    """The denoiser in a GGUF file, all other parts beside it."""
    original = library.file(kind)
    tensors = load_file(original.path)
    shutil.copytree(original.path.parent, folder, ignore=shutil.ignore_patterns(original.path.name))
    _save_other_parts(library, kind, tensors, folder)
    prefix = DENOISER_PREFIX if any(name.startswith(DENOISER_PREFIX) for name in tensors) else ""
    inside = {n.removeprefix(prefix): tensor.numpy() for n, tensor in tensors.items() if n.startswith(prefix)}
    return inspect_checkpoint(write_gguf(folder / f"{kind}.gguf", inside, packing))


def _save_other_parts(library: TinyLibrary, kind: str, tensors: State, folder: Path) -> None:
    for part, prefixes in family_components(library.file(kind).family).prefixes.items():
        for prefix in prefixes:
            inside = {n.removeprefix(prefix): tensor for n, tensor in tensors.items() if n.startswith(prefix)}
            if inside:
                save_file(inside, folder / f"{part}.safetensors")


# How each packing is unpacked is compared below.
@pytest.mark.parametrize(
    ("kind", "packing"),
    [
        ("sd1", "Q8_0"),
        ("sd3", "Q4_0"),
        ("flux", "Q5_1"),
        ("flux2", "Q8_0"),
        ("z-image", "Q4_0"),
        ("qwen-image", "Q5_1"),
    ],
)
def test_a_gguf_makes_the_picture_of_the_numbers_that_are_in_it(tiny_library, tmp_path, pictures, kind, packing):
    packed = as_gguf(tiny_library, kind, tmp_path / "packed", packing)
    assert packed.family is tiny_library.file(kind).family

    def left(inside: State) -> State:
        return {name: torch.from_numpy(as_packed(tensor.numpy(), packing)) for name, tensor in inside.items()}

    plain = with_denoiser(tiny_library, kind, tmp_path / "plain", left)
    expected = pictures(kind, plain)
    assert np.array_equal(pictures(kind, packed), expected)
    assert not np.array_equal(pictures(kind, tiny_library.file(kind)), expected), "the packing cost something"


@pytest.mark.parametrize("placement", [Placement.COMPONENT_SWAP, Placement.RESIDENT])
def test_packed_weights_come_and_go_as_others_do(tiny_library, tmp_path, pictures, placement):
    packed = as_gguf(tiny_library, "flux", tmp_path / "packed", "Q8_0")
    expected = pictures("flux", packed)
    assert np.array_equal(pictures("flux", packed, placement), expected)
    assert np.array_equal(pictures("flux", packed, placement), expected)


def test_the_weights_stay_packed_in_memory(tiny_library, tmp_path):
    packed = as_gguf(tiny_library, "flux", tmp_path / "packed", "Q4_0")
    configs = tiny_library.configs("flux")
    session = DiffusersSession(resource_path("latent_rgb.json"), MemorySources(), configs, read_model_size)
    session.load(packed)
    transformer = session._model.loaded.pipeline.transformer
    layers = [layer for layer in transformer.modules() if isinstance(layer, torch.nn.Linear)]
    assert all(isinstance(layer, PackedLinear) for layer in layers)
    weights = sum(tensor.nbytes for tensor in transformer.parameters())
    assert weights == read_model_size(packed, transformer.dtype.itemsize).denoiser.weights
    assert transformer.dtype.is_floating_point
    session.close()


@pytest.mark.parametrize("name", [name for name, kind in TYPES.items() if kind.is_packed])
def test_every_packing_unpacks_as_the_formats_own_library_does(name):
    kind = gguf.GGMLQuantizationType[name]
    chance = np.random.default_rng(0)
    packed = chance.integers(0, 256, (4, 2 * TYPES[name].block_bytes), np.uint8)
    with np.errstate(all="ignore"):
        expected = gguf.quants.dequantize(packed, kind)
    ours = GgufPacking(TYPES[name]).unpack(torch.from_numpy(packed)).numpy()
    assert (TYPES[name].items, TYPES[name].block_bytes, TYPES[name].code) == (*gguf.GGML_QUANT_SIZES[kind], kind.value)
    np.testing.assert_allclose(ours, expected, rtol=1e-6, equal_nan=True)


def test_a_lora_works_on_packed_weights(tiny_library, tmp_path, pictures):
    packed = as_gguf(tiny_library, "flux", tmp_path / "packed", "Q8_0")
    name = "transformer.transformer_blocks.0.attn.to_q.{}.weight"
    width = 32
    down, up = torch.randn(4, width), torch.randn(width, 4)
    save_file({name.format("lora_A"): down, name.format("lora_B"): up}, tmp_path / "l.safetensors")
    addon = Addon("l", tmp_path / "l.safetensors", AddonKind.LORA, packed.family)
    before = pictures("flux", packed)
    assert not np.array_equal(before, pictures("flux", packed, addons=Addons((LoraUse(addon, 2.0, 2.0),))))
    assert np.array_equal(before, pictures("flux", packed))


def test_a_gguf_that_is_not_finite_is_damaged(tiny_library, tmp_path, pictures):
    packed = as_gguf(tiny_library, "flux", tmp_path / "packed", "Q8_0")
    tensor = next(t for t in gguf_header.read_gguf_header(packed.path).tensors if t.kind.is_packed)
    with packed.path.open("r+b") as file:
        file.seek(tensor.begin)
        file.write(np.array([np.nan], np.float16).tobytes())
    with pytest.raises(CheckpointDamaged, match="not finite"):
        pictures("flux", packed)


# --- 8 bits ------------------------------------------------------------------------------------------------------

Scale = Callable[[str, torch.Tensor, float], State]


def plain_float8(name: str, tensor: torch.Tensor, _factor: float) -> State:
    return {name: tensor.to(torch.float8_e4m3fn)}


def scaled_as_before(name: str, tensor: torch.Tensor, factor: float) -> State:
    return {
        name: (tensor / factor).to(torch.float8_e4m3fn),
        name.replace(".weight", ".scale_weight"): torch.tensor([factor]),
        name.replace(".weight", ".scale_input"): torch.tensor([1.0]),
    }


def scaled_as_today(name: str, tensor: torch.Tensor, factor: float) -> State:
    return {
        name: (tensor / factor).to(torch.float8_e5m2),
        name.replace(".weight", ".weight_scale"): torch.tensor(factor),
        name.replace(".weight", ".comfy_quant"): torch.tensor(list(b'{"format": "float8_e5m2"}'), dtype=torch.uint8),
    }


def in_8_bits(pack: Scale) -> Callable[[State], State]:
    def changed(inside: State) -> State:
        packed: State = {"scaled_fp8": torch.empty(2, dtype=torch.float8_e4m3fn)} if pack is scaled_as_before else {}
        for name, tensor in inside.items():
            is_matrix = tensor.dim() == 2 and name.endswith(".weight")
            packed |= pack(name, tensor, 0.125) if is_matrix else {name: tensor}
        return packed

    return changed


def left_of(pack: Scale) -> Callable[[State], State]:
    def changed(inside: State) -> State:
        left: State = {}
        for name, tensor in inside.items():
            is_matrix = tensor.dim() == 2 and name.endswith(".weight")
            packed = pack(name, tensor, 0.125)[name].float()
            left[name] = (packed if pack is plain_float8 else packed * 0.125) if is_matrix else tensor
        return left

    return changed


@pytest.mark.parametrize(
    ("kind", "pack"),
    [
        ("sdxl", plain_float8),
        ("sdxl", scaled_as_today),
        ("sd3", plain_float8),
        ("flux", scaled_as_before),
        ("flux2", scaled_as_today),
        ("z-image", plain_float8),
        ("qwen-image", scaled_as_today),
    ],
)
def test_8_bits_make_the_picture_of_the_numbers_that_are_in_them(tiny_library, tmp_path, pictures, kind, pack):
    packed = with_denoiser(tiny_library, kind, tmp_path / "packed", in_8_bits(pack))
    plain = with_denoiser(tiny_library, kind, tmp_path / "plain", left_of(pack))
    expected = pictures(kind, plain)
    assert np.array_equal(pictures(kind, packed), expected)
    small = read_model_size(packed, 4).denoiser
    large = read_model_size(plain, 4).denoiser
    assert small.weights < large.weights
    assert small.unpacking > 0 == large.unpacking


def test_a_timestep_reaches_packed_layers_in_the_type_of_the_network():
    """As a graphics card and some processors compute: Z-Image in bfloat16."""
    embedder = TimestepEmbedder(8, mid_size=8, frequency_embedding_size=16)
    packing = Float8Packing(torch.float8_e4m3fn)
    state = {
        name: PackedTensor.of(tensor.to(torch.float8_e4m3fn).view(torch.uint8), packing) if tensor.ndim == 2 else tensor
        for name, tensor in embedder.state_dict().items()
    }
    embedder.load_state_dict(keep_packed(embedder, state, torch.bfloat16), strict=True, assign=True)
    assert embedder(torch.tensor([500.0])).dtype == torch.bfloat16


def test_a_text_encoder_of_8_bits_with_factors_is_read(tiny_library, tmp_path, pictures):
    """As T5 is published for FLUX."""
    packed = with_denoiser(tiny_library, "flux", tmp_path / "packed", lambda inside: inside)
    plain = with_denoiser(tiny_library, "flux", tmp_path / "plain", lambda inside: inside)
    for checkpoint, change in ((packed, in_8_bits(scaled_as_before)), (plain, left_of(scaled_as_before))):
        file = checkpoint.path.parent / "text_encoder_2.safetensors"
        save_file(change(load_file(file)), file)
    assert np.array_equal(pictures("flux", packed), pictures("flux", plain))


def test_factors_of_another_kind_are_refused(tiny_library, tmp_path, pictures):
    def by_rows(inside: State) -> State:
        return {**in_8_bits(plain_float8)(inside), "img_in.weight_scale": torch.ones(inside["img_in.weight"].shape[0])}

    checkpoint = with_denoiser(tiny_library, "flux", tmp_path / "packed", by_rows)
    with pytest.raises(NotACheckpoint, match="factors of another kind"):
        pictures("flux", checkpoint)


# --- 4 bits by bitsandbytes --------------------------------------------------------------------------------------

BLOCK = 32


def in_four_bits(*, nested: bool) -> tuple[Callable[[State], State], Callable[[State], State]]:
    """The linear layers of the blocks packed, and the same with the numbers that this leaves."""

    def both(inside: State) -> tuple[State, State]:
        there, left = dict(inside), dict(inside)
        for name, tensor in inside.items():
            if name.endswith(".weight") and tensor.dim() == 2 and tensor.numel() % BLOCK == 0:
                del there[name]
                tensors, left[name] = packed_in_four_bits(name, tensor, BLOCK, nested=nested)
                there |= tensors
        return there, left

    return (lambda inside: both(inside)[0]), (lambda inside: both(inside)[1])


@pytest.mark.parametrize("nested", [False, True], ids=["plain factors", "nested factors"])
@pytest.mark.parametrize("kind", ["sd1", "flux", "z-image"])
def test_four_bits_make_the_picture_of_the_numbers_that_are_in_them(tiny_library, tmp_path, pictures, kind, nested):
    change, left = in_four_bits(nested=nested)
    few = with_denoiser(tiny_library, kind, tmp_path / "packed", change)
    assert few.family is tiny_library.file(kind).family
    expected = pictures(kind, with_denoiser(tiny_library, kind, tmp_path / "plain", left))
    assert np.array_equal(pictures(kind, few), expected)
    assert not np.array_equal(pictures(kind, tiny_library.file(kind)), expected), "the packing cost something"


def test_four_bits_stay_packed_in_memory(tiny_library, tmp_path, pictures):
    few = with_denoiser(tiny_library, "flux", tmp_path / "packed", in_four_bits(nested=False)[0])
    packed_size, plain_size = (read_model_size(each, 2).denoiser for each in (few, tiny_library.file("flux")))
    assert packed_size.weights < plain_size.weights / 2
    assert packed_size.unpacking > 0
    assert packed_size.width == plain_size.width
    with safe_open(few.path, framework="pt") as file:
        [name] = [name for name in file.keys() if name.endswith("double_blocks.0.img_mlp.0.weight")]  # noqa: SIM118
    [tensor] = open_tensors(few.path).read([name]).values()
    assert isinstance(tensor, PackedTensor)
    rows, width = tensor.matrix_shape
    assert tensor.nbytes == rows * (width // 2 + width // BLOCK * 4)


def test_blocks_that_go_on_in_the_next_row_are_unpacked_at_once(tmp_path):
    tensors, left = packed_in_four_bits("x.weight", torch.randn(8, 24), 64, nested=False)
    save_file(tensors, tmp_path / "x.safetensors")
    file = open_tensors(tmp_path / "x.safetensors")
    assert file.shapes == {"x.weight": torch.Size((8, 24))}
    assert torch.equal(file.read(["x.weight"])["x.weight"], left)


@pytest.mark.parametrize("ending", ["absmax", "quant_map", "nested_absmax", "nested_quant_map"])
@pytest.mark.parametrize("change", ["missing", "short"])
def test_four_bits_whose_parts_do_not_fit_are_damaged(tmp_path, ending, change):
    tensors, _ = packed_in_four_bits("x.weight", torch.randn(64, 64), 64, nested=True)
    name = f"x.weight.{ending}"
    if change == "missing":
        del tensors[name]
    else:
        tensors[name] = tensors[name][:0].clone()
    save_file(tensors, tmp_path / "x.safetensors")
    with pytest.raises(CheckpointDamaged):
        open_tensors(tmp_path / "x.safetensors").read(["x.weight"])


def test_a_folder_that_a_library_packed_is_refused_with_what_can_be_used(tiny_library, tmp_path, pictures):
    original = tiny_library.folder("flux")
    folder = tmp_path / "folder"
    shutil.copytree(original.path, folder)
    config = json.loads((folder / "transformer/config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (folder / "transformer/config.json").write_text(json.dumps(config))
    with pytest.raises(NotACheckpoint, match=r"transformer was packed by bitsandbytes; .*\.gguf file can be used"):
        inspect_checkpoint(folder)
    with pytest.raises(NotACheckpoint, match="transformer was packed"):
        pictures("flux", replace(original, path=folder))


# --- the tensors themselves --------------------------------------------------------------------------------------


def test_what_is_cut_from_a_packed_tensor_is_packed_alike_and_others_do_not_mix():
    factor = Float8Packing(torch.float8_e4m3fn, 0.5)
    packed = PackedTensor.of(torch.arange(12, dtype=torch.uint8).reshape(6, 2), factor)
    for part in (*packed.chunk(3), torch.cat(packed.chunk(3)[::-1]), packed[:2].clone()):
        assert isinstance(part, PackedTensor)
        assert part.packing == factor
    other = PackedTensor.of(torch.zeros(6, 2, dtype=torch.uint8), Float8Packing(torch.float8_e4m3fn, 0.25))
    with pytest.raises(ValueError, match="different ways"):
        torch.cat([packed, other])
