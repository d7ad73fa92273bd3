"""The header of a safetensors file: which tensors it holds and where, checked before any library opens it.

Format (https://github.com/huggingface/safetensors#format): 8 bytes little-endian length of the header, the header as
JSON `{"name": {"dtype": "F16", "shape": [1, 2], "data_offsets": [0, 4]}, "__metadata__": {...}}`, the data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeGuard, cast

from studio.checkpoints.json_file import parse_json_object
from studio.core.errors import CheckpointDamaged

LARGEST_HEADER = 32 * 1024 * 1024
"""Bytes. A header of 19 MB already costs 400 MB of memory in the library."""
MOST_TENSORS = 20_000
MOST_DIMENSIONS = 8

_END_OF_NATURALS = 2**63
_METADATA = "__metadata__"
_LENGTH_BYTES = 8
_BITS = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E5M2FNUZ": 8,
    "F8_E4M3FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "C64": 64,
    "F64": 64,
    "I64": 64,
    "U64": 64,
}


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor: its bytes are `begin` to `end` of the data."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SafetensorsHeader:
    """`metadata` is what the file's maker wrote about it: texts by name, often none."""

    tensors: tuple[TensorEntry, ...]
    metadata: Mapping[str, str]


def read_safetensors_header(path: Path) -> tuple[TensorEntry, ...]:
    """The tensors of the regular file `path` in the order of their data. Raises what `read_header` raises."""
    return read_header(path).tensors


def read_header(path: Path) -> SafetensorsHeader:
    """The header of the regular file `path`, its tensors in the order of their data. Reads nothing else.

    Raises:
        CheckpointDamaged: the header is larger than 32 MiB or names over 20,000 tensors, contradicts itself, or does
            not describe exactly the bytes that follow it.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            header = _read_bytes(file, size, path)
    except OSError as error:
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error
    parsed = _parse(header, path)
    _check_coverage(parsed.tensors, size - _LENGTH_BYTES - len(header), path)
    return parsed


def _read_bytes(file: BinaryIO, size: int, path: Path) -> bytes:
    file.seek(0)
    length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if length > LARGEST_HEADER:
        raise CheckpointDamaged(path, "no safetensors header")
    if size < _LENGTH_BYTES + length:
        raise CheckpointDamaged(path, "truncated in the header")
    return file.read(length)


def _parse(header: bytes, path: Path) -> SafetensorsHeader:
    count = header.count(b'"data_offsets"')
    if count > MOST_TENSORS:  # asked before parsing, which would take a second and hundreds of megabytes
        raise CheckpointDamaged(path, f"{count} tensors, {MOST_TENSORS} are possible")
    names = parse_json_object(header, path)
    metadata = names.pop(_METADATA, None)
    entries = [_parse_entry(name, entry, path) for name, entry in names.items()]
    return SafetensorsHeader(tuple(sorted(entries, key=lambda entry: (entry.begin, entry.end))), _texts(metadata))


def _texts(metadata: object) -> dict[str, str]:
    """Only the texts: nothing depends on the rest."""
    if not isinstance(metadata, dict):
        return {}
    return {key: value for key, value in cast("dict[str, object]", metadata).items() if isinstance(value, str)}


def _parse_entry(name: str, value: object, path: Path) -> TensorEntry:
    entry = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise CheckpointDamaged(path, f"tensor {name!r} has an unknown type")
    if not _are_naturals(shape, most=MOST_DIMENSIONS) or not _are_naturals(offsets, most=2) or len(offsets) != 2:
        raise CheckpointDamaged(path, f"tensor {name!r} has no valid shape and place")
    begin, end = offsets
    if (end - begin) * 8 != math.prod(shape) * _BITS[dtype]:
        raise CheckpointDamaged(path, f"tensor {name!r} does not fill its place")
    return TensorEntry(name, dtype, tuple(shape), begin, end)


def _are_naturals(value: object, most: int) -> TypeGuard[list[int]]:
    """A list of up to `most` integers from 0 to 2**63 - 1."""
    if not isinstance(value, list):
        return False
    numbers = cast("list[object]", value)
    if len(numbers) > most:
        return False
    # Not by `all`: a model has thousands of tensors, and this is most of what reading a header costs.
    natural = [number for number in numbers if type(number) is int and 0 <= number < _END_OF_NATURALS]
    return len(natural) == len(numbers)


def _check_coverage(entries: tuple[TensorEntry, ...], data_size: int, path: Path) -> None:
    """The tensors follow each other without hole or overlap up to the end of the file."""
    position = 0
    for entry in entries:
        if entry.begin != position:
            raise CheckpointDamaged(path, f"hole or overlap before tensor {entry.name!r}")
        position = entry.end
    if position > data_size:
        raise CheckpointDamaged(path, f"truncated: {position - data_size} bytes are missing")
    if position < data_size:
        raise CheckpointDamaged(path, f"{data_size - position} bytes too many")
