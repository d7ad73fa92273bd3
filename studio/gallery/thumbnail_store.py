"""Thumbnails of all pictures in one SQLite file, and what colours they have: a hundred thousand small files would be
slow. Can be made again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from studio.core.errors import PictureUnreadable
from studio.core.result import PictureId
from studio.gallery.database import Database, Schema
from studio.imaging.colour_signature import SIGNATURE_BYTES, colour_signature
from studio.imaging.decode import picture_faults

_log = logging.getLogger("studio.gallery")

SCHEMA = Schema(
    application_id=0x4C535468,  # "LSTh"
    migrations=(
        ("CREATE TABLE thumbnails (id TEXT PRIMARY KEY, jpeg BLOB NOT NULL) STRICT, WITHOUT ROWID",),
        (
            f"""CREATE TABLE colours (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                signature BLOB NOT NULL CHECK (length(signature) = {SIGNATURE_BYTES})
            ) STRICT""",
        ),
    ),
    rebuildable=True,
)
_IDS = "SELECT id FROM thumbnails"
_COLOURS = "SELECT sequence, id, signature FROM colours"


class Coloured(NamedTuple):
    """A picture and its `colour_signature`; the higher its `sequence`, the later it was put there."""

    sequence: int
    picture: PictureId
    signature: bytes


class ThumbnailStore:
    """Each method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, picture: PictureId, jpeg: bytes) -> None:
        signature = colour_signature(jpeg)
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO thumbnails (id, jpeg) VALUES (?, ?)", (picture, jpeg))
            connection.execute("INSERT OR REPLACE INTO colours (id, signature) VALUES (?, ?)", (picture, signature))

    def get(self, picture: PictureId) -> bytes | None:
        rows = self._database.read("SELECT jpeg FROM thumbnails WHERE id = ?", (picture,))
        jpeg = rows[0][0] if rows else None
        return jpeg if isinstance(jpeg, bytes) else None

    def ids(self) -> set[PictureId]:
        return {PictureId(str(row[0])) for row in self._database.read(_IDS)}

    def mend(self) -> None:
        """Begin anew if its rows cannot be read any more."""
        if not (
            self._database.is_sound()
            and self._can_find_all()
            and self._database.is_whole("colours")
            and self._database.can_read(_COLOURS)
        ):
            self._database.start_anew()

    def _can_find_all(self) -> bool:
        """Rows that are out of order are there, but no search comes to them. Checking the whole file takes too long."""
        if not self._database.can_read(_IDS):
            return False
        ids = [row[0] for row in self._database.read(_IDS)]
        return all(isinstance(id_, str) for id_ in ids) and ids == sorted(map(str, ids))

    def remove(self, pictures: Iterable[PictureId]) -> None:
        rows = [(picture,) for picture in pictures]
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM thumbnails WHERE id = ?", rows)
            connection.executemany("DELETE FROM colours WHERE id = ?", rows)

    # --- colours ---

    def coloured_after(self, sequence: int) -> list[Coloured]:
        """Those that were put there after this one, in order."""
        rows = self._database.read(f"{_COLOURS} WHERE sequence > ? ORDER BY sequence", (sequence,))
        return list(map(Coloured._make, cast("list[tuple[int, PictureId, bytes]]", rows)))  # a STRICT table

    def without_colours(self) -> list[PictureId]:
        """Pictures whose thumbnails were made before colours were looked at."""
        rows = self._database.read(f"{_IDS} WHERE id NOT IN (SELECT id FROM colours)")
        return [PictureId(str(id_)) for (id_,) in rows]

    def look_at_colours(self, pictures: Sequence[PictureId]) -> None:
        """Of these thumbnails; those that cannot be read go, so that they are made again."""
        found = [(picture, self._colours_of(picture)) for picture in pictures]
        rows = [(picture, signature) for picture, signature in found if signature is not None]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO colours (id, signature) VALUES (?, ?)", rows)
        self.remove(picture for picture, signature in found if signature is None)

    def _colours_of(self, picture: PictureId) -> bytes | None:
        """None for a thumbnail that is gone, or damaged."""
        jpeg = self.get(picture)
        try:
            with picture_faults(self._database.path):
                return None if jpeg is None else colour_signature(jpeg)
        except PictureUnreadable as error:
            _log.info("a thumbnail is to be made again: %s", error)
            return None
