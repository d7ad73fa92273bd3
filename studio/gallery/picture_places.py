"""Where the pictures of the gallery are: in its own folder, and in those that are watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from studio.gallery.picture_files import FileEntry
from studio.gallery.picture_store import PictureStore
from studio.gallery.watched_folder import WatchedFolder


class PicturePlace(Protocol):
    """A folder with pictures in it."""

    @property
    def root(self) -> Path: ...
    @property
    def is_there(self) -> bool: ...
    def files(self) -> Iterator[FileEntry]: ...


WatchedRoots: TypeAlias = Callable[[], Sequence[Path]]


class PicturePlaces:
    """`watched` is asked each time: folders come and go, also by other programs. `identities` are what they were when
    pictures were seen in them."""

    def __init__(
        self, store: PictureStore, watched: WatchedRoots, identities: Callable[[], Mapping[Path, str]]
    ) -> None:
        self._store = store
        self._watched = watched
        self._identities = identities

    def all(self) -> list[PicturePlace]:
        """The gallery's own folder comes first. Raises StorageError."""
        return [self._store, *self.watched()]

    def watched(self) -> list[WatchedFolder]:
        """Raises StorageError."""
        seen_as = self._identities()
        return [WatchedFolder(root, self._store.root, seen_as.get(root)) for root in self._watched()]

    def of(self, path: Path) -> PicturePlace | None:
        """The one that this file is in; None if its folder is no longer watched. Raises StorageError."""
        return place_of(path, self.all())


def place_of(path: Path, places: Sequence[PicturePlace]) -> PicturePlace | None:
    return next((place for place in places if path.is_relative_to(place.root)), None)
