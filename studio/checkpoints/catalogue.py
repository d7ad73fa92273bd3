"""`models.json`: the models that the program knows by name.

The file is `{"version": 1, "checkpoints": [ENTRY, ...]}`; the first entry is the program's default. An entry has

- `id`: short and stable, for the command line;
- `name`: for people; pictures carry it;
- `bundled`: the folder below `resources/` that holds the model;
- `family`: a value of `ModelFamily`;
- `licence`: SPDX identifier;
- `good_at`: one sentence for people who have never seen it;
- `recommended`: `width`, `height`, `num_inference_steps`, `guidance_scale`, `scheduler`;
- `examples`: prompts that show it at its best.

Keys beyond these are passed over, so that an entry can grow. The file is part of the program, not outside data, and it
is read before the window is painted: therefore by hand and not with pydantic, whose import takes 0.14 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from studio.checkpoints.json_file import JsonObject, read_json_object
from studio.core.checkpoint import ModelFamily, RecommendedSampling
from studio.core.errors import CheckpointDamaged, InvalidRequest
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName

VERSION = 1


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model that the program knows; the fields are those of the file."""

    id: str
    name: str
    bundled: str
    family: ModelFamily
    licence: str
    good_at: str
    recommended: RecommendedSampling
    examples: tuple[str, ...]


def load_catalogue(path: Path) -> tuple[CatalogueEntry, ...]:
    """The entries of the file `path`, in its order.

    Raises:
        CheckpointDamaged: the file cannot be read, or an entry of it is wrong (the installation is damaged).
    """
    document = read_json_object(path)
    if document.get("version") != VERSION:
        raise CheckpointDamaged(path, f"version {document.get('version')}, expected {VERSION}")
    try:
        entries = tuple(_read_entry(entry) for entry in _list(document, "checkpoints"))
    except (KeyError, TypeError, ValueError, OverflowError, InvalidRequest) as error:
        raise CheckpointDamaged(path, f"{type(error).__name__}: {error}") from error
    if not entries:
        raise CheckpointDamaged(path, "no model in it")
    return entries


def _read_entry(value: object) -> CatalogueEntry:
    entry = _object(value)
    return CatalogueEntry(
        id=_text(entry["id"]),
        name=_text(entry["name"]),
        bundled=_text(entry["bundled"]),
        family=ModelFamily(_text(entry["family"])),
        licence=_text(entry["licence"]),
        good_at=_text(entry["good_at"]),
        recommended=_read_recommended(_object(entry["recommended"])),
        examples=tuple(_text(example) for example in _list(entry, "examples")),
    )


def _read_recommended(entry: JsonObject) -> RecommendedSampling:
    return RecommendedSampling(
        size=Size(_whole(entry["width"]), _whole(entry["height"])),
        num_inference_steps=_whole(entry["num_inference_steps"]),
        guidance_scale=_number(entry["guidance_scale"]),
        scheduler=SchedulerName(_text(entry["scheduler"])),
    )


def _object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError(f"not an object: {value!r}")
    return cast("JsonObject", value)


def _list(entry: JsonObject, key: str) -> list[object]:
    value = entry[key]
    if not isinstance(value, list):
        raise TypeError(f"not a list: {key}")
    return cast("list[object]", value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"not a text: {value!r}")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"not a whole number: {value!r}")
    return value


def _number(value: object) -> float:
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"not a number: {value!r}")
    return float(value)
