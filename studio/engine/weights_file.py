"""Looks at a file of weights before any library does, so that what is wrong with it can be said."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from studio.core.errors import CheckpointDamaged, CheckpointIncomplete, PickleRefused
from studio.engine.config_file import read_config

PICKLE_ENDINGS = {".bin", ".ckpt", ".pt", ".pth"}
_LARGEST_HEADER = 32 * 2**20
_MOST_TENSORS = 20_000
"""A real model has at most a few thousand; a header of 300,000 empty tensors costs 400 MB to read."""
_LFS_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """The safetensors files of one network; `variant` is what diffusers calls the half-precision copy (`fp16`)."""

    files: tuple[Path, ...]
    variant: str | None


def find_weights(root: Path, part: str, stem: str) -> FoundWeights:
    """The weights of `part` of the model folder `root`, in files whose names begin with `stem`, found whole.

    Raises:
        PickleRefused: if there is a pickle file in their place.
        CheckpointIncomplete: if there is nothing in their place.
        CheckpointDamaged: if one is not as long as its header says.
    """
    plain = f"{stem}.safetensors"
    for variant, name in ((None, plain), ("fp16", f"{stem}.fp16.safetensors")):
        if (root / part / name).is_file():
            return FoundWeights((check_weights(root, f"{part}/{name}"),), variant)
    for variant, name in ((None, f"{plain}.index.json"), ("fp16", f"{plain}.index.fp16.json")):
        if (root / part / name).is_file():
            shards = _shards(root, f"{part}/{name}")
            return FoundWeights(tuple(check_weights(root, f"{part}/{shard}") for shard in shards), variant)
    return FoundWeights((check_weights(root, f"{part}/{plain}"),), None)


def _shards(root: Path, name: str) -> list[str]:
    weight_map = read_config(root, name).get("weight_map")
    names = set(cast("dict[str, object]", weight_map).values()) if isinstance(weight_map, dict) else set[object]()
    shards = sorted(shard for shard in names if isinstance(shard, str) and Path(shard).name == shard)
    if not shards or len(shards) != len(names):
        raise CheckpointDamaged(root / name, "names no files beside it")
    return shards


def check_weights(root: Path, name: str) -> Path:
    """The path of the safetensors file `name` (relative to the model folder `root`), found whole.

    Raises what `find_weights` raises.
    """
    path = root / name
    if not path.is_file():
        pickles = sorted(other for other in path.parent.glob("*") if other.suffix in PICKLE_ENDINGS)
        if pickles:
            raise PickleRefused(pickles[0])
        raise CheckpointIncomplete(root, name)
    _check_length(path)
    return path


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_length(path: Path) -> None:
    actual = path.stat().st_size
    expected = _length_by_header(path)
    if actual != expected:
        raise CheckpointDamaged(path, f"{actual} bytes long, its header says {expected}")


def _length_by_header(path: Path) -> int:
    """8 bytes of header length, the header (JSON), then the tensors: https://github.com/huggingface/safetensors#format."""
    with path.open("rb") as file:
        start = file.read(len(_LFS_POINTER))
        if start == _LFS_POINTER:
            raise CheckpointDamaged(path, "a Git LFS pointer, not the weights")
        header_length = int.from_bytes(start[:8], "little")
        if header_length > _LARGEST_HEADER:
            raise CheckpointDamaged(path, "not a safetensors file")
        file.seek(8)
        header = file.read(header_length)
    try:
        entries = json.loads(header)
        ends = [int(entry["data_offsets"][1]) for name, entry in entries.items() if name != "__metadata__"]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise CheckpointDamaged(path, "its header cannot be read") from error
    if len(ends) > _MOST_TENSORS:
        raise CheckpointDamaged(path, f"its header lists {len(ends)} tensors")
    return 8 + header_length + max(ends, default=0)
