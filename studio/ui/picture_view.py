"""The middle of the window: one picture, as large as it can be, or the one that is being made."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.step_strip import StepStrip
from studio.ui.theme import current_tokens, px
from studio.ui.welcome import Welcome


class PictureView(QWidget):
    """Shows the welcome, a finished picture, or the preview of the running job.

    Signals:
        menu_requested(QPoint): the context menu at this global position.
    """

    menu_requested = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.welcome = Welcome()
        self._easel = _Easel()
        self.steps = StepStrip()
        """Below the picture; hidden while no steps of it are known."""
        layers = QWidget()
        self._layers = QStackedLayout(layers)
        self._layers.addWidget(self.welcome)
        self._layers.addWidget(self._easel)
        self._foot = QFrame()
        self._foot.setObjectName("steps")
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(px(16), px(8), px(16), px(8))
        row.addWidget(self.steps)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(layers, 1)
        column.addWidget(self._foot)
        self.show_steps(shown=False)
        self.setFocusProxy(self.welcome)
        self.setAccessibleName(tr("Picture and examples"))

    @property
    def shown_image(self) -> QImage | None:
        """The image on the easel, finished or preview; None while the welcome is there."""
        return self._easel.image if self._layers.currentWidget() is self._easel else None

    def show_steps(self, *, shown: bool) -> None:
        """Whether there is a strip of steps below the picture."""
        self._foot.setVisible(shown)

    def show_welcome(self) -> None:
        self._bring_forward(self.welcome)

    def show_picture(self, image: QImage, description: str) -> None:
        """`description` is what a screen reader says: the prompt."""
        self._easel.show_image(image, image.size())
        self._easel.setAccessibleDescription(description)
        self._bring_forward(self._easel)

    def show_preview(self, image: QImage, size: QSize) -> None:
        """Show a small `image` of the latent in the place where the picture of `size` pixels will be."""
        self._easel.show_image(image, size)
        self._bring_forward(self._easel)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._layers.currentWidget() is self._easel:
            self.menu_requested.emit(event.globalPos())

    def _bring_forward(self, layer: QWidget) -> None:
        """Show this layer; it is also what takes the focus when the view is given it."""
        self._layers.setCurrentWidget(layer)
        self.setFocusProxy(layer)


class _Easel(QWidget):
    """Paints one image, centred and scaled to fit."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self._size = QSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Picture"))

    def show_image(self, image: QImage, size: QSize) -> None:
        self.image = image
        self._size = size
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current_tokens()
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(tokens.canvas))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self._place()
        painter.drawImage(QRectF(place), self.image, QRectF(self.image.rect()))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(place.adjusted(-3, -3, 2, 2))
        painter.end()

    def _place(self) -> QRect:
        """Where the picture is: centred, with a margin, in its own shape."""
        margin = px(24)
        room = self.size() - QSize(2 * margin, 2 * margin)
        size = self._size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        corner = QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)
        return QRect(corner, size)
