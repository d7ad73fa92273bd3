"""What the user did with pictures: ratings, favourites, notes, tags and albums, in `user.db`."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NewType

from studio.core.picture_id import PictureId
from studio.gallery.database import Database
from studio.gallery.user_schema import USER_SCHEMA

AlbumId = NewType("AlbumId", str)

HIGHEST_RATING = 5
_AT_ONCE = 500
"""Question marks of a statement: SQLite allows 32,766."""


@dataclass(frozen=True, slots=True)
class PictureMarks:
    """Of one picture. `rating` is 0 (none) to 5; tags are in alphabetical order, alike in any case."""

    rating: int = 0
    favourite: bool = False
    note: str = ""
    tags: tuple[str, ...] = ()
    albums: tuple[AlbumId, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.rating <= HIGHEST_RATING:
            raise ValueError(f"a rating of {self.rating}")


@dataclass(frozen=True, slots=True)
class Album:
    """A collection of pictures; with a `query` what that search finds, whenever it is looked at."""

    id: AlbumId
    name: str
    query: str | None = None


NO_MARKS = PictureMarks()


class MarkStore:
    """Reads and writes marks. Every method may be called from any thread, and raises StorageError."""

    def __init__(self, path: Path) -> None:
        """Open `user.db`, or make it.

        Raises:
            DatabaseTooNew, StorageError
        """
        self._database = Database(path, USER_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def marks(self, picture: PictureId) -> PictureMarks:
        return self.marks_of([picture])[picture]

    def marks_of(self, pictures: Sequence[PictureId]) -> dict[PictureId, PictureMarks]:
        """Of each of the pictures, also of those that have none."""
        found: dict[PictureId, PictureMarks] = {}
        for some in _batches(pictures):
            found |= self._read(some)
        return found

    def put(self, marks: Mapping[PictureId, PictureMarks]) -> None:
        """These are their marks from now on; all or nothing. What `marks_of` told before undoes it."""
        with self._database.transaction() as connection:
            for picture, of_it in marks.items():
                _write(connection, picture, of_it)

    def tags(self) -> list[str]:
        """All that are in use, the most used first."""
        rows = self._database.read("SELECT name, count(*) FROM tag GROUP BY name ORDER BY count(*) DESC, name")
        return [str(name) for name, _ in rows]

    # --- albums ---

    def albums(self) -> list[Album]:
        """By name."""
        rows = self._database.read("SELECT id, name, query FROM album ORDER BY name COLLATE NOCASE, id")
        return [Album(AlbumId(str(id_)), str(name), None if query is None else str(query)) for id_, name, query in rows]

    def new_album(self, name: str, query: str | None = None) -> Album:
        album = Album(AlbumId(uuid.uuid4().hex), name, query)
        self.put_album(album)
        return album

    def put_album(self, album: Album) -> None:
        """Add it, or change its name or search."""
        self._database.write(
            "INSERT INTO album VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, query = excluded.query",
            (album.id, album.name, album.query),
        )

    def remove_album(self, album: AlbumId) -> list[PictureId]:
        """The pictures stay where they are; returns those that were in it."""
        pictures = self.pictures_in(album)
        self._database.write("DELETE FROM album WHERE id = ?", (album,))
        return pictures

    def pictures_in(self, album: AlbumId) -> list[PictureId]:
        rows = self._database.read("SELECT picture FROM album_picture WHERE album = ?", (album,))
        return [PictureId(str(picture)) for (picture,) in rows]

    def _read(self, pictures: Sequence[PictureId]) -> dict[PictureId, PictureMarks]:
        marks = ", ".join("?" * len(pictures))
        rows = self._database.read(
            f"SELECT picture, rating, favourite, note FROM mark WHERE picture IN ({marks})", pictures
        )
        tags = self._names("SELECT picture, name FROM tag", marks, pictures)
        albums = self._names("SELECT picture, album FROM album_picture", marks, pictures)
        own = {str(picture): (rating, favourite, note) for picture, rating, favourite, note in rows}
        found: dict[PictureId, PictureMarks] = {}
        for picture in pictures:
            rating, favourite, note = own.get(picture, (0, 0, ""))
            found[picture] = PictureMarks(
                rating=int(str(rating)),
                favourite=bool(favourite),
                note=str(note),
                tags=tuple(tags.get(picture, ())),
                albums=tuple(map(AlbumId, albums.get(picture, ()))),
            )
        return found

    def _names(self, select: str, marks: str, pictures: Sequence[PictureId]) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for picture, name in self._database.read(f"{select} WHERE picture IN ({marks}) ORDER BY 1, 2", pictures):
            names.setdefault(str(picture), []).append(str(name))
        return names


def _write(connection: sqlite3.Connection, picture: PictureId, marks: PictureMarks) -> None:
    for table in ("mark", "tag", "album_picture"):
        connection.execute(f"DELETE FROM {table} WHERE picture = ?", (picture,))
    if (marks.rating, marks.favourite, marks.note) != (0, False, ""):
        connection.execute(
            "INSERT INTO mark VALUES (?, ?, ?, ?)", (picture, marks.rating, int(marks.favourite), marks.note)
        )
    connection.executemany("INSERT OR IGNORE INTO tag VALUES (?, ?)", [(picture, tag) for tag in marks.tags])
    # An album that was removed meanwhile does not come back by this.
    connection.executemany(
        "INSERT OR IGNORE INTO album_picture SELECT id, ? FROM album WHERE id = ?",
        [(picture, album) for album in marks.albums],
    )


def _batches(pictures: Iterable[PictureId]) -> Iterable[list[PictureId]]:
    remaining = iter(pictures)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some
