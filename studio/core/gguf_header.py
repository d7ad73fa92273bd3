"""The header of a GGUF file: which tensors it holds, how they are packed and where they lie.

Format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), all little-endian: `GGUF`, a version (2 or 3), the
number of tensors and of values; the values, each a name, a type and what it is; for each tensor a name, its dimensions
(the fastest first), its type and its place in the data; the data, from the next multiple of `general.alignment` on.
Files of picture models (https://github.com/city96/ComfyUI-GGUF) name their tensors as the model's makers do, and tell
the shape of one that had to be reshaped before it was packed as `comfy.gguf.orig_shape.NAME`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from studio.core.errors import CheckpointDamaged, NotACheckpoint

GGUF_ENDING = ".gguf"
LARGEST_HEADER = 32 * 1024 * 1024
"""Bytes, as for safetensors."""
MOST_TENSORS = 20_000

_MAGIC = b"GGUF"
_VERSIONS = {2, 3}
_MOST_VALUES = 10_000
_MOST_TEXTS = 300_000
"""In one list; the vocabularies of text models have up to 262,144."""
_MOST_DIMENSIONS = 4
_LONGEST_TEXT = 4096
"""Bytes of a text that is kept; longer ones (templates, licences) are read over."""
_USUAL_ALIGNMENT, _LARGEST_ALIGNMENT = 32, 1024 * 1024
_ORIGINAL_SHAPE = "comfy.gguf.orig_shape."


@dataclass(frozen=True, slots=True)
class GgufType:
    """How numbers are stored: `items` of them in a block of `block_bytes`. `code` is ggml's number for it."""

    code: int
    name: str
    items: int
    block_bytes: int

    @property
    def is_packed(self) -> bool:
        """Several numbers share a block, whose factors they need."""
        return self.items > 1


_TYPES: Mapping[int, GgufType] = {
    kind.code: kind
    for kind in (
        GgufType(0, "F32", 1, 4),
        GgufType(1, "F16", 1, 2),
        GgufType(2, "Q4_0", 32, 18),
        GgufType(3, "Q4_1", 32, 20),
        GgufType(6, "Q5_0", 32, 22),
        GgufType(7, "Q5_1", 32, 24),
        GgufType(8, "Q8_0", 32, 34),
        GgufType(10, "Q2_K", 256, 84),
        GgufType(11, "Q3_K", 256, 110),
        GgufType(12, "Q4_K", 256, 144),
        GgufType(13, "Q5_K", 256, 176),
        GgufType(14, "Q6_K", 256, 210),
        GgufType(20, "IQ4_NL", 32, 18),
        GgufType(23, "IQ4_XS", 256, 136),
        GgufType(30, "BF16", 1, 2),
    )
}
"""Those that the engine can unpack (`ggml.h`, enum ggml_type)."""


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor: `shape` as torch has it; its bytes are `begin` to `end` of the file."""

    name: str
    kind: GgufType
    shape: tuple[int, ...]
    begin: int
    end: int
    original_shape: tuple[int, ...] | None = None
    """What it had before it was packed, where that was another one."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """`texts`: the short texts among the values, by their names (`general.architecture`)."""

    tensors: tuple[GgufTensor, ...]
    texts: Mapping[str, str]


def read_gguf_header(path: Path) -> GgufHeader:
    """The header of the regular file `path`. Reads nothing else.

    Raises:
        NotACheckpoint: a version or a way of packing that this program does not know.
        CheckpointDamaged: the header is larger than 32 MiB or names over 20,000 tensors, contradicts itself, or does
            not describe the bytes that follow it.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            return _HeaderReader(file, path, size).read()
    except OSError as error:
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error


@dataclass(slots=True)
class _Values:
    texts: dict[str, str] = field(default_factory=dict[str, str])
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    alignment: int = _USUAL_ALIGNMENT


