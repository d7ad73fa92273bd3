"""What changes of marks lead to, without a database: so that two copies can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from studio.core.picture_id import PictureId
from studio.gallery.mark_journal import (
    AlbumPut,
    AlbumRemoved,
    Change,
    FolderForgotten,
    FolderWatched,
    JournalBegun,
    MarksPut,
)
from studio.gallery.picture_marks import NO_MARKS, Album, AlbumId, PictureMarks


def outcome(changes: Iterable[Change]) -> list[Change]:
    """The fewest changes that lead to the same."""
    return _Marks.after(changes).as_changes()


def changes_between(current: Iterable[Change], wanted: Iterable[Change]) -> Sequence[Change]:
    """What makes of the outcome of `current` that of `wanted`; nothing if they are alike."""
    now, then = _Marks.after(current), _Marks.after(wanted)
    if now == then:
        return []
    folders = [FolderForgotten(folder) for folder in now.folders - then.folders]
    gone = [AlbumRemoved(album) for album in now.albums.keys() - then.albums.keys()]
    emptied = [MarksPut(picture, NO_MARKS) for picture in now.marks.keys() - then.marks.keys()]
    known = {*now.as_changes()}
    return [*folders, *gone, *emptied, *(change for change in then.as_changes() if change not in known)]


@dataclass
class _Marks:
    albums: dict[AlbumId, Album] = field(default_factory=dict[AlbumId, Album])
    marks: dict[PictureId, PictureMarks] = field(default_factory=dict[PictureId, PictureMarks])
    """Of pictures that have some."""
    folders: set[str] = field(default_factory=set[str])

    @classmethod
    def after(cls, changes: Iterable[Change]) -> _Marks:
        made = cls()
        for change in changes:
            made._take(change)
        return made

    def as_changes(self) -> list[Change]:
        folders: list[Change] = [FolderWatched(folder) for folder in sorted(self.folders)]
        albums = [AlbumPut(album) for album in self.albums.values()]
        return [*folders, *albums, *(MarksPut(picture, marks) for picture, marks in self.marks.items())]

    def _take(self, change: Change) -> None:
        match change:
            case JournalBegun():
                self.albums, self.marks, self.folders = {}, {}, set()
            case FolderWatched(path):
                self.folders.add(path)
            case FolderForgotten(path):
                self.folders.discard(path)
            case AlbumPut(album):
                self.albums[album.id] = album
            case AlbumRemoved(album):
                self.albums.pop(album, None)
                for picture in [picture for picture, marks in self.marks.items() if album in marks.albums]:
                    self._put(picture, self.marks[picture])
            case MarksPut(picture, marks):
                self._put(picture, marks)

    def _put(self, picture: PictureId, marks: PictureMarks) -> None:
        kept = self._as_tables_keep(marks)
        if kept == NO_MARKS:
            self.marks.pop(picture, None)
        else:
            self.marks[picture] = kept

    def _as_tables_keep(self, marks: PictureMarks) -> PictureMarks:
        """In order, each tag once whatever the case of its ASCII letters, and no album that is gone."""
        tags: dict[str, str] = {}
        for tag in marks.tags:
            tags.setdefault(_in_any_case(tag), tag)
        albums = sorted({album for album in marks.albums if album in self.albums})
        return replace(marks, tags=tuple(tags[name] for name in sorted(tags)), albums=tuple(albums))


def _in_any_case(text: str) -> str:
    """As SQLite's NOCASE has it: it knows no letters but those of ASCII."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
