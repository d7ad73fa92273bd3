"""A place for one picture with its name over it: as large as the room allows, in its own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.geometry import Rect
from studio.imaging.fit import resized
from studio.ui.controls import label
from studio.ui.elided_label import ElidedLabel
from studio.ui.images import to_qimage
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_LONGEST = 512
"""What is enlarged here; beyond that the screen does it."""


class PicturePane(QWidget):
    """`name` says what it is, `hint` the rest."""

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__()
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
    def text(self) -> str:
        """What stands where the picture would be."""
        return self._glass.text

    def show_cells(self, pixels: Pixels) -> None:
        """A latent: each of its cells is seen as a square."""
        self._glass.show_image(to_qimage(pixels), smooth=False)

    def show_smooth(self, pixels: Pixels) -> None:
        """A picture, of pixels or of a latent: cells flow into each other."""
        height, width, _ = pixels.shape
        factor = max(1, _LONGEST // max(width, height))
        large = resized(pixels, Rect(0, 0, width * factor, height * factor))
        self._glass.show_image(to_qimage(large), smooth=True)

    def show_exact(self, pixels: Pixels) -> None:
        """A picture of pixels, none of which is smoothed before the screen does it."""
        self._glass.show_image(to_qimage(pixels), smooth=True)

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


class _Glass(QWidget):
    """Paints the picture in its middle."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self._smooth = False
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(px(96), px(96))

    def show_image(self, image: QImage, *, smooth: bool) -> None:
        self.image, self._smooth, self.text = image, smooth, ""
        self.update()

    def show_text(self, text: str) -> None:
        self.image, self.text = QImage(), text
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(256))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current_tokens()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(tokens.canvas))
        if self.image.isNull():
            painter.setPen(QColor(tokens.muted))
            room = self.rect().adjusted(px(24), px(16), -px(24), -px(16))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.text)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._smooth)
            painter.drawImage(self._place(), self.image)
        painter.end()

    def _place(self) -> QRect:
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        corner = QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)
        return QRect(corner, size)
