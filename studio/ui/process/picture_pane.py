"""A place for one picture with its name over it: as large as the room allows, in its own shape."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.geometry import Rect
from studio.imaging.fit import resized
from studio.ui.controls import label
from studio.ui.elided_label import ElidedLabel
from studio.ui.images import to_qimage
from studio.ui.process.middle import paint_words, place_of
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.trajectory import Cells

_LONGEST = 512
"""Pixels."""
_QUICK = QImage.Format.Format_RGB32
"""Enlarged by Qt in a third of the time that three bytes a pixel take, to the same colours."""


class PicturePane(QWidget):
    """`name` says what it is, `hint` the rest. What is smooth is made `longest` pixels long; beyond that the screen
    enlarges it.
    """

    def __init__(self, name: str, hint: str = "", *, longest: int = _LONGEST) -> None:
        super().__init__()
        self._longest = longest
        self._name = label(name)
        self.hint = ElidedLabel(hint, "muted")
        self._glass = _Glass()
        self._glass.setAccessibleName(name)
        self._glass.setAccessibleDescription(hint)
        self.setToolTip(hint)
        head = QHBoxLayout()
        head.setSpacing(px(8))
        head.addWidget(self._name)
        head.addWidget(self.hint, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addWidget(self._glass, 1)

    @property
    def name(self) -> str:
        return self._name.text()

    @property
    def image(self) -> QImage:
        """What is shown; null while there is nothing."""
        return self._glass.image

    @property
    def edges(self) -> tuple[QLineF, ...]:
        """The lines over it, in cells."""
        return self._glass.edges

    @property
    def text(self) -> str:
        """What stands where the picture would be."""
        return self._glass.text

    def show_cells(self, pixels: Pixels) -> None:
        """A latent: each of its cells is seen as a square."""
        self._glass.show_image(partial(to_qimage, pixels), smooth=False)

    def show_smooth(self, pixels: Pixels) -> None:
        """A picture, of pixels or of a latent: cells flow into each other."""
        self._glass.show_image(partial(_enlarged, pixels, self._longest), smooth=True)

    def show_exact(self, pixels: Pixels) -> None:
        """A picture of pixels, none of which is smoothed before the screen does it."""
        self._glass.show_image(partial(to_qimage, pixels), smooth=True)

    def show_made(self, make: Callable[[], Pixels]) -> None:
        """As `show_exact`: what `make` returns, which is called when somebody looks."""
        self._glass.show_image(lambda: to_qimage(make()), smooth=True)

    def show_outline(self, cells: Cells | None) -> None:
        """Draw the edge of these cells over the picture, which they cover; None: no edge."""
        self._glass.show_outline(cells)

    def show_nothing(self, why: str) -> None:
        """`why` stands where the picture would be."""
        self._glass.show_text(why)

    def set_name(self, name: str) -> None:
        self._name.setText(name)
        self._glass.setAccessibleName(name)

    def describe(self, text: str) -> None:
        """What is to be seen, for those who do not see it."""
        self._glass.setAccessibleDescription(text)

    def set_hint(self, hint: str) -> None:
        self.hint.set_text(hint)
        self.setToolTip(hint)
        self._glass.setAccessibleDescription(hint)


def _enlarged(pixels: Pixels, longest: int) -> QImage:
    height, width, _ = pixels.shape
    factor = max(1, longest // max(width, height))
    return to_qimage(resized(pixels, Rect(0, 0, width * factor, height * factor)))


class _Glass(QWidget):
    """Paints the picture in its middle. It is made when it is first seen: of the steps that a slider passes quickly,
    and of a pane in another tab, none is.
    """

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._make: Callable[[], QImage] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # the page's ground is not painted below it
        self._smooth = False
        self.text = ""
        self.edges: tuple[QLineF, ...] = ()
        self._cells = QSize()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(px(96), px(96))

    @property
    def image(self) -> QImage:
        if self._make is not None:
            self._image, self._make = self._make().convertToFormat(_QUICK), None
        return self._image

    def show_image(self, make: Callable[[], QImage], *, smooth: bool) -> None:
        self._make, self._smooth, self.text = make, smooth, ""
        self.update()

    def show_text(self, text: str) -> None:
        self._image, self._make, self.text = QImage(), None, text
        self.update()

    def show_outline(self, cells: Cells | None) -> None:
        self.edges = () if cells is None else _edges(cells)
        self._cells = QSize() if cells is None else QSize(cells.shape[1], cells.shape[0])
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(256))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(current_tokens().canvas))
        image = self.image
        if image.isNull():
            paint_words(painter, self, self.text)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
            painter.drawImage(place_of(image, self), image)
            self._paint_edges(painter)
        painter.end()

    def _paint_edges(self, painter: QPainter) -> None:
        """White on black: seen on every picture."""
        if not self.edges:
            return
        place = place_of(self.image, self)
        painter.translate(place.topLeft())
        painter.scale(place.width() / self._cells.width(), place.height() / self._cells.height())
        for colour, width in (("black", 4), ("white", 2)):
            pen = QPen(QColor(colour), width)
            pen.setCosmetic(True)  # as thick however large the cells are
            painter.setPen(pen)
            painter.drawLines(self.edges)


def _edges(cells: Cells) -> tuple[QLineF, ...]:
    """Where cells that are in meet others, in cells; the border of the picture is none."""
    import numpy as np

    beside = np.argwhere(cells[:, 1:] != cells[:, :-1]).tolist()
    below = np.argwhere(cells[1:] != cells[:-1]).tolist()
    return (
        *(QLineF(column + 1, row, column + 1, row + 1) for row, column in beside),
        *(QLineF(column, row + 1, column + 1, row + 1) for row, column in below),
    )
