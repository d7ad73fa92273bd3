"""The header of a GGUF file: the names and shapes of its tensors.

Format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), little-endian: `GGUF`, version (u32), number of
tensors (u64), number of facts (u64); for each fact a name, a type and a value; for each tensor a name, the number of
its dimensions (u32), these from the innermost outwards (u64 each), its type (u32) and its place (u64).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from studio.checkpoints.safetensors_header import MOST_DIMENSIONS, MOST_TENSORS
from studio.core.errors import CheckpointDamaged

MAGIC = b"GGUF"
_VERSIONS = {2, 3}
_MOST_FACTS = 4096
_LONGEST_TEXT = 2**20
_MOST_ITEMS = 2**21
_TEXT, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value by its type: integers, floats and truths."""


def read_gguf_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes of the tensors in the regular file `path`, outermost dimension first. Reads the header only.

    Raises:
        CheckpointDamaged: no GGUF file, or its header is cut off or absurd.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path)
    except OSError as error:
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise CheckpointDamaged(path, f"no readable GGUF header: {error}") from error


def _read(file: BinaryIO, path: Path) -> dict[str, tuple[int, ...]]:
    if file.read(4) != MAGIC:
        raise CheckpointDamaged(path, "no GGUF header")
    version, tensors, facts = _unpack(file, "<IQQ")
    if version not in _VERSIONS:
        raise CheckpointDamaged(path, f"GGUF of version {version}")
    if tensors > MOST_TENSORS or facts > _MOST_FACTS:
        raise CheckpointDamaged(path, f"{tensors} tensors and {facts} facts in its header")
    for _ in range(facts):
        _read_text(file)
        _skip_value(file, _unpack(file, "<I")[0])
    return dict(_read_tensor(file) for _ in range(tensors))


def _read_tensor(file: BinaryIO) -> tuple[str, tuple[int, ...]]:
    name = _read_text(file)
    (dimensions,) = _unpack(file, "<I")
    if dimensions > MOST_DIMENSIONS:
        raise ValueError(f"{dimensions} dimensions")
    shape = _unpack(file, f"<{dimensions}Q")
    _unpack(file, "<IQ")
    return name, tuple(reversed(shape))


def _skip_value(file: BinaryIO, kind: int) -> None:
    if kind == _TEXT:
        _read_text(file)
    elif kind == _ARRAY:
        item, count = _unpack(file, "<IQ")
        _skip_items(file, item, count)
    else:
        file.seek(_SIZES.get(kind, 0) or _unknown(kind), 1)


def _skip_items(file: BinaryIO, kind: int, count: int) -> None:
    if count > _MOST_ITEMS:
        raise ValueError(f"a list of {count}")
    if kind == _TEXT:
        for _ in range(count):
            _read_text(file)
    else:
        file.seek((_SIZES.get(kind, 0) or _unknown(kind)) * count, 1)


def _unknown(kind: int) -> int:
    raise ValueError(f"a value of type {kind}")


def _read_text(file: BinaryIO) -> str:
    (length,) = _unpack(file, "<Q")
    if length > _LONGEST_TEXT:
        raise ValueError(f"a text of {length} bytes")
    content = file.read(length)
    if len(content) < length:
        raise ValueError("cut off")
    return content.decode()


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
