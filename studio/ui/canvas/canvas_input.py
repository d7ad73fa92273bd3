"""Pointer, pen, wheel, touchpad and keyboard: what they mean for the tool in use and for what is seen."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.sight import Sight
from studio.ui.canvas.toolbox import Toolbox
from studio.ui.canvas.tools.tool import Pointer, ToolName
from studio.ui.canvas.viewport import limited_zoom

_NOTCH = 120
_KEY_STEP = 10
"""Device pixels that an arrow key moves the keyboard's crosshair; with Ctrl five times as many."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
_MODIFIERS = Qt.KeyboardModifier
_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)
_PASSING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason)


class CanvasInput(QObject):
    """Sees the view's events before the view does. By pointer: the wheel zooms at the pointer, Space or the middle
    button moves the picture. By keyboard: the arrows move a crosshair, Space is the button (hold it and move to draw),
    Enter clicks or completes, Escape drops.

    Signals:
        cursor_changed(): the pointer or the crosshair is elsewhere, or another tool would act there.
    """

    cursor_changed = Signal()

    def __init__(self, view: QWidget, sight: Sight, toolbox: Toolbox) -> None:
        super().__init__(view)
        self._view = view
        self._sight = sight
        self._toolbox = toolbox
        self._pointer: QPointF | None = None  # device pixels; None while it is elsewhere
        self._crosshair: QPointF | None = None  # pixels of the picture; None while the pointer is used
        self.results_wait = False
        """While results wait for an answer, arrows, Enter and Escape are about them."""
        toolbox.active_changed.connect(self.follow_tool)
        view.setMouseTracking(True)
        view.setTabletTracking(True)
        view.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        view.installEventFilter(self)

    # --- where it is ---

    @property
    def crosshair(self) -> QPointF | None:
        """Where the keyboard paints, in pixels of the picture; None while the pointer is used."""
        return self._crosshair

    def forget_crosshair(self) -> None:
        self._crosshair = None

    @property
    def device_place(self) -> QPointF | None:
        """Of the pointer or the crosshair, in device pixels of the view."""
        if self._crosshair is not None:
            return QPointF(*self._sight.viewport.to_view(self._crosshair.x(), self._crosshair.y()))
        return self._pointer

    @property
    def pointer_or_centre(self) -> QPointF:
        """The pointer's place in the view, or the view's middle."""
        return self._pointer / self._sight.ratio if self._pointer else self._sight.centre

    def follow_tool(self) -> None:
        """Another tool would act now."""
        self._follow_shape()
        self.cursor_changed.emit()

    # --- events: True where nothing else is to be done with them ---

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Not by overriding the view's `event`: below Python 3.12, PySide6 ends the process when a handler that was
        called from there raises (seen with 6.8 to 6.11)."""
        match event:
            case QMouseEvent():
                self._on_mouse(event)
            case QTabletEvent():
                self._on_tablet(event)
            case QWheelEvent():
                self._on_wheel(event)
            case QNativeGestureEvent():
                self._on_gesture(event)
            case QEnterEvent():
                self._move(event.position(), event.modifiers())
            case QKeyEvent():
                return self._on_key(event)
            case _:
                if shiboken6.isValid(self._view):  # one that is being destroyed still loses the focus and hides
                    self._on_going(event)
                return False
        return True

    def _on_mouse(self, event: QMouseEvent) -> None:
        if event.type() == QEvent.Type.MouseMove:
            self._move(event.position(), event.modifiers())
        elif event.button() not in _BUTTONS:
            return
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._release(event.position(), event.modifiers())
        else:
            self._press(event.position(), event.modifiers(), event.button())

    def _on_tablet(self, event: QTabletEvent) -> None:
        event.accept()  # or Qt would make a mouse event of it, too
        place, modifiers, pressure = event.position(), event.modifiers(), event.pressure()
        if event.type() == QEvent.Type.TabletPress:
            paints = self._toolbox.chosen.shows_brush and not self._toolbox.is_at_rest
            if paints and event.pointerType() == QPointingDevice.PointerType.Eraser:
                self._toolbox.borrow(ToolName.ERASER)
            self._press(place, modifiers, event.button(), pressure)
        elif event.type() == QEvent.Type.TabletMove:
            self._move(place, modifiers, pressure)
        elif event.type() == QEvent.Type.TabletRelease:
            self._release(place, modifiers, pressure)
            self._toolbox.give_back(ToolName.ERASER)

    def _on_wheel(self, event: QWheelEvent) -> None:
        event.accept()
        touchpad = event.device().type() == QInputDevice.DeviceType.TouchPad
        if touchpad and not event.modifiers() & _MODIFIERS.ControlModifier:
            moved = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            ratio = self._sight.ratio
            self._sight.move(round(moved.x() * ratio), round(moved.y() * ratio))
            return
        turned = event.angleDelta().y() or event.angleDelta().x()  # Alt turns the wheel sideways
        self._sight.zoom_by_steps(event.position(), turned / _NOTCH)

    def _on_gesture(self, event: QNativeGestureEvent) -> None:
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._sight.zoom_at(event.position(), limited_zoom(self._sight.zoom * (1 + event.value())))
        elif event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            self._sight.fit()

    def _on_going(self, event: QEvent) -> None:
        """The pointer, the focus or the window goes."""
        if event.type() == QEvent.Type.Leave:
            self._pointer = None
            self.cursor_changed.emit()
        elif event.type() == QEvent.Type.Hide or (isinstance(event, QFocusEvent) and _is_lost(event)):
            self._toolbox.let_go()

    def _on_key(self, event: QKeyEvent) -> bool:
        if self._sight.picture is None:
            return False
        if event.type() == QEvent.Type.KeyPress:
            return self._press_key(event)
        if event.type() == QEvent.Type.KeyRelease:
            return self._release_key(event)
        return self._is_own_key(event)  # accepted: the view wants it although the window has a command for it

    # --- pointer ---

    def _press(
        self, place: QPointF, modifiers: Qt.KeyboardModifier, button: Qt.MouseButton, pressure: float = 1.0
    ) -> None:
        if self._toolbox.is_dragging or self._sight.picture is None:
            return
        self._take_pointer(place)
        wants_hand = button == Qt.MouseButton.MiddleButton
        press = self._toolbox.press_hand if wants_hand else self._toolbox.press
        press(self._at(modifiers, pressure))

    def _move(self, place: QPointF, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> None:
        if self._sight.picture is None:
            return
        self._take_pointer(place)
        self._toolbox.move(self._at(modifiers, pressure))
        if not self._toolbox.is_dragging:
            self._follow_shape()
        self.cursor_changed.emit()

    def _release(self, place: QPointF, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> None:
        if self._toolbox.is_dragging:
            self._take_pointer(place)
            self._toolbox.release(self._at(modifiers, pressure))

    def _take_pointer(self, place: QPointF) -> None:
        self._pointer = self._sight.to_device(place)
        self._crosshair = None

    def _at(self, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> Pointer:
        place = self.device_place or QPointF()
        x, y = self._sight.viewport.to_picture(place.x(), place.y())
        return Pointer(
            x,
            y,
            pressure,
            shift=bool(modifiers & _MODIFIERS.ShiftModifier),
            ctrl=bool(modifiers & _MODIFIERS.ControlModifier),
            alt=bool(modifiers & _MODIFIERS.AltModifier),
        )

    def _follow_shape(self) -> None:
        """A drag keeps the cursor that it began with, except for the hand: it closes."""
        shape = self._shape()
        if shape != self._view.cursor().shape():
            self._view.setCursor(shape)

    def _shape(self) -> Qt.CursorShape:
        if self._sight.picture is None:
            return Qt.CursorShape.ArrowCursor
        if self._toolbox.is_moving_picture:
            return Qt.CursorShape.ClosedHandCursor
        tool = self._toolbox.active
        return Qt.CursorShape.BlankCursor if tool.shows_brush else tool.cursor_at(self._at(_MODIFIERS.NoModifier))

    # --- keys ---

    def _is_own_key(self, event: QKeyEvent) -> bool:
        """Keys that the view wants although the window has a command for them."""
        key, chosen, is_dragging = Qt.Key(event.key()), self._toolbox.chosen, self._toolbox.is_dragging
        if self.results_wait and not is_dragging and not chosen.is_unfinished and key != Qt.Key.Key_Space:
            return False
        if key in _ARROWS:
            return not self._toolbox.is_at_rest and not event.modifiers() & _MODIFIERS.AltModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            plain = event.modifiers() in (_MODIFIERS.NoModifier, _MODIFIERS.KeypadModifier)
            return not self._toolbox.is_at_rest and plain
        if key == Qt.Key.Key_Escape:
            return chosen.is_unfinished or is_dragging or chosen.name is ToolName.EXTEND
        return key == Qt.Key.Key_Space

    def _press_key(self, event: QKeyEvent) -> bool:
        """False when the key is none of the view's."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in _MODIFIER_KEYS:
            if key == Qt.Key.Key_Alt and self._toolbox.chosen.name is ToolName.COLOUR_BRUSH:
                self._borrow_picker()
            self._hover_again(modifiers)
            return True
        if not self._is_own_key(event):
            return False
        if key in _ARROWS:
            self._move_crosshair(*_ARROWS[key], modifiers)
        elif key == Qt.Key.Key_Space:
            self._press_space(event)
        elif key == Qt.Key.Key_Escape:
            self._toolbox.cancel()
        else:
            self._enter(modifiers)
        return True

    def _release_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._release_space(event.modifiers())
        elif key in _MODIFIER_KEYS:
            if key == Qt.Key.Key_Alt:
                self._toolbox.give_back(ToolName.PICKER)
            self._hover_again(event.modifiers())
        else:
            return False
        return True

    def _borrow_picker(self) -> None:
        if not self._toolbox.is_dragging:
            self._toolbox.borrow(ToolName.PICKER)

    def _hover_again(self, modifiers: Qt.KeyboardModifier) -> None:
        """A key that changes what a tool would do was pressed or released."""
        if not self._toolbox.is_dragging and self.device_place is not None:
            self._toolbox.move(self._at(modifiers))

    def _move_crosshair(self, across: int, down: int, modifiers: Qt.KeyboardModifier) -> None:
        picture = self._sight.picture
        if picture is None:
            return
        step = self._key_step(modifiers)
        start = self._crosshair or self._sight.to_picture(self.pointer_or_centre)
        self._crosshair = QPointF(
            min(max(start.x() + across * step, 0.5), picture.width - 0.5),
            min(max(start.y() + down * step, 0.5), picture.height - 0.5),
        )
        self._sight.bring_into_sight(self._crosshair)
        self._toolbox.move(self._at(_MODIFIERS.NoModifier))  # Shift and Ctrl only chose the step
        self.cursor_changed.emit()

    def _key_step(self, modifiers: Qt.KeyboardModifier) -> float:
        """Pixels of the picture."""
        if modifiers & _MODIFIERS.ShiftModifier:
            return 1.0
        step = max(1.0, _KEY_STEP * self._sight.ratio / self._sight.zoom)
        return 5 * step if modifiers & _MODIFIERS.ControlModifier else step

    def _press_space(self, event: QKeyEvent) -> None:
        """With the crosshair Space is the button; with the pointer it borrows the hand."""
        if event.isAutoRepeat() or self._toolbox.is_dragging:
            return
        if self._crosshair is None:
            self._toolbox.borrow(ToolName.HAND)
        else:
            self._toolbox.press(self._at(event.modifiers()))

    def _release_space(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._toolbox.borrowed is ToolName.HAND:
            self._toolbox.give_back(ToolName.HAND)
        elif self._crosshair is not None:
            self._toolbox.release(self._at(modifiers))

    def _enter(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._toolbox.is_dragging:
            return
        if self._toolbox.chosen.is_unfinished:
            self._toolbox.confirm()
        elif self._crosshair is not None:
            self._toolbox.press(self._at(modifiers))
            self._toolbox.release(self._at(modifiers))


def _is_lost(event: QFocusEvent) -> bool:
    """A menu or another popup gives the focus back."""
    return event.type() == QEvent.Type.FocusOut and event.reason() not in _PASSING
