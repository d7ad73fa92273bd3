"""Thumbnails of all pictures in one SQLite file: a hundred thousand small files would be slow. Can be made again."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.result import PictureId
from studio.gallery.database import Database, Schema

SCHEMA = Schema(
    application_id=0x4C535468,  # "LSTh"
    migrations=(("CREATE TABLE thumbnails (id TEXT PRIMARY KEY, jpeg BLOB NOT NULL) STRICT, WITHOUT ROWID",),),
    rebuildable=True,
)
_IDS = "SELECT id FROM thumbnails"


class ThumbnailStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, picture: PictureId, jpeg: bytes) -> None:
        self._database.write("INSERT OR REPLACE INTO thumbnails (id, jpeg) VALUES (?, ?)", (picture, jpeg))

    def get(self, picture: PictureId) -> bytes | None:
        rows = self._database.read("SELECT jpeg FROM thumbnails WHERE id = ?", (picture,))
        jpeg = rows[0][0] if rows else None
        return jpeg if isinstance(jpeg, bytes) else None

    def ids(self) -> set[PictureId]:
        return {PictureId(str(row[0])) for row in self._database.read(_IDS)}

    def mend(self) -> None:
        """Begin anew if its rows cannot be read any more. Raises StorageError."""
        if not self._database.can_read(_IDS):
            self._database.start_anew()

    def remove(self, pictures: Iterable[PictureId]) -> None:
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM thumbnails WHERE id = ?", [(picture,) for picture in pictures])
