"""Paints the pictures that are compared: all under one zoom, so that the same place is seen in each."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.language import tr
from studio.ui.canvas.viewport import Viewport
from studio.ui.motion import motion_is_wanted
from studio.ui.theme import current_tokens, px
from studio.ui.zoom import Zoom

LETTERS = "ABCD"
_GAP = 8
_HANDLE = 12
"""How near to the divider it can be taken."""
_MILLISECONDS_EACH = 700
"""Of one picture before the next: slower than three changes a second, which can harm people."""


class CompareMode(Enum):
    SIDE_BY_SIDE = tr("Side by side")
    SLIDER = tr("Slider")
    FLICKER = tr("In turn")
    DIFFERENCE = tr("Difference")


class CompareView(QWidget):
    """The first picture (A) is compared with one of the others; side by side all are seen.

    Signals:
        turned(): another picture is on top, or compared with the first.
    """

    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Compared pictures"))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._images: tuple[QImage, ...] = ()
        self._difference = QImage()
        self._mode = CompareMode.SIDE_BY_SIDE
        self._other = 1
        self._on_top = 0
        self._divider = 0.5
        self.zoom = Zoom(self, self._frame, self._pane_size)
        self._dragged: QPoint | None = None
        self._moves_divider = False
        self._turning = QTimer(self)
        self._turning.setInterval(_MILLISECONDS_EACH)
        self._turning.timeout.connect(self.turn)

    # --- what is compared, and how ---

    @property
    def mode(self) -> CompareMode:
        return self._mode

    @property
    def other(self) -> int:
        """The place of the picture that the first one is compared with, from 1."""
        return self._other

    @property
    def on_top(self) -> int:
        """The place of the picture that is seen in turn."""
        return self._on_top

    @property
    def viewport(self) -> Viewport:
        """Where the pictures lie in their panes, the same in each."""
        return self.zoom.viewport

    @property
    def divider(self) -> float:
        """Of the slider: the part of the width that shows the first picture, 0 to 1."""
        return self._divider

    def show_images(self, images: Sequence[QImage]) -> None:
        """Two to four; the view begins anew."""
        self._images = tuple(images)
        self._other, self._on_top, self._divider = 1, 0, 0.5
        self.show_difference(QImage())
        self.zoom.fit()

    def show_difference(self, image: QImage) -> None:
        """That of the first and the other picture; null while it is not known."""
        self._difference = image
        self.update()

    def set_mode(self, mode: CompareMode) -> None:
        self._mode = mode
        self._on_top = 0
        self.set_turning(turning=mode is CompareMode.FLICKER and motion_is_wanted(self))
        self.zoom.fit_again()
        self.update()
        self.turned.emit()

    def set_turning(self, *, turning: bool) -> None:
        """Whether the pictures take turns by themselves."""
        if turning:
            self._turning.start()
        else:
            self._turning.stop()

    @property
    def is_turning(self) -> bool:
        return self._turning.isActive()

    def choose_other(self, step: int) -> None:
        """Compare the first picture with the next (1) or the one before it (-1)."""
        others = len(self._images) - 1
        self._other = (self._other - 1 + step) % others + 1
        self._on_top = 0
        self.update()
        self.turned.emit()

    def turn(self) -> None:
        """The first picture, or the other, lies on top now; with a slider they change sides."""
        self._on_top = 0 if self._on_top else self._other
        self.update()
        self.turned.emit()

    def move_divider(self, by: float) -> None:
        self._divider = min(1.0, max(0.0, self._divider + by))
        self.update()

    # --- the place that is seen ---

    def _frame(self) -> QSize:
        """All pictures are laid into one frame, so that those of other sizes show the same place."""
        sizes = [image.size() for image in self._images]
        return max(sizes, key=lambda size: size.width() * size.height(), default=QSize(1, 1))

    def _pane_size(self) -> QSize:
        return self._panes()[0].size()

    def _panes(self) -> list[QRect]:
        """Where pictures are seen: one place, or side by side, in two rows where that makes them larger."""
        if self._mode is not CompareMode.SIDE_BY_SIDE:
            return [self.rect()]
        count, gap = len(self._images), px(_GAP)
        rows = 2 if count == 4 and self.width() < 4 * self.height() else 1
        columns = -(-count // rows)
        width = (self.width() - (columns - 1) * gap) // columns
        height = (self.height() - (rows - 1) * gap) // rows
        return [
            QRect(place % columns * (width + gap), place // columns * (height + gap), width, height)
            for place in range(max(1, count))
        ]

    # --- Qt events ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.zoom.fit_again()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.set_turning(turning=False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        place = event.position()
        pane = next((pane for pane in self._panes() if pane.contains(place.toPoint())), self.rect())
        self.zoom.by(event.angleDelta().y() / 120, place - QPointF(pane.topLeft()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged = event.position().toPoint()
            self._moves_divider = event.button() == Qt.MouseButton.LeftButton and self._is_at_divider(self._dragged)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._dragged is None:
            at_divider = self._is_at_divider(place)
            self.setCursor(Qt.CursorShape.SplitHCursor if at_divider else Qt.CursorShape.OpenHandCursor)
        elif self._moves_divider:
            self._divider = min(1.0, max(0.0, place.x() / max(1, self.width())))
            self.update()
        else:
            self.zoom.pan(place.x() - self._dragged.x(), place.y() - self._dragged.y())
            self._dragged = place

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.zoom.fit()

    def _is_at_divider(self, place: QPoint) -> bool:
        return self._mode is CompareMode.SLIDER and abs(place.x() - self._divider * self.width()) <= px(_HANDLE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(current_tokens().canvas))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom.is_smooth)
        if self._images:
            self._paint_mode(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(current_tokens().accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_mode(self, painter: QPainter) -> None:
        match self._mode:
            case CompareMode.SIDE_BY_SIDE:
                for place, pane in enumerate(self._panes()):
                    self._paint(painter, pane, self._images[place], LETTERS[place])
            case CompareMode.SLIDER:
                self._paint_halves(painter)
            case CompareMode.FLICKER:
                self._paint(painter, self.rect(), self._images[self._on_top], LETTERS[self._on_top])
            case CompareMode.DIFFERENCE:
                self._paint(painter, self.rect(), self._difference, f"A - {LETTERS[self._other]}")

    def _paint_halves(self, painter: QPainter) -> None:
        left, right = (0, self._other) if not self._on_top else (self._other, 0)
        x = round(self._divider * self.width())
        height, rest = self.height(), self.width() - x
        halves = (QRect(0, 0, x, height), left, True), (QRect(x, 0, rest, height), right, False)
        for half, place, at_left in halves:
            painter.save()
            painter.setClipRect(half)
            self._paint(painter, self.rect(), self._images[place], LETTERS[place], name_at_left=at_left)
            painter.restore()
        tokens = current_tokens()
        painter.fillRect(x - 1, 0, 2, self.height(), QColor(tokens.accent))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.accent_text), 2))
        painter.setBrush(QColor(tokens.accent))
        painter.drawEllipse(QPointF(x, self.height() / 2), px(8), px(8))

    def _paint(self, painter: QPainter, pane: QRect, image: QImage, name: str, *, name_at_left: bool = True) -> None:
        painter.save()
        painter.setClipRect(pane, Qt.ClipOperation.IntersectClip)
        if not image.isNull():
            painter.drawImage(self._place(pane, image.size()), image)
        self._paint_name(painter, pane, name, at_left=name_at_left)
        painter.restore()

    def _place(self, pane: QRect, size: QSize) -> QRectF:
        """Where a picture of this size is painted: as large as it fits into the frame, in its middle."""
        frame = self._frame()
        fitted = QSize(size).scaled(frame, Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (frame.width() - fitted.width()) / 2, (frame.height() - fitted.height()) / 2
        return self.zoom.place(QPointF(pane.topLeft()), left, top, fitted)

    def _paint_name(self, painter: QPainter, pane: QRect, name: str, *, at_left: bool) -> None:
        """On a ground of its own: pictures have any colour."""
        tokens, metrics = current_tokens(), painter.fontMetrics()
        size = QSize(metrics.horizontalAdvance(name) + px(16), px(24))
        x = pane.x() + px(8) if at_left else pane.right() - px(8) - size.width()
        ground = QRect(QPoint(x, pane.y() + px(8)), size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(ground, px(6), px(6))
        painter.setPen(QColor(tokens.text))
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, name)
