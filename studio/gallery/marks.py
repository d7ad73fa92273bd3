"""What the user did with pictures: ratings, favourites, notes, tags and albums, and the folders that are watched, in
`user.db`.

Nobody can make them again, so each change is written twice: to a journal beside the database, and to its tables. What
one of the two loses, the other has. Both are written while SQLite's lock for writing is held, so that of two processes
each waits its turn.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from itertools import islice
from pathlib import Path

from studio.core.picture_id import PictureId
from studio.gallery.database import Database
from studio.gallery.mark_changes import changes_between, outcome
from studio.gallery.mark_journal import (
    AlbumPut,
    AlbumRemoved,
    Change,
    FolderForgotten,
    FolderWatched,
    JournalBegun,
    MarkJournal,
    MarksPut,
)
from studio.gallery.picture_marks import Album, AlbumId, PictureMarks
from studio.gallery.user_schema import USER_SCHEMA

_AT_ONCE = 500
"""Question marks of a statement: SQLite allows 32,766."""
_ALL_TEXTS = (
    "SELECT picture, note FROM mark",
    "SELECT picture, name FROM tag",
    "SELECT id, name, query FROM album",
    "SELECT album, picture FROM album_picture",
    "SELECT path FROM watched_folder",
)
"""SQLite's own check takes any bytes for a text."""
_JOURNAL_ENDING = ".journal"
_FEWEST_TO_TIDY = 1000


class MarkStore:
    """Reads and writes marks. Every method may be called from any thread, and raises StorageError."""

    def __init__(self, path: Path) -> None:
        """Touches no disk: see `open`."""
        self._path = path
        self._journal = MarkJournal(path.with_name(path.name + _JOURNAL_ENDING))
        self.set_aside: Path | None = None
        self.restored = 0

    def open(self) -> None:
        """Open `user.db`, or make it; marks that it has lost are made again: `restored` tells how many changes,
        `set_aside` where a damaged database was moved to.

        Raises:
            DatabaseTooNew, StorageError
        """
        self._database = Database(self._path, USER_SCHEMA)
        self.set_aside = self._database.set_aside
        if not all(map(self._database.can_read, _ALL_TEXTS)):
            self.set_aside = self._database.start_anew()
        self.restored = self._restore() if self._is_empty() else 0

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
        self._write([MarksPut(picture, of_it) for picture, of_it in marks.items()])

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
        self._write([AlbumPut(album)])

    def remove_album(self, album: AlbumId) -> list[PictureId]:
        """The pictures stay where they are; returns those that were in it."""
        pictures = self.pictures_in(album)
        self._write([AlbumRemoved(album)])
        return pictures

    def pictures_in(self, album: AlbumId) -> list[PictureId]:
        rows = self._database.read("SELECT picture FROM album_picture WHERE album = ?", (album,))
        return [PictureId(str(picture)) for (picture,) in rows]

    # --- folders ---

    def folders(self) -> list[Path]:
        """Those that are watched."""
        return [Path(str(path)) for (path,) in self._database.read("SELECT path FROM watched_folder ORDER BY path")]

    def watch(self, folder: Path) -> None:
        """From now on, with all that is below it."""
        within = [FolderForgotten(str(other)) for other in self.folders() if other.is_relative_to(folder)]
        self._write([*within, FolderWatched(str(folder))])

    def forget_folder(self, folder: Path) -> None:
        self._write([FolderForgotten(str(folder))])

    # --- two copies ---

    def tidy(self) -> int:
        """Make the two copies alike; returns how many marks and albums had to be mended in the tables.

        A journal that tells everything is right: its lines have checksums. One that is damaged, or mostly out of date,
        is written anew from the tables.
        """
        with self._database.transaction() as connection:
            journal, current = self._journal.read(), self._current()
            mended = changes_between(current, journal.changes) if journal.tells_all else ()
            for change in mended:
                _apply(change, connection)
            if not journal.tells_all or len(journal.changes) > _FEWEST_TO_TIDY + 2 * len(current):
                self._journal.rewrite(outcome(journal.changes) if mended else current)
        return len(mended)

    def _write(self, changes: Sequence[Change]) -> None:
        with self._database.transaction() as connection:
            if not self._journal.exists:
                self._journal.rewrite(self._current())
            self._journal.append(changes)
            for change in changes:
                _apply(change, connection)

    def _restore(self) -> int:
        changes = self._journal.read().changes
        with self._database.transaction() as connection:
            for change in changes:
                _apply(change, connection)
        return sum(not isinstance(change, JournalBegun) for change in changes)

    def _is_empty(self) -> bool:
        tables = ("mark", "tag", "album", "album_picture", "watched_folder")
        return not any(self._database.read(f"SELECT 1 FROM {table} LIMIT 1") for table in tables)

    def _current(self) -> list[Change]:
        """What the tables say, as changes that lead to it."""
        named = " UNION ".join(f"SELECT picture FROM {table}" for table in ("mark", "tag", "album_picture"))
        pictures = [PictureId(str(picture)) for (picture,) in self._database.read(named)]
        folders: list[Change] = [FolderWatched(str(folder)) for folder in self.folders()]
        albums = [AlbumPut(album) for album in self.albums()]
        return [*folders, *albums, *(MarksPut(picture, marks) for picture, marks in self.marks_of(pictures).items())]

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


@singledispatch
def _apply(change: Change, connection: sqlite3.Connection) -> None:
    raise AssertionError(change)


@_apply.register
def _(_change: JournalBegun, _connection: sqlite3.Connection) -> None:
    """The tables are empty: else nobody would read it."""


@_apply.register
def _(change: FolderWatched, connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR IGNORE INTO watched_folder VALUES (?)", (change.path,))


@_apply.register
def _(change: FolderForgotten, connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM watched_folder WHERE path = ?", (change.path,))


@_apply.register
def _(change: AlbumPut, connection: sqlite3.Connection) -> None:
    album = change.album
    connection.execute(
        "INSERT INTO album VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, query = excluded.query",
        (album.id, album.name, album.query),
    )


@_apply.register
def _(change: AlbumRemoved, connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM album WHERE id = ?", (change.album,))


@_apply.register
def _(change: MarksPut, connection: sqlite3.Connection) -> None:
    picture, marks = change.picture, change.marks
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
