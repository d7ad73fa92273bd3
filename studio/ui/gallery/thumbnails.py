"""The pictures of the cells: decoded away from the window to just the size at which they are painted, and kept while
there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QBuffer, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QImage, QImageReader, QPainter

from studio.core.picture_id import PictureId

MOST_BYTES = 96 * 2**20
"""All that is kept: a few thousand pictures of the usual size."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture at so many pixels of the screen a side, with corners as round."""

    picture: PictureId
    side: int
    radius: int = 0


class ThumbnailPool(Protocol):
    """`BackgroundPool` of `studio.worker`."""

    def deliver_to(self, done: Callable[[Mapping[Wanted, QImage]], None]) -> None: ...
    def want(self, works: Mapping[Wanted, Callable[[], QImage]]) -> None: ...
    def stop(self) -> None: ...


class Thumbnails(QObject):
    """Lives in the window's thread.

    Signals:
        arrived(Collection[PictureId]): they can be painted now.
    """

    arrived = Signal(object)

    def __init__(self, read: Callable[[PictureId], bytes | None], pool: ThumbnailPool) -> None:
        """`read` is called in the threads of the pool: a JPEG, or None if there is none."""
        super().__init__()
        self._read = read
        self._pool = pool
        self._kept: OrderedDict[PictureId, tuple[int, QImage]] = OrderedDict()
        self._bytes = 0
        pool.deliver_to(self._take)

    def image(self, picture: PictureId) -> QImage:
        """Square, in the size that was wanted last, while it has not come in another one; null while there is none."""
        if picture not in self._kept:
            return QImage()
        self._kept.move_to_end(picture)
        return self._kept[picture][1]

    def whole(self, picture: PictureId) -> QImage:
        """Not cut, read at once: of the few results on the canvas. Null if there is none."""
        return QImage.fromData(self._read(picture) or b"", "JPG")  # pyright: ignore[reportArgumentType, reportCallIssue]  the stubs want other types

    def want(self, pictures: Iterable[PictureId], side: int, radius: int = 0) -> None:
        """These are to be painted at so many pixels of the screen a side, with corners as round, the most urgent first.
        What was wanted before and is not among them need not come any more."""
        missing = (Wanted(picture, side, radius) for picture in pictures if not self._has(picture, side))
        self._pool.want({wanted: partial(self._make, wanted) for wanted in missing})

    def forget(self, pictures: Sequence[PictureId] | None = None) -> None:
        """They, or all, may be others now."""
        for picture in list(self._kept) if pictures is None else pictures:
            self._drop(picture)

    def stop(self) -> None:
        """End the threads."""
        self._pool.stop()

    def _has(self, picture: PictureId, side: int) -> bool:
        return picture in self._kept and self._kept[picture][0] == side

    def _make(self, wanted: Wanted) -> QImage:
        return rounded(square_image(self._read(wanted.picture) or b"", wanted.side), wanted.radius)

    def _take(self, images: Mapping[Wanted, QImage]) -> None:
        for wanted, image in images.items():
            self._drop(wanted.picture)
            self._kept[wanted.picture] = (wanted.side, image)
            self._bytes += image.sizeInBytes()
        while self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))
        self.arrived.emit({wanted.picture for wanted in images})

    def _drop(self, picture: PictureId) -> None:
        _, image = self._kept.pop(picture, (0, QImage()))
        self._bytes -= image.sizeInBytes()


def square_image(picture: bytes, side: int, kind: bytes = b"jpg") -> QImage:
    """The middle square of a picture, `side` x `side` pixels; null if it cannot be read. May be called in any thread.
    `kind` is what its bytes are, "jpg" or "png"."""
    buffer = QBuffer()
    buffer.setData(picture)
    reader = QImageReader(buffer, kind)
    whole = reader.size()
    if not whole.isValid():
        return QImage()
    covering = whole.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    corner = (covering - QSize(side, side)) / 2
    reader.setScaledSize(covering)  # the decoder leaves out what would not be seen
    reader.setScaledClipRect(QRect(corner.width(), corner.height(), side, side))
    reader.setQuality(100)
    return reader.read().convertToFormat(QImage.Format.Format_RGB32)


def rounded(image: QImage, radius: int) -> QImage:
    """With round corners; a null image stays one. May be called in any thread."""
    if image.isNull():
        return image
    cut = QImage(image.size(), QImage.Format.Format_ARGB32_Premultiplied)
    cut.fill(Qt.GlobalColor.transparent)
    painter = QPainter(cut)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(image))
    painter.drawRoundedRect(cut.rect(), radius, radius)
    painter.end()
    return cut