_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Types of values that are one number, as `struct` names them."""
_UINT32, _TEXT, _LIST = 4, 8, 9


class _HeaderReader:
    """Reads on from the start of `file`, never over the end of what a header may be."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file = file
        self._path = path
        self._size = size
        self._left = min(size, LARGEST_HEADER)

    def read(self) -> GgufHeader:
        if self._bytes(len(_MAGIC)) != _MAGIC:
            raise CheckpointDamaged(self._path, "no GGUF header")
        version = self._number("I")
        if version not in _VERSIONS:
            raise NotACheckpoint(self._path, f"GGUF of version {version}")
        tensors, values = self._number("Q"), self._number("Q")
        if tensors > MOST_TENSORS or values > _MOST_VALUES:
            raise CheckpointDamaged(self._path, f"{tensors} tensors and {values} values in a header")
        found = _Values()
        for _ in range(values):
            self._read_value(found)
        described = [self._read_tensor(found) for _ in range(tensors)]
        return GgufHeader(self._placed(described, found.alignment), found.texts)

    def _read_value(self, found: _Values) -> None:
        name, kind = self._text(), self._number("I")
        if kind == _TEXT:
            text = self._text()
            if len(text) <= _LONGEST_TEXT:
                found.texts[name] = text
        elif kind == _LIST:
            numbers = self._list(keep=name.startswith(_ORIGINAL_SHAPE))
            if numbers:
                found.shapes[name.removeprefix(_ORIGINAL_SHAPE)] = numbers
        else:
            value = self._number(self._format(kind))
            if name == "general.alignment" and kind == _UINT32:
                found.alignment = value

    def _list(self, *, keep: bool) -> tuple[int, ...]:
        """The whole numbers of a list that is to be kept; others are read over."""
        kind, count = self._number("I"), self._number("Q")
        if kind == _TEXT:
            if count > _MOST_TEXTS:
                raise CheckpointDamaged(self._path, f"a list of {count} texts in its header")
            for _ in range(count):
                self._skip(self._number("Q"))
            return ()
        letter = self._format(kind)
        if not keep or count > _MOST_DIMENSIONS + 1 or letter in "fd?":
            self._skip(count * struct.calcsize(f"<{letter}"))
            return ()
        return tuple(self._number(letter) for _ in range(count))

    def _read_tensor(self, found: _Values) -> GgufTensor:
        name, dimensions = self._text(), self._number("I")
        if dimensions > _MOST_DIMENSIONS:
            raise CheckpointDamaged(self._path, f"tensor {name!r} has {dimensions} dimensions")
        shape = tuple(self._number("Q") for _ in range(dimensions))[::-1]
        code, begin = self._number("I"), self._number("Q")
        kind = _TYPES.get(code)
        if kind is None:
            raise NotACheckpoint(self._path, f"GGUF packed in a way that this version does not know (number {code})")
        row = shape[-1] if shape else 1
        original = found.shapes.get(name)
        if row % kind.items or (original is not None and math.prod(original) != math.prod(shape)):
            raise CheckpointDamaged(self._path, f"tensor {name!r} does not fill its blocks")
        size = math.prod(shape) // kind.items * kind.block_bytes
        return GgufTensor(name, kind, shape, begin, begin + size, original)

    def _placed(self, described: list[GgufTensor], alignment: int) -> tuple[GgufTensor, ...]:
        """With places in the file; they follow each other up to its end, and what is between them is alignment."""
        if not 0 < alignment <= _LARGEST_ALIGNMENT:
            raise CheckpointDamaged(self._path, f"an alignment of {alignment}")
        data = _next_multiple(self._file.tell(), alignment)
        position = data
        placed: list[GgufTensor] = []
        for tensor in sorted(described, key=lambda tensor: (tensor.begin, tensor.end)):
            begin, end = data + tensor.begin, data + tensor.end
            if begin != _next_multiple(position, alignment):
                raise CheckpointDamaged(self._path, f"hole or overlap before tensor {tensor.name!r}")
            placed.append(GgufTensor(tensor.name, tensor.kind, tensor.shape, begin, end, tensor.original_shape))
            position = end
        if position > self._size:
            raise CheckpointDamaged(self._path, f"truncated: {position - self._size} bytes are missing")
        if _next_multiple(position, alignment) < self._size:
            raise CheckpointDamaged(self._path, f"{self._size - position} bytes too many")
        return tuple(placed)

    def _text(self) -> str:
        return self._bytes(self._number("Q")).decode("utf-8", "replace")

    def _format(self, kind: int) -> str:
        letter = _NUMBERS.get(kind)
        if letter is None:
            raise CheckpointDamaged(self._path, f"a value of an unknown type ({kind}) in its header")
        return letter

    def _number(self, letter: str) -> int:
        [value] = struct.unpack(f"<{letter}", self._bytes(struct.calcsize(f"<{letter}")))
        return value

    def _bytes(self, count: int) -> bytes:
        self._take(count)
        return self._file.read(count)

    def _skip(self, count: int) -> None:
        self._take(count)
        self._file.seek(count, 1)

    def _take(self, count: int) -> None:
        if count > self._left:
            raise CheckpointDamaged(self._path, "truncated in the header, or no GGUF file")
        self._left -= count


def _next_multiple(position: int, step: int) -> int:
    return -(-position // step) * step
