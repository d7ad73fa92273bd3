"""The journal of marks: every change as a line of text that is only ever appended.

A line is the CRC-32 of its text in 8 hexadecimal digits, a space, and a JSON object; blank lines mean nothing. Lines
that were torn by a power cut or damaged since are left out, all others count.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias, cast

from studio.core.durable_file import storage_error, sync_folder, sync_to_drive, write_durably
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


Change: TypeAlias = MarksPut | AlbumPut | AlbumRemoved


class MarkJournal:
    """Use from one thread at a time. Each method raises StorageError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, changes: Sequence[Change]) -> None:
        """When this returns they survive a power cut."""
        is_new = not self._path.exists()
        # The first line break ends a line that a power cut may have torn.
        content = b"\n" + b"".join(map(_line, changes))
        try:
            with self._path.open("ab") as file:  # buffered: a raw file may write a part and say so
                file.write(content)
                file.flush()
                sync_to_drive(file.fileno())
            if is_new:
                sync_folder(self._path.parent)
        except OSError as error:
            raise storage_error(error, self._path, len(content)) from error

    def read(self) -> tuple[list[Change], bool]:
        """The changes in their order, and whether every line could be read."""
        try:
            lines = self._path.read_bytes().split(b"\n") if self._path.exists() else []
        except OSError as error:
            raise storage_error(error, self._path) from error
        changes = [_change(line) for line in lines if line]
        return [change for change in changes if change is not None], None not in changes

    def rewrite(self, changes: Sequence[Change]) -> None:
        """These, in place of all that is there."""
        write_durably(self._path, b"".join(map(_line, changes)), overwrite=True)


def _line(change: Change) -> bytes:
    text = json.dumps(_document(change), ensure_ascii=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _document(change: Change) -> dict[str, object]:
    match change:
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
