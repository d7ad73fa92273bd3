"""Tensors of a file with weights of 4 bits (`core/four_bits.py`), as the matrices that they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studio.checkpoints.safetensors_header import TensorEntry
from studio.core.errors import CheckpointDamaged
from studio.core.four_bits import LARGEST_STATE, read_four_bits, weight_of_state, without_companions

PACKED_DTYPE = "4BIT"


def with_real_shapes(path: Path, entries: Sequence[TensorEntry]) -> Sequence[TensorEntry]:
    """`entries`, all those of the safetensors file `path`: packed weights have their own shape and take as much as they
    do in memory; what tells how they were packed is left out. Of the data only that is read, some hundred bytes each.

    Raises:
        CheckpointDamaged: that is of another kind, or tells of weights that are not there.
    """
    states = {weight: entry for entry in entries if (weight := weight_of_state(entry.name)) is not None}
    if not states:
        return entries
    kept = without_companions(entry.name for entry in entries)
    lacking = sorted(states.keys() - kept)
    if lacking:
        raise CheckpointDamaged(path, f"{lacking[0]} is missing")
    contents = _contents(path, entries, list(states.values()))
    return [
        _as_matrix(path, entry, states[entry.name], contents[states[entry.name].name])
        if entry.name in states
        else entry
        for entry in entries
        if entry.name in kept
    ]


def _as_matrix(path: Path, packed: TensorEntry, state: TensorEntry, content: bytes) -> TensorEntry:
    found = read_four_bits(path, state.name, content)
    if (packed.end - packed.begin) * 2 != found.shape[0] * found.shape[1]:
        raise CheckpointDamaged(path, f"{packed.name} has not the size that {state.name} tells")
    return replace(packed, dtype=PACKED_DTYPE, shape=found.shape, end=packed.begin + found.bytes_in_memory)


def _contents(path: Path, entries: Sequence[TensorEntry], wanted: Sequence[TensorEntry]) -> dict[str, bytes]:
    try:
        with path.open("rb") as file:
            data = file.seek(0, 2) - max(entry.end for entry in entries)
            found: dict[str, bytes] = {}
            for entry in wanted:
                file.seek(data + entry.begin)
                found[entry.name] = file.read(min(entry.end - entry.begin, LARGEST_STATE + 1))
            return found
    except OSError as error:
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error
