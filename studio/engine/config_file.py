"""Reads the JSON files of a model folder, with limits, because they decide how much memory is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, cast

from studio.core.errors import CheckpointDamaged, CheckpointIncomplete

JsonObject: TypeAlias = dict[str, object]

_LARGEST_FILE = 2**20
_HIGHEST_CHANNELS = 8192
_HIGHEST_WIDTH = 2**15
"""Text encoders of the larger models reach 20,000 in their inner layers."""
_HIGHEST_COUNT = 128
_HIGHEST_TABLE = 2**20
_COUNT_WORDS = ("layers", "blocks", "num_heads", "attention_heads")
_TABLE_WORDS = ("vocab_size", "num_train_timesteps", "positions", "position_embeddings")
_WIDTH_WORDS = ("size", "dim", "groups", "kernel")


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
    for words, limit in (
        (_TABLE_WORDS, _HIGHEST_TABLE),
        (_COUNT_WORDS, _HIGHEST_COUNT),
        (("channels",), _HIGHEST_CHANNELS),
        (_WIDTH_WORDS, _HIGHEST_WIDTH),
    ):
        if any(word in key for word in words):
            return limit
    return None


def _integers(value: object) -> Iterator[int]:
    """The integers in a value, which may be a list of lists."""
    if isinstance(value, int):
        yield value
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _integers(item)
