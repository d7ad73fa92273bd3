"""Whole pictures: decoded away from the window, the neighbours beforehand, and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord
from studio.ui.images import to_qimage

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

MOST_BYTES = 256 * 2**20
"""All that is kept besides the picture that is looked at."""
_SMALLEST_LEVEL = 512
"""Pixels of the longer side."""


@dataclass(frozen=True, slots=True, eq=False)
class LargePicture:
    """The first of the levels is the picture, each further one has half its width and height."""

    levels: tuple[QImage, ...]

    @property
    def bytes(self) -> int:
        return sum(level.sizeInBytes() for level in self.levels)

    def level_for(self, zoom: float) -> QImage:
        """The smallest level that has a pixel for each of the screen, at `zoom` of those to a pixel of the picture."""
        number = 0
        while number + 1 < len(self.levels) and zoom * 2 ** (number + 1) <= 1:
            number += 1
        return self.levels[number]


Found: TypeAlias = LargePicture | StudioError


class LargePicturePool(Protocol):
    """`BackgroundPool` of `studio.worker`."""

    def deliver_to(self, done: Callable[[Mapping[PictureId, Found]], None]) -> None: ...
    def want(self, works: Mapping[PictureId, Callable[[], Found]]) -> None: ...
    def stop(self) -> None: ...


class LargePictures(QObject):
    """Lives in the window's thread.

    Signals:
        arrived(): some that were wanted are there, or cannot be read.
    """

    arrived = Signal()

    def __init__(self, read: Callable[[Path], Pixels], pool: LargePicturePool, most_bytes: int = MOST_BYTES) -> None:
        """`read` is called in the threads of the pool. It raises StudioError."""
        super().__init__()
        self._read = read
        self._pool = pool
        self._most_bytes = most_bytes
        self._wanted: PictureId | None = None
        self._kept: OrderedDict[PictureId, Found] = OrderedDict()
        pool.deliver_to(self._take)

    @property
    def kept(self) -> list[PictureId]:
        """Those that are there, the one that was looked at last at the end."""
        return list(self._kept)

    def found(self, picture: PictureId) -> Found | None:
        """The picture, or why it cannot be read; None while that is not known."""
        return self._kept.get(picture)

    def want(self, records: Sequence[PictureRecord]) -> None:
        """The first one is looked at, the others may be next. What was wanted before need not come any more. Neighbours
        that are too large to be kept are left alone."""
        self._wanted = records[0].id
        if self._wanted in self._kept:
            self._kept.move_to_end(self._wanted)
        missing = [
            record
            for place, record in enumerate(records)
            if record.id not in self._kept and (place == 0 or 8 * _bytes_of(record) <= self._most_bytes)
        ]
        self._pool.want({record.id: partial(self._make, record.path) for record in missing})

    def clear(self) -> None:
        """Give the memory back: nobody looks any more."""
        self._wanted = None
        self._kept.clear()
        self._pool.want({})

    def stop(self) -> None:
        """End the threads."""
        self._pool.stop()

    def _make(self, path: Path) -> Found:
        try:
            return LargePicture(halved(to_qimage(self._read(path))))
        except StudioError as error:
            return error

    def _take(self, found: Mapping[PictureId, Found]) -> None:
        if self._wanted is None:  # was closed meanwhile
            return
        self._kept.update(found)
        if self._wanted in self._kept:
            self._kept.move_to_end(self._wanted)
        self._make_room()
        self.arrived.emit()

    def _make_room(self) -> None:
        """Those go first that were looked at, or came, longest ago."""
        others = [picture for picture in self._kept if picture != self._wanted]
        total = sum(_size(self._kept[picture]) for picture in others)
        for picture in others:
            if total <= self._most_bytes:
                break
            total -= _size(self._kept.pop(picture))


def halved(image: QImage) -> tuple[QImage, ...]:
    """The image and its smaller copies, so that painting all of a large one is quick and smooth. In any thread."""
    levels = [image.convertToFormat(QImage.Format.Format_RGB32)]
    while max(levels[-1].width(), levels[-1].height()) >= 2 * _SMALLEST_LEVEL:
        half = (levels[-1].size() / 2).expandedTo(QSize(1, 1))
        levels.append(
            levels[-1].scaled(half, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        )
    return tuple(levels)


def _size(found: Found) -> int:
    return found.bytes if isinstance(found, LargePicture) else 0


def _bytes_of(record: PictureRecord) -> int:
    return 4 * record.width * record.height
