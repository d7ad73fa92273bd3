"""How large the networks of a model are, from the headers of its files: what the memory plan is made from."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from studio.checkpoints.four_bit_entries import with_real_shapes
from studio.checkpoints.json_file import read_json_object
from studio.checkpoints.safetensors_header import TensorEntry, read_safetensors_header
from studio.core.addon import Addon
from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointError
from studio.core.gguf_header import GGUF_ENDING, read_gguf_header
from studio.core.memory import ModelSize, PartSize

_DENOISER, _VAE, _TEXT = "denoiser", "vae", "text_encoder"
_FOLDERS = {"unet": _DENOISER, "transformer": _DENOISER, "vae": _VAE}
_PREFIXES = {
    "model.diffusion_model.": _DENOISER,
    "first_stage_model.": _VAE,
    "vae.": _VAE,
    "conditioner.embedders.0.": f"{_TEXT}_1",
    "conditioner.embedders.1.": f"{_TEXT}_2",
    "cond_stage_model.": f"{_TEXT}_1",
    "text_encoders.clip_l.": f"{_TEXT}_1",
    "text_encoders.clip_g.": f"{_TEXT}_2",
    "text_encoders.t5xxl.": f"{_TEXT}_3",
    "text_encoders.": f"{_TEXT}_1",
}
"""Where single files in the layouts of their authors keep the networks; one without any of these is a denoiser."""
_BLOCK = re.compile(r"^((?:\w+\.)*?\w+)\.(\d+)\.")
_LDM_BLOCKS = {"input_blocks": -1, "output_blocks": 0}
"""In the first layout of UNets three blocks are one of diffusers', which this number begins with."""
_PLAIN = {"F64", "F32", "F16", "BF16"}
UNPACKING_BYTES = 12
"""For each number of a packed matrix while it is used: about three times its float32, by trial of every packing."""
_VARIANT = re.compile(r"\.(fp16|bf16|non_ema|ema)\b")


def read_model_size(checkpoint: Checkpoint, item_bytes: int, chosen_vae: Addon | None = None) -> ModelSize:
    """The size of `checkpoint` with its companions, its numbers loaded in `item_bytes` each, and of a VAE besides.

    A file that cannot be read counts nothing: why it cannot, loading it will tell.
    """
    parts: dict[str, list[TensorEntry]] = defaultdict(list)
    for part, entry in _entries(checkpoint):
        parts[part].append(entry)
    packs = {_DENOISER} if checkpoint.path.is_file() else set[str]()
    sizes = {part: part_size(entries, item_bytes, stays_packed=part in packs) for part, entries in parts.items()}
    denoiser, vae = sizes.pop(_DENOISER, PartSize()), sizes.pop(_VAE, PartSize())
    upcasts = _is_autoencoder_kl(parts[_VAE]) and _vae_config_upcasts(checkpoint.path)
    return ModelSize(
        text_encoders=tuple(sizes[part] for part in sorted(sizes)),
        denoiser=denoiser,
        vae=vae,
        item_bytes=item_bytes,
        vae_upcasts=upcasts,
        chosen_vae=None if chosen_vae is None else part_size(_weights_below(chosen_vae.path), item_bytes),
    )


def _is_autoencoder_kl(entries: Sequence[TensorEntry]) -> bool:
    """Tiny autoencoders have numbered layers, those of video models convolutions over time."""
    return any(entry.name == "decoder.conv_out.weight" and len(entry.shape) == 4 for entry in entries)


def _vae_config_upcasts(model: Path) -> bool:
    """`force_upcast`, as diffusers reads it: true unless the VAE's configuration says that it is safe in float16."""
    with suppress(CheckpointError):
        return read_json_object(model / "vae" / "config.json").get("force_upcast") is not False
    return True


