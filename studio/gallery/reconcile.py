"""The folders against the index: files without a row are adopted, rows without a file are dropped."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from studio.core.errors import PictureUnreadable
from studio.core.result import PictureId
from studio.gallery.index import FileState, FoundPicture, PictureIndex
from studio.gallery.picture_files import FileEntry
from studio.gallery.picture_places import PicturePlace, place_of
from studio.gallery.picture_store import PictureStore
from studio.gallery.record import PictureRecord
from studio.gallery.thumbnail_store import ThumbnailStore
from studio.imaging.picture_metadata import PictureInfo, read_picture_info, read_whole_info

_log = logging.getLogger("studio.gallery")
_PICTURES_AT_ONCE = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What SQLite can keep: the years 1677 to 2262. File systems can claim any other.
_EARLIEST_NS = -(2**63)
_LATEST_NS = 2**63 - 1

OnMoved: TypeAlias = Callable[[PictureId, PictureId], None]
"""Told the id of a picture before its file was moved, and after."""
_OwnerOf: TypeAlias = Callable[[PictureId], Path | None]
"""The file whose row has this id."""


@dataclass(frozen=True, slots=True)
class ReconcileProgress:
    """One file was looked at; `changed` says whether the index was (or will be, within a few files)."""

    file: str
    """Its path."""
    changed: bool
    fault: PictureUnreadable | None = None
    """Why it has no row."""


def reconcile(
    places: Sequence[PicturePlace], index: PictureIndex, thumbnails: ThumbnailStore, on_moved: OnMoved
) -> Iterator[ReconcileProgress]:
    """Bring the index in line with the folders. What is in a folder that is gone, or its drive, stays as it is.

    A file that cannot be read is skipped and logged: it stays where it is and stops nothing.
    """
    yield from _Comparison(places, index, thumbnails, on_moved).run()


def adopt(store: PictureStore, index: PictureIndex, path: Path) -> PictureRecord:
    """Give one new file of the folder its row, the same that `reconcile` would give it. It costs the same however many
    rows there are.

    Raises:
        PictureUnreadable, OSError
    """
    found = _found_picture(path, file_state(path), store.root, index.path_of)
    index.add_all([found])
    return found.record


def file_state(path: Path) -> FileState:
    """Raises OSError."""
    status = path.stat()
    return FileState(status.st_size, max(_EARLIEST_NS, min(status.st_mtime_ns, _LATEST_NS)))


class _Comparison:
    """One run over the folders. Rows are written in groups, since each transaction costs an fsync."""

    def __init__(
        self, places: Sequence[PicturePlace], index: PictureIndex, thumbnails: ThumbnailStore, on_moved: OnMoved
    ) -> None:
        self._places = places
        self._index = index
        self._thumbnails = thumbnails
        self._on_moved = on_moved
        self._known = index.known_files()
        self._owners = {picture: file for file, (picture, _) in self._known.items()}
        self._pending: list[FoundPicture] = []
        self._new: dict[FileState, list[PictureId]] = {}

    def run(self) -> Iterator[ReconcileProgress]:
        not_seen = dict(self._known)
        for place in self._places:
            for entry in place.files() if place.is_there else ():
                not_seen.pop(entry.path, None)
                yield self._look_at(entry)
        self._write()
        gone = self._gone([Path(file) for file in not_seen])
        if gone:
            self._follow(gone)
            self._index.remove_files(gone)
            for path in gone:
                yield ReconcileProgress(str(path), changed=True)

    def _gone(self, not_seen: Iterable[Path]) -> list[Path]:
        """Not what is in a folder that is away; asked again, as a drive may have been unplugged meanwhile."""
        missing = [path for path in not_seen if is_gone(path) or place_of(path, self._places) is None]
        there = [place for place in self._places if place.is_there]
        return [path for path in missing if (place := place_of(path, self._places)) is None or place in there]

    def _follow(self, gone: Iterable[Path]) -> None:
        """A file that is gone, and one of the same size and time that came: it was moved. Those that tell their id
        have it still."""
        for path in gone:
            picture, state = self._known[str(path)]
            came = self._new.get(state, [])
            if len(came) == 1 and came[0] != picture:
                self._on_moved(picture, came[0])

    def _look_at(self, entry: FileEntry) -> ReconcileProgress:
        try:
            return ReconcileProgress(entry.path, self._is_changed(entry) and self._take(Path(entry)))
        except FileNotFoundError:  # it is gone meanwhile
            return ReconcileProgress(entry.path, changed=False)
        except PictureUnreadable as error:
            fault = error
        except OSError as error:
            fault = PictureUnreadable(Path(entry), error.strerror or type(error).__name__)
        _log.info("not taken into the gallery: %s", fault)
        return ReconcileProgress(entry.path, changed=False, fault=fault)

    def _is_changed(self, entry: FileEntry) -> bool:
        """A quick look, by what the folder itself tells: almost all files are as they were. A time that SQLite cannot
        keep always looks changed."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return True
        return self._known_state(entry.path) != (status.st_size, status.st_mtime_ns)

    def _take(self, path: Path) -> bool:
        """True when the file is new or was changed. Raises PictureUnreadable, OSError."""
        known_state = self._known_state(str(path))
        state = file_state(path)  # Windows' folders tell the time of a file too late
        if state == known_state:
            return False
        found = _found_picture(path, state, self._places[0].root, self._owner)
        self._owners[found.record.id] = str(path)
        if known_state is None:
            self._new.setdefault(state, []).append(found.record.id)
        self._pending.append(found)
        if len(self._pending) >= _PICTURES_AT_ONCE:
            self._write()
        return True

    def _write(self) -> None:
        if not self._pending:
            return
        self._thumbnails.remove([found.record.id for found in self._pending if self._was_changed(found)])
        self._index.add_all(self._pending)
        self._pending = []

    def _was_changed(self, found: FoundPicture) -> bool:
        """Not one whose row alone is old."""
        return self._known_state(str(found.record.path)) not in (None, found.file.to_be_read_again)

    def _known_state(self, file: str) -> FileState | None:
        _, state = self._known.get(file, (None, None))
        return state

    def _owner(self, picture: PictureId) -> Path | None:
        file = self._owners.get(picture)
        return None if file is None else Path(file)


