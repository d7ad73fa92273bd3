"""The models that the program knows by name: `models.json`, and what the user's own file of that name adds to it.

Both files are `{"version": 2, "models": [ENTRY, ...]}`; `resources/models.schema.json` says what an entry is and
`catalogue_entry` reads it. The first entry of the program's file is the model that the program starts with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry, as_list, read_entry
from studio.checkpoints.json_file import JsonObject, read_json_object
from studio.core.errors import CheckpointDamaged, InvalidRequest
from studio.core.family import family_traits

VERSION = 2

_WRONG_ENTRY = (KeyError, TypeError, ValueError, OverflowError, InvalidRequest)


@dataclass(frozen=True, slots=True)
class CatalogueUnreadable:
    """The user's catalogue `path` is passed over; `reason` is a fact such as "no JSON"."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class EntryDropped:
    """An entry of the user's catalogue `path` is passed over: `entry` is its id, or its place such as "number 3"."""

    path: Path
    entry: str
    reason: str


CatalogueNotice: TypeAlias = CatalogueUnreadable | EntryDropped


@dataclass(frozen=True, slots=True)
class CatalogueContent:
    """The program's entries, then the user's; and what was wrong with the user's file."""

    entries: tuple[CatalogueEntry, ...]
    notices: tuple[CatalogueNotice, ...] = ()

    def find(self, id_or_name: str) -> CatalogueEntry | None:
        """The entry with this id or name, in any case."""
        wanted = id_or_name.strip().casefold()
        return next((entry for entry in self.entries if wanted in {entry.id, entry.name.casefold()}), None)

    def search(self, text: str) -> tuple[CatalogueEntry, ...]:
        """The entries in which every word of `text` occurs: in the id, name, kind, family or what it is good at."""
        words = text.casefold().split()
        return tuple(entry for entry in self.entries if all(word in _searched(entry) for word in words))


class Catalogue:
    """The two files; each call reads them anew.

    Every method raises CheckpointDamaged when the program's own file is damaged (so is the installation, then).
    """

    def __init__(self, file: Path, user_file: Path) -> None:
        """`user_file` need not exist."""
        self._file = file
        self._user_file = user_file

    def default(self) -> CatalogueEntry:
        """The model that the program starts with. The user's file is not read for it."""
        return self._built_in()[0]

    def read(self) -> CatalogueContent:
        built_in = self._built_in()
        entries, notices = _read_user_file(self._user_file, taken={entry.id for entry in built_in})
        return CatalogueContent((*built_in, *entries), notices)

    def _built_in(self) -> tuple[CatalogueEntry, ...]:
        return load_catalogue(self._file)


def load_catalogue(path: Path) -> tuple[CatalogueEntry, ...]:
    """The entries of the program's own file `path`, in its order.

    Raises:
        CheckpointDamaged: the file cannot be read, or an entry of it is wrong.
    """
    try:
        entries = tuple(read_entry(value) for value in _read_models(path))
    except _WRONG_ENTRY as error:
        raise CheckpointDamaged(path, _reason(error)) from error
    if not entries or not isinstance(entries[0].origin, Bundled):
        raise CheckpointDamaged(path, "it does not begin with the model that comes with the program")
    return entries


def _read_user_file(path: Path, taken: set[str]) -> tuple[list[CatalogueEntry], tuple[CatalogueNotice, ...]]:
    if not path.exists():
        return [], ()
    try:
        values = _read_models(path)
    except CheckpointDamaged as damage:
        return [], (CatalogueUnreadable(path, damage.reason),)
    except _WRONG_ENTRY as error:
        return [], (CatalogueUnreadable(path, _reason(error)),)
    entries: list[CatalogueEntry] = []
    notices: list[CatalogueNotice] = []
    for number, value in enumerate(values, start=1):
        try:
            entry = _read_user_entry(value, taken | {entry.id for entry in entries})
        except _WRONG_ENTRY as error:
            notices.append(EntryDropped(path, _entry_label(value, number), _reason(error)))
        else:
            entries.append(entry)
    return entries, tuple(notices)


def _read_user_entry(value: object, taken: set[str]) -> CatalogueEntry:
    entry = read_entry(value)
    if isinstance(entry.origin, Bundled):
        raise ValueError("only the program's own catalogue has bundled models")
    if entry.id in taken:
        raise ValueError("another entry has this id")
    return entry


def _read_models(path: Path) -> list[object]:
    document = read_json_object(path)
    if document.get("version") != VERSION:
        raise CheckpointDamaged(path, f"version {str(document.get('version'))[:20]}, expected {VERSION}")
    return as_list(document["models"])


def _entry_label(value: object, number: int) -> str:
    name = cast("JsonObject", value).get("id") if isinstance(value, dict) else None
    return name[:64] if isinstance(name, str) and name else f"number {number}"


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _searched(entry: CatalogueEntry) -> str:
    kind, family = entry.kind.replace("_", " "), (entry.family or "").replace("_", " ")
    called = "" if entry.family is None else family_traits(entry.family).label
    return " ".join((entry.id, entry.name, kind, family, called, entry.good_at)).casefold()
