"""A canvas of 160 x 120 pixels in a page of 800 x 600, and hands for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.imaging.canvas import Canvas
from studio.settings.model import Theme
from studio.ui.canvas.canvas_page import CanvasPage
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.theme import apply_theme

NONE = Qt.KeyboardModifier.NoModifier
LEFT, MIDDLE, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton


def a_picture(width: int = 160, height: int = 120) -> np.ndarray:
    """Every pixel has a colour of its own."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([columns % 256, rows % 256, (columns + rows) % 256], axis=-1).astype(np.uint8)


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> CanvasPage:
    apply_theme(qapp, Theme.DARK)
    page = CanvasPage()
    qtbot.addWidget(page)
    page.resize(800, 600)
    page.set_canvas(Canvas(a_picture()))
    page.options.set_diameter(10)
    page.show()
    page.activateWindow()
    page.view.setFocus()
    page.view.sight.zoom_at(QPointF(0, 0), 2.0)
    return page


@pytest.fixture
def view(page: CanvasPage) -> CanvasView:
    return page.view


@pytest.fixture
def canvas(page: CanvasPage) -> Canvas:
    return page.view.canvas


def wheel_event(
    widget: QWidget, place: QPointF, notches: float, modifiers: Qt.KeyboardModifier, *, touchpad: bool = False
) -> QWheelEvent:
    return QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, round(120 * notches)),
        NO_BUTTON,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
        Qt.MouseEventSource.MouseEventNotSynthesized,
        _touchpad() if touchpad else QPointingDevice.primaryPointingDevice(),
    )


@cache
def _touchpad() -> QPointingDevice:
    kind, pointer = QPointingDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger
    return QPointingDevice("touchpad", 2, kind, pointer, QPointingDevice.Capability.Scroll, 2, 0)


@cache
def _pen(end: QPointingDevice.PointerType) -> QPointingDevice:
    """Qt remembers devices, so they must stay."""
    can = QPointingDevice.Capability.Position | QPointingDevice.Capability.Pressure
    return QPointingDevice("pen", 1, QPointingDevice.DeviceType.Stylus, end, can, 1, 2)


@dataclass
class Hand:
    """Works with mouse, pen and keyboard at points of the picture, as the system's events would."""

    view: CanvasView
    modifiers: Qt.KeyboardModifier = NONE

    def place(self, x: float, y: float) -> QPointF:
        return self.view.sight.to_view(x, y)

    def press(self, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
        self._mouse(QEvent.Type.MouseButtonPress, self.place(x, y), button, button)

    def move(self, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
        self._mouse(QEvent.Type.MouseMove, self.place(x, y), NO_BUTTON, button)

    def release(self, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
        self._mouse(QEvent.Type.MouseButtonRelease, self.place(x, y), button, NO_BUTTON)

    def hover(self, x: float, y: float) -> None:
        self._mouse(QEvent.Type.MouseMove, self.place(x, y), NO_BUTTON, NO_BUTTON)

    def click(self, x: float, y: float) -> None:
        self.press(x, y)
        self.release(x, y)

    def drag(self, *points: tuple[float, float]) -> None:
        self.press(*points[0])
        for point in points[1:]:
            self.move(*point)
        self.release(*points[-1])

    def wheel(self, place: QPointF, notches: float) -> None:
        event = wheel_event(self.view, place, notches, self.modifiers)
        QCoreApplication.sendEvent(self.view, event)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def pen(
        self,
        kind: QEvent.Type,
        x: float,
        y: float,
        pressure: float,
        end: QPointingDevice.PointerType = QPointingDevice.PointerType.Pen,
    ) -> bool:
        place = self.place(x, y)
        held = NO_BUTTON if kind == QEvent.Type.TabletRelease else LEFT
        event = QTabletEvent(
            kind, _pen(end), place, self.view.mapToGlobal(place), pressure, 0, 0, 0, 0, 0, self.modifiers, LEFT, held
        )
        QCoreApplication.sendEvent(self.view, event)
        return event.isAccepted()

    def _mouse(self, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        event = QMouseEvent(kind, place, self.view.mapToGlobal(place), button, held, self.modifiers)
        QCoreApplication.sendEvent(self.view, event)


@pytest.fixture
def hand(view: CanvasView) -> Hand:
    return Hand(view)


def pixels_of(image: QImage) -> np.ndarray:
    """(height, width, 3), RGB."""
    converted = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(converted.constBits(), np.uint8).reshape(converted.height(), converted.bytesPerLine())
    return rows[:, : 3 * converted.width()].reshape(converted.height(), converted.width(), 3).copy()


def on_screen(view: CanvasView) -> np.ndarray:
    """What the view shows: painted wholly, now."""
    return pixels_of(view.grab().toImage())
