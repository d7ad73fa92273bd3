"""Small JSON files of a model folder or of the program, read without trust in what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias, cast

from studio.core.errors import CheckpointDamaged

JsonObject: TypeAlias = dict[str, object]

LARGEST = 1024 * 1024
"""Bytes. The configuration of a large model has some 10 kB."""


def read_json_object(path: Path) -> JsonObject:
    """The object in the regular file `path`.

    Raises:
        CheckpointDamaged: not readable, larger than 1 MiB, or no JSON object.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise CheckpointDamaged(path, error.strerror or type(error).__name__) from error
    if len(content) > LARGEST:
        raise CheckpointDamaged(path, f"larger than {LARGEST} bytes")
    return parse_json_object(content, path)


def parse_json_object(content: bytes, path: Path) -> JsonObject:
    """The object that `content` (UTF-8) of the file `path` holds.

    Raises:
        CheckpointDamaged: no JSON object.
    """
    try:
        parsed: object = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise CheckpointDamaged(path, f"no JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise CheckpointDamaged(path, "no JSON object")
    return cast("JsonObject", parsed)
