"""File names by a pattern: `{date}-{seed}-{prompt:40}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studio.core.errors import StorageError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.result import PictureParameters
from studio.gallery.picture_store import slug_of
from studio.gallery.record import PictureRecord

LONGEST_NAME: Final = 180
"""Bytes of UTF-8, so that a number and the ending fit where 255 are the most."""
_FIELD: Final = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<length>[^{}]*))?\}")
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
_LONGEST_FIELD: Final = 200


@dataclass(frozen=True, slots=True)
class NameFault:
    """This part of a pattern, from `start` to `end`, is no field."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Renamed:
    """The names that files had before, in the order in which they were changed; what stopped the rest, if anything."""

    before: Mapping[PictureId, str]
    failure: StorageError | None = None

    @property
    def undo(self) -> dict[PictureId, str]:
        """The last one first: its old name may be another's new one."""
        return dict(reversed(list(self.before.items())))


def files_beside(records: Iterable[PictureRecord]) -> list[Path]:
    """All files in the folders of these pictures. A folder that cannot be looked into is taken for empty: a name that
    is taken is found when the file is renamed."""
    found: list[Path] = []
    for folder in {record.path.parent for record in records}:
        with suppress(OSError):
            found += folder.iterdir()
    return found


def _of_parameters(read: Callable[[PictureParameters], object]) -> Callable[[PictureRecord], str]:
    return lambda record: "" if record.parameters is None else str(read(record.parameters))


FIELDS: Final[dict[str, tuple[str, Callable[[PictureRecord], str]]]] = {
    "date": (tr("the day it was made"), lambda record: f"{record.created_at.astimezone():%Y-%m-%d}"),
    "time": (tr("the time it was made"), lambda record: f"{record.created_at.astimezone():%H%M%S}"),
    "prompt": (tr("its prompt"), lambda record: slug_of(_of_parameters(lambda told: told.prompt.text)(record))),
    "seed": (tr("its seed"), _of_parameters(lambda told: told.sampling.seed)),
    "steps": (tr("its steps"), _of_parameters(lambda told: told.sampling.num_inference_steps)),
    "model": (tr("its model"), _of_parameters(lambda told: told.checkpoint_name)),
    "size": (tr("its size"), lambda record: f"{record.width}x{record.height}"),
    "name": (tr("the name it has"), lambda record: record.path.stem),
}
"""What stands for something in a pattern: in words, and how it is had. A number behind it cuts it: `{prompt:40}`."""


def faults_in(pattern: str) -> tuple[NameFault, ...]:
    """What in braces is no field, or is not cut at a whole number of characters."""
    return tuple(NameFault(*found.span()) for found in _FIELD.finditer(pattern) if not _is_field(found))


def new_names(records: Sequence[PictureRecord], pattern: str, taken: Collection[Path]) -> tuple[str, ...]:
    """The name that the pattern gives each picture, with its ending; those that would be alike in their folder, or are
    `taken` by another file, are numbered. The pattern has no faults.

    Alike is what differs in case alone, too: on some systems that is one file.
    """
    used = {_key(path) for path in taken} - {_key(record.path) for record in records}
    reserved = {_key(record.path): record for record in records}
    names: list[str] = []
    for record in records:
        stem = name_of(record, pattern)
        number, path = 1, record.path.with_name(f"{stem}{record.path.suffix}")
        while _key(path) in used or reserved.get(_key(path), record) is not record:
            number += 1
            path = record.path.with_name(f"{stem}-{number}{record.path.suffix}")
        used.add(_key(path))
        names.append(path.name)
    return tuple(names)


def name_of(record: PictureRecord, pattern: str) -> str:
    """Without an ending, and fit for every file system; where nothing is left, the name that it has."""
    filled = _FIELD.sub(lambda found: _filled(found, record), pattern)
    bare = _UNSAFE.sub("-", filled).strip(" .-").encode("utf-8", "ignore")
    safe = bare[:LONGEST_NAME].decode("utf-8", "ignore").strip(" .-")
    if not safe:
        return record.path.stem
    return f"{safe}-" if _RESERVED.fullmatch(safe) else safe


def _filled(found: re.Match[str], record: PictureRecord) -> str:
    _, read = FIELDS[found["name"]]
    value = read(record)
    return value if found["length"] is None else value[: int(found["length"])].strip("-")


def _is_field(found: re.Match[str]) -> bool:
    length = found["length"]
    is_cut_well = length is None or (length.isascii() and length.isdigit() and 0 < int(length) <= _LONGEST_FIELD)
    return found["name"] in FIELDS and is_cut_well


def _key(path: Path) -> tuple[Path, str]:
    return path.parent, path.name.casefold()
