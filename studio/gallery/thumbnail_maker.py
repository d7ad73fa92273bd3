"""Makes the thumbnails of files, and looks at the colours of those that were made before."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from studio.core.errors import PictureUnreadable
from studio.core.result import PictureId
from studio.gallery.index import PictureIndex
from studio.gallery.record import PictureRecord
from studio.gallery.thumbnail_store import ThumbnailStore
from studio.imaging.thumbnail import thumbnail_of_file

_log = logging.getLogger("studio.gallery")
_PICTURES_AT_ONCE = 64


class ThumbnailMaker:
    """Each method raises StorageError."""

    def __init__(self, store: ThumbnailStore, index: PictureIndex) -> None:
        self._store = store
        self._index = index

    def make(self, record: PictureRecord) -> bool:
        """False for a picture whose pixels cannot be read."""
        try:
            self._store.put(record.id, thumbnail_of_file(record.path))
        except PictureUnreadable as error:
            _log.info("no thumbnail: %s", error)
            return False
        return True

    def make_missing(self) -> Iterator[PictureRecord]:
        """Of all pictures of the index, one after the other; those of no picture go."""
        with_thumbnail = self._store.ids()
        pictures = (
            self._index.ids()
        )  # read after the thumbnails: one that is added meanwhile is not taken for an orphan
        self._store.remove(with_thumbnail.difference(pictures))
        for picture in pictures:
            if picture not in with_thumbnail:
                record = self._index.record(picture)
                if record is not None and self.make(record):
                    yield record

    def look_at_missing_colours(self) -> Iterator[Sequence[PictureId]]:
        """Of thumbnails that an earlier version made, some at a time; one that is damaged is missing from then on."""
        waiting = self._store.without_colours()
        for begin in range(0, len(waiting), _PICTURES_AT_ONCE):
            some = waiting[begin : begin + _PICTURES_AT_ONCE]
            self._store.look_at_colours(some)
            yield some
