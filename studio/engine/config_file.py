"""Reads the JSON files of a model folder, with limits, because they decide how much memory is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, cast

from studio.core.errors import CheckpointDamaged, CheckpointIncomplete

JsonObject: TypeAlias = dict[str, object]

_LARGEST_FILE = 2**20
_HIGHEST_WIDTH = 8192
_HIGHEST_COUNT = 128
_HIGHEST_TABLE = 2**20
_COUNT_WORDS = ("layers", "blocks", "num_heads", "attention_heads")
_WIDTH_WORDS = ("channels", "size", "dim", "positions", "position_embeddings", "groups", "kernel")


def read_config(root: Path, name: str) -> JsonObject:
    """The JSON object in the file `name` (relative to the model folder `root`), its sizes in range.

    Raises:
        CheckpointIncomplete: if it is not there.
        CheckpointDamaged: if it is larger than 1 MiB, no JSON object, or asks for more than 8192 channels or
            128 layers.
    """
    path = root / name
    if not path.is_file():
        raise CheckpointIncomplete(root, name)
    if path.stat().st_size > _LARGEST_FILE:
        raise CheckpointDamaged(path, "larger than 1 MiB")
    try:
        config = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise CheckpointDamaged(path, "not readable as JSON") from error
    if not isinstance(config, dict):
        raise CheckpointDamaged(path, "not a JSON object")
    checked = cast("JsonObject", config)
    _check_ranges(path, checked)
    return checked


def _check_ranges(path: Path, config: JsonObject) -> None:
    for key, value in config.items():
        limit = _limit(key)
        if limit is None:
            continue
        numbers = list(_integers(value))
        if len(numbers) > _HIGHEST_COUNT:
            raise CheckpointDamaged(path, f"{key} has {len(numbers)} entries, at most {_HIGHEST_COUNT} are sensible")
        if max(numbers, default=0) > limit:
            raise CheckpointDamaged(path, f"{key} is {max(numbers)}, at most {limit} is sensible")


def _limit(key: str) -> int | None:
    if key in {"vocab_size", "num_train_timesteps"}:
        return _HIGHEST_TABLE
    if any(word in key for word in _COUNT_WORDS):
        return _HIGHEST_COUNT
    if any(word in key for word in _WIDTH_WORDS):
        return _HIGHEST_WIDTH
    return None


def _integers(value: object) -> Iterator[int]:
    """The integers in a value, which may be a list of lists."""
    if isinstance(value, int):
        yield value
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _integers(item)
