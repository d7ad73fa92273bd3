"""Weights of 4 bits as bitsandbytes writes them (NF4 and FP4), and what lies beside each of them in its file.

Format (https://github.com/bitsandbytes-foundation/bitsandbytes, `QuantState.as_dict`): `NAME` are two numbers in each
byte, the first in its upper half, row by row; each is an index into the 16 values of `NAME.quant_map`. So many
numbers in a row ("blocksize") share a factor of `NAME.absmax`. That may be packed, too: bytes that are an index into
`NAME.nested_quant_map`, blocks of which share a factor of `NAME.nested_absmax`, plus an offset. A text in JSON,
`NAME.quant_state.bitsandbytes__nf4`, tells all this. T. Dettmers et al.: "QLoRA", 2023, is where it comes from.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from studio.core.errors import CheckpointDamaged

_STATE = ".quant_state.bitsandbytes__"
FACTOR_BYTES = 4
"""A factor in float32, as it is kept beside its block in memory."""
LARGEST_STATE = 4096
"""Bytes of the text; what is longer is none, and is not read."""
_BLOCK_SIZES = frozenset(2**power for power in range(5, 13))


@dataclass(frozen=True, slots=True)
class FourBits:
    """How the matrix of `shape` was packed: `block` numbers share a factor, and `nested_block` factors another one
    (None where the factors are plain numbers), to which `nested_offset` is added."""

    shape: tuple[int, int]
    block: int
    nested_block: int | None = None
    nested_offset: float = 0.0

    @property
    def has_whole_blocks(self) -> bool:
        """No block goes on in the next row."""
        return self.shape[1] % self.block == 0

    @property
    def bytes_in_memory(self) -> int:
        """While it stays packed."""
        return math.prod(self.shape) // self.block * (FACTOR_BYTES + self.block // 2)


def weight_of_state(name: str) -> str | None:
    """The weight that the tensor `name` tells of; None where it is no such text."""
    weight, mark, _kind = name.partition(_STATE)
    return weight if mark else None


def names_beside(weight: str) -> frozenset[str]:
    """Of the tensors beside it, but for the text."""
    endings = ("absmax", "quant_map", "nested_absmax", "nested_quant_map")
    return frozenset(f"{weight}.{ending}" for ending in endings)


def without_companions(names: Iterable[str]) -> set[str]:
    """Those of `names` that are weights, without what tells how others were packed."""
    kept = set(names)
    states = {name: weight for name in kept if (weight := weight_of_state(name)) is not None}
    return kept - states.keys() - {beside for weight in states.values() for beside in names_beside(weight)}


def read_four_bits(path: Path, name: str, content: bytes) -> FourBits:
    """What the text `content` of the tensor `name` in the file `path` tells.

    Raises:
        CheckpointDamaged: it contradicts itself, or is of another kind.
    """
    try:
        told = cast("dict[str, object]", json.loads(content)) if len(content) <= LARGEST_STATE else {}
        found = _four_bits(told)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointDamaged(path, f"{name} does not tell how the weight was packed") from error
    return found


def _four_bits(told: dict[str, object]) -> FourBits:
    rows, width = (_natural(side) for side in cast("list[object]", told["shape"]))
    block = _natural(told["blocksize"])
    if block not in _BLOCK_SIZES or rows * width % block:
        raise ValueError(block)
    if "nested_blocksize" not in told:
        return FourBits((rows, width), block)
    offset = float(cast("float", told["nested_offset"]))
    return FourBits((rows, width), block, _natural(told["nested_blocksize"]), offset)


def _natural(value: object) -> int:
    if type(value) is not int or not 0 < value < 2**31:
        raise ValueError(value)
    return value