def _found_picture(path: Path, state: FileState, root: Path, owner_of: _OwnerOf) -> FoundPicture:
    """What the file tells. Raises PictureUnreadable."""
    place = _place(path, root)
    info = _info(path)
    record = PictureRecord(
        id=_free_id(info.picture_id, path, place, owner_of),
        path=path,
        created_at=info.created_at or _EPOCH + timedelta(microseconds=state.modified_ns // 1000),
        width=info.width,
        height=info.height,
        parameters=info.parameters,
        job_id=info.job_id,
    )
    return FoundPicture(record, state, info.foreign)


def _info(path: Path) -> PictureInfo:
    """With what the pixels hide, of files that tell nothing. One whose pixels are damaged is a picture all the same."""
    try:
        return read_whole_info(path)
    except PictureUnreadable:
        return read_picture_info(path)


def _free_id(own: PictureId | None, path: Path, place: bytes, owner_of: _OwnerOf) -> PictureId:
    """The id that the file tells. One without, and a copy of another file, gets one from its place.

    So a rebuilt index has the same ids, by which the rest of the program remembers pictures.
    """
    if own is not None:
        owner = owner_of(own)
        if owner is None or owner == path or is_gone(owner):
            return own
    return PictureId(uuid.UUID(bytes=hashlib.sha256(place).digest()[:16], version=4).hex)


def _place(path: Path, root: Path) -> bytes:
    """Raises PictureUnreadable for a name that the index cannot keep."""
    try:
        return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix().encode()
    except UnicodeEncodeError:
        raise PictureUnreadable(path, "its name is not valid Unicode") from None


def is_gone(path: Path) -> bool:
    """False also for a file in a folder that cannot be looked into at the moment."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
