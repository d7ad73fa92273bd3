"""Looks at a file of weights before any library does, so that what is wrong with it can be said."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from studio.core.errors import CheckpointDamaged, CheckpointIncomplete, PickleRefused

PICKLE_ENDINGS = {".bin", ".ckpt", ".pt", ".pth"}
_LARGEST_HEADER = 32 * 2**20
_MOST_TENSORS = 20_000
"""A real model has at most a few thousand; a header of 300,000 empty tensors costs 400 MB to read."""
_LFS_POINTER = b"version https://git-lfs"


def check_weights(root: Path, name: str) -> Path:
    """The path of the safetensors file `name` (relative to the model folder `root`), found whole.

    Raises:
        PickleRefused: if there is a pickle file in its place.
        CheckpointIncomplete: if there is nothing in its place.
        CheckpointDamaged: if it is not as long as its header says.
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