def part_size(entries: Sequence[TensorEntry], item_bytes: int, *, stays_packed: bool = False) -> PartSize:
    """The size of a network with these tensors. With `stays_packed` matrices of few bits take no more than they do on
    disk; otherwise they are unpacked when they are loaded."""
    blocks: Counter[str] = Counter()
    outside = on_disk = largest = unpacking = 0
    for entry in entries:
        numbers, stored = math.prod(entry.shape), entry.end - entry.begin
        loaded = numbers * item_bytes
        if stays_packed and entry.dtype not in _PLAIN and len(entry.shape) == 2:
            loaded = stored
            unpacking = max(unpacking, numbers * UNPACKING_BYTES)
        on_disk += stored
        largest = max(largest, loaded)
        block = _block_of(entry.name)
        if block is None:
            outside += loaded
        else:
            blocks[block] += loaded
    weights = outside + blocks.total()
    return PartSize(
        weights=weights,
        largest_block=max(blocks.values(), default=0),
        outside_blocks=outside,
        largest_tensor=largest,
        width=_width([entry.shape for entry in entries]),
        converted_bytes=0 if on_disk == weights else on_disk,
        unpacking=unpacking,
    )


def _entries(checkpoint: Checkpoint) -> Iterator[tuple[str, TensorEntry]]:
    path = checkpoint.path
    yield from _folder_entries(path) if path.is_dir() else _file_entries(path)
    for companion in checkpoint.companions:
        part = _FOLDERS.get(companion.part, companion.part)
        yield from ((part, entry) for entry in _readable_entries(companion.path))


def _folder_entries(folder: Path) -> Iterator[tuple[str, TensorEntry]]:
    for child in sorted(folder.iterdir()):
        part = _FOLDERS.get(child.name) or (child.name if child.name.startswith(_TEXT) else None)
        if part is None or not child.is_dir():
            continue
        for entry in _weights_below(child):
            yield part, entry


def _weights_below(path: Path) -> list[TensorEntry]:
    """Of one network, in a file or a folder of its own."""
    files = _one_variant(sorted(path.glob("*.safetensors"))) if path.is_dir() else [path]
    return [entry for file in files for entry in _readable_entries(file)]


def _one_variant(files: list[Path]) -> list[Path]:
    """A folder may hold the same weights twice, in halves too; one set is loaded."""
    plain = [file for file in files if not _VARIANT.search(file.name)]
    return plain or files


def _file_entries(file: Path) -> Iterator[tuple[str, TensorEntry]]:
    for entry in _readable_entries(file):
        prefix = next((prefix for prefix in _PREFIXES if entry.name.startswith(prefix)), "")
        shortened = TensorEntry(entry.name[len(prefix) :], entry.dtype, entry.shape, entry.begin, entry.end)
        yield _PREFIXES.get(prefix, _DENOISER), shortened


def _readable_entries(file: Path) -> Iterable[TensorEntry]:
    with suppress(CheckpointError):
        if file.suffix.lower() == GGUF_ENDING:
            return _gguf_entries(file)
        return with_real_shapes(file, read_safetensors_header(file))
    return ()


def _gguf_entries(file: Path) -> Iterable[TensorEntry]:
    return [
        TensorEntry(tensor.name, tensor.kind.name, tensor.original_shape or tensor.shape, tensor.begin, tensor.end)
        for tensor in read_gguf_header(file).tensors
    ]


def _block_of(name: str) -> str | None:
    """The block of the outermost list that the tensor `name` is in: "up_blocks.1"."""
    found = _BLOCK.match(name)
    if found is None:
        return None
    listed, index = found[1], int(found[2])
    first = _LDM_BLOCKS.get(listed)
    return f"{listed}.{index if first is None else (index + first) // 3}"


def _width(shapes: Iterable[tuple[int, ...]]) -> int:
    """Of a convolutional network: the channels next to latents or pixels, where it has its full resolution. Of a
    transformer: the numbers of a token, which most of its matrices read."""
    convolutions = [shape for shape in shapes if len(shape) == 4 and shape[2:] == (3, 3)]
    if convolutions:
        last = next((shape for shape in convolutions if shape[0] == _RGB), None)
        return last[1] if last else min(convolutions, key=lambda shape: shape[1])[0]
    inputs = Counter(shape[1] for shape in shapes if len(shape) == 2)
    return inputs.most_common(1)[0][0] if inputs else 0


_RGB = 3
