"""The journal of marks: every change as a line of text that is only ever appended.

A line is the CRC-32 of its text in 8 hexadecimal digits, a space, and a JSON object; blank lines mean nothing. Lines
that were torn by a power cut or damaged since are left out, all others count. The first says that the lines tell
everything, and not only what came after a journal that was lost.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias, cast

from studio.core.durable_file import storage_error, sync_to_drive, write_durably
from studio.core.picture_id import PictureId
from studio.gallery.picture_marks import Album, AlbumId, PictureMarks


@dataclass(frozen=True, slots=True)
class MarksPut:
    """A picture has these marks from now on."""

    picture: PictureId
    marks: PictureMarks


@dataclass(frozen=True, slots=True)
class AlbumPut:
    """An album is new, or has another name or search."""

    album: Album


@dataclass(frozen=True, slots=True)
class AlbumRemoved:
    album: AlbumId


@dataclass(frozen=True, slots=True)
class FolderWatched:
    """Pictures in this folder are in the gallery."""

    path: str


@dataclass(frozen=True, slots=True)
class FolderForgotten:
    path: str


@dataclass(frozen=True, slots=True)
class JournalBegun:
    """Before this there was nothing."""


Change: TypeAlias = JournalBegun | MarksPut | AlbumPut | AlbumRemoved | FolderWatched | FolderForgotten


@dataclass(frozen=True, slots=True)
class JournalRead:
    """The changes in their order."""

    changes: tuple[Change, ...]
    is_whole: bool
    """Every line could be read."""

    @property
    def tells_all(self) -> bool:
        return self.is_whole and self.changes[:1] == (JournalBegun(),)


class MarkJournal:
    """Use from one thread of one process at a time. Each method raises StorageError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def append(self, changes: Sequence[Change]) -> None:
        """When this returns they survive a power cut; if it fails they are not there."""
        # The first line break ends a line that a power cut may have torn.
        content = b"\n" + b"".join(map(_line, changes))
        try:
            with self._path.open("ab") as file:  # buffered: a raw file may write a part and say so
                length = file.tell()
                try:
                    file.write(content)
                    file.flush()
                    sync_to_drive(file.fileno())
                except OSError:
                    with suppress(OSError):  # the first failure is the one to tell
                        file.truncate(length)
                    raise
        except OSError as error:
            raise storage_error(error, self._path, len(content)) from error

    def read(self) -> JournalRead:
        """What is there; nothing if the file is not."""
        try:
            lines = self._path.read_bytes().split(b"\n") if self._path.exists() else []
        except OSError as error:
            raise storage_error(error, self._path) from error
        changes = [_change(line) for line in lines if line]
        return JournalRead(tuple(change for change in changes if change is not None), None not in changes)

    def rewrite(self, changes: Sequence[Change]) -> None:
        """These tell everything from now on, in place of all that is there."""
        write_durably(self._path, b"".join(map(_line, (JournalBegun(), *changes))), overwrite=True)


def _line(change: Change) -> bytes:
    text = json.dumps(_document(change), ensure_ascii=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _document(change: Change) -> dict[str, object]:
    match change:
        case JournalBegun():
            return {"begun": 1}
        case FolderWatched():
            return {"watched": change.path}
        case FolderForgotten():
            return {"forgotten": change.path}
        case MarksPut():
            return {"picture": change.picture, **asdict(change.marks)}
        case AlbumPut():
            return {"album": asdict(change.album)}
        case AlbumRemoved():
            return {"removed_album": change.album}


def _change(line: bytes) -> Change | None:
    """None for a line that is damaged."""
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        return _from_document(cast("dict[str, object]", json.loads(text)))
    except (ValueError, KeyError, TypeError):  # by another hand, with a checksum that is right
        return None


def _from_document(document: dict[str, object]) -> Change:
    """Raises ValueError, KeyError or TypeError."""
    if "begun" in document:
        return JournalBegun()
    if "watched" in document:
        return FolderWatched(str(document["watched"]))
    if "forgotten" in document:
        return FolderForgotten(str(document["forgotten"]))
    if "removed_album" in document:
        return AlbumRemoved(AlbumId(str(document["removed_album"])))
    if "album" in document:
        album = cast("dict[str, object]", document["album"])
        query = album["query"]
        return AlbumPut(Album(AlbumId(str(album["id"])), str(album["name"]), None if query is None else str(query)))
    return MarksPut(
        PictureId(str(document["picture"])),
        PictureMarks(
            rating=int(str(document["rating"])),
            favourite=bool(document["favourite"]),
            note=str(document["note"]),
            tags=tuple(map(str, cast("list[object]", document["tags"]))),
            albums=tuple(AlbumId(str(album)) for album in cast("list[object]", document["albums"])),
        ),
    )
