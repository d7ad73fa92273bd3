"""What a gallery has promised to keep: told by a child process before and after each thing that it does.

A child says `WILL` and one change before it begins it, and `DID` when the gallery has promised to keep it. Whatever
happens to the child, the next start must find the state after all that was done: with what was under way, or without.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from studio.core.picture_id import PictureId
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import NO_MARKS, Album, AlbumId, PictureMarks
from studio.gallery.queue_store import QueueStore
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import read_picture_info


@dataclass(frozen=True)
class State:
    """All that the user would miss."""

    pictures: frozenset[PictureId] = frozenset()
    marks: Mapping[PictureId, PictureMarks] = field(default_factory=dict[PictureId, PictureMarks])
    """Of pictures that have some."""
    albums: Mapping[AlbumId, Album] = field(default_factory=dict[AlbumId, Album])
    queue: tuple[str, ...] = ()


@dataclass(frozen=True)
class PictureAdded:
    id: PictureId


@dataclass(frozen=True)
class PictureMarked:
    id: PictureId
    rating: int
    note: str
    tags: tuple[str, ...]
    albums: tuple[AlbumId, ...]

    @property
    def marks(self) -> PictureMarks:
        return PictureMarks(self.rating, False, self.note, self.tags, self.albums)


@dataclass(frozen=True)
class AlbumKept:
    id: AlbumId
    name: str


@dataclass(frozen=True)
class AlbumGone:
    id: AlbumId


@dataclass(frozen=True)
class QueueSaved:
    jobs: tuple[str, ...]


Change = PictureAdded | PictureMarked | AlbumKept | AlbumGone | QueueSaved
_KINDS = {kind.__name__: kind for kind in (PictureAdded, PictureMarked, AlbumKept, AlbumGone, QueueSaved)}


def spoken(change: Change) -> str:
    return json.dumps([type(change).__name__, asdict(change)])


def heard(text: str) -> Change:
    kind, fields = json.loads(text)
    return _KINDS[kind](**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})


def after(state: State, change: Change) -> State:
    match change:
        case PictureAdded(picture):
            return replace(state, pictures=state.pictures | {picture})
        case PictureMarked(picture):
            others = {other: marks for other, marks in state.marks.items() if other != picture}
            return replace(state, marks=others | ({picture: change.marks} if change.marks != NO_MARKS else {}))
        case AlbumKept(album, name):
            return replace(state, albums={**state.albums, album: Album(album, name)})
        case AlbumGone(album):
            albums = {other: kept for other, kept in state.albums.items() if other != album}
            return replace(state, albums=albums, marks=dict(_without(album, state.marks)))
        case QueueSaved(jobs):
            return replace(state, queue=jobs)


def _without(album: AlbumId, marks: Mapping[PictureId, PictureMarks]) -> Iterable[tuple[PictureId, PictureMarks]]:
    for picture, of_it in marks.items():
        left = replace(of_it, albums=tuple(other for other in of_it.albums if other != album))
        if left != NO_MARKS:
            yield picture, left


def promised(state: State, lines: Iterable[str]) -> tuple[State, ...]:
    """What may be found after these lines of a child that began with `state`: with or without each change that failed
    or was under way, and with all others."""
    states = [state]
    under_way: Change | None = None
    for line in lines:
        word, _, text = line.rstrip("\n").partition(" ")
        if word == "WILL":
            under_way = heard(text)
        elif word == "DID":
            change, under_way = heard(text), None
            states = _different(after(state, change) for state in states)
        elif word == "FAILED" and under_way is not None:
            states, under_way = _with_or_without(under_way, states), None
    return tuple(states if under_way is None else _with_or_without(under_way, states))


def _with_or_without(change: Change, states: Sequence[State]) -> list[State]:
    return _different([*states, *(after(state, change) for state in states)])


def _different(states: Iterable[State]) -> list[State]:
    different: list[State] = []
    for state in states:
        if state not in different:
            different.append(state)
    return different


def start_again(home: Path) -> tuple[State, tuple[str, ...]]:
    """What is found after a new start and its upkeep, and what that said. Every picture must be whole."""
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    notices = [*gallery.open(), *gallery.tidy_marks(), *gallery.mend_index()]
    for _ in gallery.reconcile():
        pass
    state = state_of(gallery)
    _check_pictures(gallery)
    gallery.close()
    queue = QueueStore(home / "user.db")
    queue.open()
    loaded = queue.load()
    queue.close()
    assert not loaded.lost
    assert not list((home / "pictures").rglob(".*.tmp"))
    return replace(state, queue=tuple(str(job.id) for job in loaded.jobs)), tuple(notices)


def state_of(gallery: Gallery) -> State:
    """All but the queue."""
    pictures = gallery.ids()
    marks = {picture: marks for picture, marks in gallery.marks_of(pictures).items() if marks != NO_MARKS}
    return State(frozenset(pictures), marks, {album.id: album for album in gallery.marks.albums()})


def _check_pictures(gallery: Gallery) -> None:
    for picture in gallery.ids():
        record = gallery.record(picture)
        assert record is not None
        assert read_picture_info(record.path).picture_id == picture
        assert read_pixels(record.path).shape == (64, 64, 3)
        assert gallery.thumbnail(picture) is not None
