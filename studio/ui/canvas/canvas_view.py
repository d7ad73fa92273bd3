"""The view of the canvas: shows it, moves it, and hands the events to the tool in use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QShowEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from studio.core.geometry import Rect
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas import canvas_layers
from studio.ui.canvas.canvas_layers import BrushOutline, CanvasLayers
from studio.ui.canvas.mask_look import MaskLook, MaskStyle
from studio.ui.canvas.mask_outline import DASH
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.canvas.tools import make_tools
from studio.ui.canvas.tools.extend import EXTEND_LABEL
from studio.ui.canvas.tools.tool import Overlay, Pointer, Tool, ToolName
from studio.ui.canvas.viewport import Viewport, limited_zoom, nice_zoom
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_ROOM_AROUND = 5
"""A fifth of the view on each side, for tools that work outside the picture."""
_NOTCH = 120
_NOTCHES_PER_DOUBLING = 4
_STATE_EVERY_MS = 100
_ANTS_EVERY_MS = 90
_TIDY_EVERY_MS = 40
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
_SIZED = {ToolName.BRUSH, ToolName.ERASER, ToolName.COLOUR_BRUSH}


class CanvasView(QWidget):
    """Shows one canvas at 10 % to 2000 %, and lets the tool in use change it.

    By pointer: the wheel zooms at the pointer, Space or the middle button moves the picture. By keyboard: the arrows
    move a crosshair, Space is the button (hold it and move to draw), Enter clicks or completes, Escape drops.

    Signals:
        edited(): the canvas was changed by a tool, undo or redo.
        state_changed(str): "Brush 50 px · 100 % · mask 12.3 %"; at most ten times a second.
        tool_changed(ToolName): another tool is in use.
        look_changed(): the way in which the mask is shown.
        margins_changed(): what the extend tool would add.
        comparing_changed(bool): the original is shown, or not any more.
        menu_requested(QPoint): the context menu at this global position.
    """

    edited = Signal()
    state_changed = Signal(str)
    tool_changed = Signal(object)
    look_changed = Signal()
    margins_changed = Signal()
    comparing_changed = Signal(bool)
    covered_changed = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, options: ToolOptions | None = None) -> None:
        super().__init__()
        self._options = options or ToolOptions()
        self._canvas: Canvas | None = None
        self._layers: CanvasLayers | None = None
        self._original: Pixels | None = None
        self._over: Pixels | None = None
        self._model_frame: Rect | None = None
        self.results_wait = False
        """While results wait for an answer, arrows, Enter and Escape are about them."""
        self._comparing = False
        self._look = MaskLook()
        self._viewport = Viewport()
        self._unsnapped_zoom = 1.0
        self._fitted = True
        self._tools = make_tools(self)
        self._tool = self._tools[ToolName.BRUSH]
        self._previous = ToolName.BRUSH
        self._borrowed: ToolName | None = None
        self._gesture: Tool | None = None
        self._pointer: QPointF | None = None  # device pixels; None while it is elsewhere
        self._keyboard: QPointF | None = None  # pixels of the picture; None while the pointer is used
        self._focus_by_key = False
        self._due = QRectF()  # device pixels that will be drawn with the next paint
        self._brush_outline = BrushOutline()
        self._cursor_drawn = QRectF()
        self._overlay: Overlay | None = None
        self._overlay_drawn = QRectF()
        self._phase = 0.0
        self._state = QTimer(self, singleShot=True, interval=_STATE_EVERY_MS)
        self._state.timeout.connect(self._tell_state)
        self._march = QTimer(self, interval=_ANTS_EVERY_MS)
        self._march.timeout.connect(self._move_ants)
        self._tidying = QTimer(self, interval=_TIDY_EVERY_MS)
        self._tidying.timeout.connect(self._tidy_history)
        self.edited.connect(self._tidying.start)
        self._options.changed.connect(self._follow_options)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setAccessibleName("Canvas")
        self.installEventFilter(self)
        self._follow_tool()

    def sizeHint(self) -> QSize:
        return QSize(px(640), px(480))

    # --- what is shown ---

    @property
    def has_canvas(self) -> bool:
        return self._canvas is not None

    @property
    def canvas(self) -> Canvas:
        """Raises LookupError while there is none."""
        if self._canvas is None:
            raise LookupError
        return self._canvas

    def set_canvas(self, canvas: Canvas | None, original: Pixels | None = None) -> None:
        """Show this canvas, whole. `original` is what "compare" shows; without it, the picture without the mask."""
        self.leave_gesture()
        self._canvas, self._original = canvas, original
        self._over, self._comparing, self._keyboard = None, False, None
        self._layers = None if canvas is None else CanvasLayers(canvas, self._look, current_tokens().accent)
        self.fit()
        self._follow_tool()
        self.refresh(None)

    def refresh(self, area: Rect | None) -> None:
        """Draw again what was changed from outside: `area` of the picture, all of it, or a canvas of another size."""
        if self._layers is None:
            return
        if self._layers.size != (self.canvas.width, self.canvas.height):
            self._layers.forget()
            self.fit()
            area = None
        if area is None:
            self._layers.forget()
            self._refresh_overlay()
            self.update()
        else:
            for layer in LayerName:
                self._note_change(layer, area)
        self._follow_ants()
        self._state.start()

    def show_over(self, pixels: Pixels | None) -> None:
        """Show a candidate or a preview of any size in place of the picture, without the mask; None: the picture.

        While it is there, only the hand and the zoom work on the canvas.
        """
        self.leave_gesture()
        was_covered = self.is_covered
        self._over = pixels
        self._show_right_picture()
        if self.is_covered != was_covered:
            self.covered_changed.emit()

    @property
    def model_frame(self) -> Rect | None:
        """What `show_model_frame` marks."""
        return self._model_frame

    def show_model_frame(self, frame: Rect | None) -> None:
        """Mark the part of the picture that the model will see; None: all of it, or nobody knows."""
        if frame != self._model_frame:
            self._model_frame = frame
            self.update()

    @property
    def is_covered(self) -> bool:
        """Something is shown in place of the picture."""
        return self._over is not None

    @property
    def comparing(self) -> bool:
        return self._comparing

    def set_comparing(self, comparing: bool) -> None:
        """Show the original without the mask, as long as a key or button is held."""
        if comparing != self._comparing and self.has_canvas:
            self.leave_gesture()
            self._comparing = comparing
            self._show_right_picture()
            self.comparing_changed.emit(comparing)

    @property
    def mask_look(self) -> MaskLook:
        return self._look

    def set_mask_look(self, look: MaskLook) -> None:
        if look != self._look:
            self._look = look
            self._restyle()
            self.look_changed.emit()

    @property
    def state(self) -> str:
        """One line: tool and size (or that the original is shown), zoom, share of the mask."""
        if self._canvas is None:
            return "No picture"
        name = "Original" if self._comparing else self._tool.name.capitalize()
        sized = self._tool.name in _SIZED and not self._comparing
        tool = f"{name} {self._options.diameter:.0f} px" if sized else name
        parts = [tool, f"{self.zoom:.0%}".replace("%", " %"), f"mask {self._canvas.mask_share * 100:.1f} %"]
        if self._keyboard is not None:
            parts.append(f"at {self._keyboard.x():.0f}, {self._keyboard.y():.0f}")
        return " · ".join(parts)

    # --- zoom and place ---

    @property
    def viewport(self) -> Viewport:
        return self._viewport

    @property
    def zoom(self) -> float:
        """Device pixels to a pixel of the picture."""
        return self._viewport.zoom

    def zoom_at(self, place: QPointF, zoom: float) -> None:
        """Zoom, with the same point of the picture under `place` (in the view)."""
        at = place * self.devicePixelRatioF()
        self._fitted = False
        self._unsnapped_zoom = zoom
        self._set_viewport(self._viewport.zoomed_at(at.x(), at.y(), limited_zoom(zoom)))

    def zoom_in(self) -> None:
        self._zoom_by_steps(QRectF(self.rect()).center(), 1)

    def zoom_out(self) -> None:
        self._zoom_by_steps(QRectF(self.rect()).center(), -1)

    def actual_size(self) -> None:
        """One pixel of the picture to one of the screen."""
        self.zoom_at(self._pointer_or_centre(), 1.0)

    def fit(self) -> None:
        """The whole picture, as large as it can be; it stays so when the view is resized."""
        if self._canvas is None:
            return
        across, down = self._device_size()
        margin = round(px(24) * self.devicePixelRatioF())
        if self._tool.needs_room_around:
            margin = max(margin, min(across, down) // _ROOM_AROUND)
        viewport = Viewport.fitting(self._canvas.width, self._canvas.height, across, down, margin)
        self._fitted = True
        self._unsnapped_zoom = viewport.zoom
        self._set_viewport(viewport)

    def to_view(self, x: float, y: float) -> QPointF:
        """The place in the view of this point of the picture."""
        return QPointF(*self._viewport.to_view(x, y)) / self.devicePixelRatioF()

    def to_picture(self, place: QPointF) -> QPointF:
        at = place * self.devicePixelRatioF()
        return QPointF(*self._viewport.to_picture(at.x(), at.y()))

    # --- tools ---

    @property
    def options(self) -> ToolOptions:
        return self._options

    @property
    def tools(self) -> dict[ToolName, Tool]:
        return self._tools

    @property
    def tool(self) -> Tool:
        """The tool that was chosen (what Space or the pen's other end borrows is not)."""
        return self._tool

    def set_tool(self, name: ToolName) -> None:
        """Use this tool; what the other one was at is ended."""
        if name == self._tool.name:
            return
        self.leave_gesture()
        before = self._tool
        self._previous = before.name
        self._tool = self._tools[name]
        if self._fitted and self._tool.needs_room_around != before.needs_room_around:
            self.fit()
        self._follow_tool()
        self.tool_changed.emit(name)

    def use_previous_tool(self) -> None:
        self.set_tool(self._previous)

    def swap_brush_and_eraser(self) -> None:
        """The eraser for the brush and the other way round; from any other tool, the brush."""
        self.set_tool(ToolName.ERASER if self._tool.name is ToolName.BRUSH else ToolName.BRUSH)

    def leave_gesture(self) -> None:
        """End what is being drawn: strokes stay, areas that are not closed are dropped."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and gesture is not self._tool:
            gesture.finish()
        if self._canvas is not None:
            self._tool.finish()
        self._borrowed = None

    def undo(self) -> None:
        """One edit back; while something is unfinished, that is taken back instead."""
        if self._canvas is None:
            return
        if self._tool.is_unfinished:
            self._gesture = None
            self._tool.step_back()
        else:
            self._show_restored(self._canvas.undo())

    def redo(self) -> None:
        if self._canvas is not None and not self._tool.is_unfinished:
            self._show_restored(self._canvas.redo())

    # --- what the tools ask for (Easel) ---

    def changed(self, area: Rect, layer: LayerName, *, done: bool) -> None:
        if not area.is_empty:
            self._note_change(layer, area)
        if done:
            self._follow_ants()
            self.edited.emit()
        if not self._state.isActive():
            self._state.start()

    def overlay_changed(self) -> None:
        self._refresh_overlay()
        self.margins_changed.emit()

    def pan(self, across: float, down: float) -> None:
        self._fitted = False
        self._set_viewport(self._viewport.moved(round(across * self.zoom), round(down * self.zoom)))

    def extend(self, left: int, top: int, right: int, bottom: int) -> None:
        fitted = self._fitted
        in_place = self._viewport.moved(-round(left * self.zoom), -round(top * self.zoom))
        self.canvas.extend(left, top, right, bottom, EXTEND_LABEL)
        self.refresh(None)
        in_place_area = canvas_layers.view_transform(in_place).mapRect(
            QRectF(0, 0, self.canvas.width, self.canvas.height)
        )
        if not fitted and QRectF(self._device_rect()).contains(in_place_area):
            self._fitted = False  # nothing moves, and what was just added is seen
            self._set_viewport(in_place)
        self.edited.emit()

    # --- pointer events ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._press(event.position(), event.modifiers(), event.button())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(event.position(), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._release(event.position(), event.modifiers())

    def tabletEvent(self, event: QTabletEvent) -> None:
        event.accept()  # or Qt would make a mouse event of it, too
        place, modifiers, pressure = event.position(), event.modifiers(), event.pressure()
        if event.type() == QEvent.Type.TabletPress:
            if event.pointerType() == QPointingDevice.PointerType.Eraser and self._is_painting_tool():
                self._borrow(ToolName.ERASER)
            self._press(place, modifiers, event.button(), pressure)
        elif event.type() == QEvent.Type.TabletMove:
            self._move(place, modifiers, pressure)
        elif event.type() == QEvent.Type.TabletRelease:
            self._release(place, modifiers, pressure)
            self._give_back(ToolName.ERASER)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        touchpad = event.device().type() == QInputDevice.DeviceType.TouchPad
        if touchpad and not event.modifiers() & _MODIFIERS.ControlModifier:
            moved = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            self._fitted = False
            ratio = self.devicePixelRatioF()
            self._set_viewport(self._viewport.moved(round(moved.x() * ratio), round(moved.y() * ratio)))
            return
        turned = event.angleDelta().y() or event.angleDelta().x()  # Alt turns the wheel sideways
        self._zoom_by_steps(event.position(), turned / _NOTCH)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Its own events, before they come to it. Not by overriding `event`: below Python 3.12, PySide6 ends the
        process when a handler that was called from there raises (seen with 6.8 to 6.11)."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own_key(event):
            event.accept()
            return True
        return isinstance(event, QNativeGestureEvent) and self._native_gesture(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._move(event.position(), event.modifiers() if hasattr(event, "modifiers") else _MODIFIERS.NoModifier)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self._refresh_cursor()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._canvas is not None:
            self.menu_requested.emit(event.globalPos())

    # --- key events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._canvas is None or not self._press_key(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._release_space(event.modifiers())
        elif key == Qt.Key.Key_Alt:
            self._give_back(ToolName.PICKER)
            self._hover_again(event.modifiers())
        elif key in _MODIFIER_KEYS:
            self._hover_again(event.modifiers())
        else:
            super().keyReleaseEvent(event)

    # --- other events ---

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self._focus_by_key = event.reason() in by_key
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason):
            self._end_stroke()
        self._focus_by_key = False
        self.update()
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow_ants()

    def hideEvent(self, event: QHideEvent) -> None:
        self._end_stroke()
        self._march.stop()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fitted or not event.oldSize().isValid():
            self.fit()
            return
        grown = (event.size() - event.oldSize()) * self.devicePixelRatioF()
        self._set_viewport(self._viewport.moved(grown.width() // 2, grown.height() // 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        self._due = QRectF()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        region = _outward(QRectF(event.rect()), ratio)
        canvas_layers.draw_ground(painter, region)
        if self._layers is not None:
            self._draw_canvas(painter, self._layers, region, ratio)
        if self._focus_by_key:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(current_tokens().accent), 2 * ratio))
            painter.drawRect(_outward(QRectF(self.rect()), ratio).adjusted(1, 1, -1, -1))
        painter.end()

    # --- drawing ---

    def _draw_canvas(self, painter: QPainter, layers: CanvasLayers, region: QRect, ratio: float) -> None:
        overlay = self._overlay
        if overlay is not None and overlay.frame is not None:
            canvas_layers.draw_frame_ground(
                painter,
                self._shown(overlay.frame),
                self._shown(Rect(0, 0, self.canvas.width, self.canvas.height)),
                ratio,
            )
        layers.draw(painter, self._viewport, region, with_mask=not self._comparing)
        if self._marches:
            layers.draw_ants(painter, self._viewport, self._device_rect(), self._phase, ratio)
        if self._model_frame is not None and self._over is None and not self._comparing:
            canvas_layers.draw_model_frame(painter, self._shown(self._model_frame), ratio)
        if overlay is not None:
            canvas_layers.draw_overlay(painter, overlay, self._viewport, QRectF(self._device_rect()), ratio)
        if (centre := self._cursor_place()) is None:
            return
        if self._active_tool().shows_brush:
            self._brush_outline.draw(painter, centre, self._options.diameter * self.zoom, ratio)
        if self._keyboard is not None:
            canvas_layers.draw_crosshair(painter, centre, ratio)

    def _shown(self, area: Rect) -> QRectF:
        """`area` of the picture in device pixels of the view."""
        return canvas_layers.view_transform(self._viewport).mapRect(
            QRectF(area.left, area.top, area.width, area.height)
        )

    def _note_change(self, layer: LayerName, area: Rect) -> None:
        if self._layers is None:
            return
        self._layers.note_change(layer, area, self.zoom)
        if self._marches:
            self.update()  # dashes run on from where a line begins: all of them may have moved
            return
        reach = max(4.0, 2 * self.zoom)
        self._update(self._shown(area).adjusted(-reach, -reach, reach, reach))

    def _show_right_picture(self) -> None:
        if self._layers is not None:
            self._layers.replace_picture(self._original if self._comparing else self._over)
            self._follow_tool()
            self._follow_ants()
            self.update()

    def _show_restored(self, area: Rect | None) -> None:
        """After undo or redo: None is nothing at all."""
        if area is not None:
            self.refresh(area)
            self.edited.emit()

    def _restyle(self) -> None:
        if self._layers is not None:
            self._layers.set_look(self._look, current_tokens().accent)
        self._follow_ants()
        self.update()

    @property
    def _marches(self) -> bool:
        return self._look.style is MaskStyle.ANTS and not self._comparing and self._over is None

    def _follow_ants(self) -> None:
        """Ants march only where they are seen and motion is wanted."""
        motion = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) > 0
        seen = self._canvas is not None and not self._canvas.is_mask_empty and self.isVisible()
        if self._marches and motion and seen:
            self._march.start()
        else:
            self._march.stop()

    def _move_ants(self) -> None:
        self._phase = (self._phase + 1) % (2 * DASH)
        if self._layers is not None:
            area = self._layers.ants_area(self._viewport, self._device_rect())
            self._update(area.adjusted(-2, -2, 2, 2))

    def _refresh_overlay(self) -> None:
        self._update(self._overlay_drawn)
        self._overlay = self._tool.overlay() if self._canvas is not None and not self._is_at_rest() else None
        self._overlay_drawn = QRectF()
        if self._overlay is not None:
            view, ratio = QRectF(self._device_rect()), self.devicePixelRatioF()
            self._overlay_drawn = canvas_layers.overlay_area(self._overlay, self._viewport, view, ratio)
        self._update(self._overlay_drawn)

    def _refresh_cursor(self) -> None:
        """Draw the brush's outline and the crosshair where they are now, and nothing where they were."""
        self._update(self._cursor_drawn)
        centre = self._cursor_place()
        if centre is None:
            self._cursor_drawn = QRectF()
            return
        ratio = self.devicePixelRatioF()
        reach = px(12) * ratio
        if self._active_tool().shows_brush:
            reach = max(reach, self._options.diameter * self.zoom / 2)
        reach += 3 * ratio
        self._cursor_drawn = QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)
        self._update(self._cursor_drawn)

    def _cursor_place(self) -> QPointF | None:
        """In device pixels of the view."""
        if self._keyboard is not None:
            return QPointF(*self._viewport.to_view(self._keyboard.x(), self._keyboard.y()))
        return self._pointer

    def _update(self, area: QRectF) -> None:
        """Draw these device pixels of the view again, and all between them and what is due already: with one
        rectangle to clip to, Qt draws faster than with several small ones."""
        if not area.isEmpty():
            self._due = self._due.united(area & QRectF(self._device_rect()))
            self.update(_outward(self._due, 1 / self.devicePixelRatioF()))

    # --- viewport ---

    def _set_viewport(self, viewport: Viewport) -> None:
        if self._canvas is not None:
            viewport = viewport.kept_in_sight(self._canvas.width, self._canvas.height, *self._device_size())
        self._viewport = viewport
        self._refresh_overlay()
        self._refresh_cursor()
        self._state.start()
        self.update()

    def _zoom_by_steps(self, place: QPointF, steps: float) -> None:
        """Whole steps of a wheel settle on round values; the small ones of a touchpad are not caught by them."""
        unsnapped = limited_zoom(self._unsnapped_zoom * 2 ** (steps / _NOTCHES_PER_DOUBLING))
        self.zoom_at(place, nice_zoom(unsnapped) if abs(steps) >= 1 else unsnapped)
        self._unsnapped_zoom = unsnapped

    def _native_gesture(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_at(event.position(), limited_zoom(self.zoom * (1 + event.value())))
        elif event.gestureType() == Qt.NativeGestureType.SmartZoomNativeGesture:
            self.fit()
        return True

    def _device_size(self) -> tuple[int, int]:
        area = self._device_rect()
        return area.width(), area.height()

    def _device_rect(self) -> QRect:
        ratio = self.devicePixelRatioF()
        return QRect(0, 0, round(self.width() * ratio), round(self.height() * ratio))

    def _pointer_or_centre(self) -> QPointF:
        return self._pointer / self.devicePixelRatioF() if self._pointer else QRectF(self.rect()).center()

    # --- gestures ---

    def _press(
        self, place: QPointF, modifiers: Qt.KeyboardModifier, button: Qt.MouseButton, pressure: float = 1.0
    ) -> None:
        if self._gesture is not None or self._canvas is None:
            return
        self._take_pointer(place)
        wants_hand = button == Qt.MouseButton.MiddleButton
        self._begin_gesture(self._tools[ToolName.HAND] if wants_hand else self._active_tool(), modifiers, pressure)

    def _begin_gesture(self, tool: Tool, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> None:
        self._gesture = tool
        tool.press(self._at(modifiers, pressure))
        self._follow_cursor()
        self._refresh_cursor()

    def _move(self, place: QPointF, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> None:
        if self._canvas is None:
            return
        self._take_pointer(place)
        at = self._at(modifiers, pressure)
        if self._gesture is not None:
            self._gesture.drag(at)
        else:
            self._active_tool().hover(at)
            self._follow_cursor()
        self._refresh_cursor()

    def _release(self, place: QPointF, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> None:
        if self._gesture is None:
            return
        self._take_pointer(place)
        self._end_gesture(modifiers, pressure)

    def _end_gesture(self, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(self._at(modifiers, pressure))
        self._follow_cursor()

    def _end_stroke(self) -> None:
        """The focus goes: nobody will tell when the button is released."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish()
        self._borrowed = None
        self._follow_cursor()

    def _take_pointer(self, place: QPointF) -> None:
        self._pointer = place * self.devicePixelRatioF()
        if self._keyboard is not None:
            self._keyboard = None
            self._state.start()

    def _hover_again(self, modifiers: Qt.KeyboardModifier) -> None:
        """A key that changes what a tool would do was pressed or released."""
        if self._gesture is None and self._cursor_place() is not None and self._canvas is not None:
            self._active_tool().hover(self._at(modifiers))

    def _at(self, modifiers: Qt.KeyboardModifier, pressure: float = 1.0) -> Pointer:
        centre = self._cursor_place() or QPointF()
        x, y = self._viewport.to_picture(centre.x(), centre.y())
        return Pointer(
            x,
            y,
            pressure,
            shift=bool(modifiers & _MODIFIERS.ShiftModifier),
            ctrl=bool(modifiers & _MODIFIERS.ControlModifier),
            alt=bool(modifiers & _MODIFIERS.AltModifier),
        )

    # --- keys ---

    def _is_own_key(self, event: QKeyEvent) -> bool:
        """Keys that the view wants although the window has a command for them."""
        if self._canvas is None:
            return False
        key = Qt.Key(event.key())
        if self.results_wait and self._gesture is None and not self._tool.is_unfinished and key != Qt.Key.Key_Space:
            return False
        if key in _ARROWS:
            return not self._is_at_rest() and not event.modifiers() & _MODIFIERS.AltModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return not self._is_at_rest() and event.modifiers() in (_MODIFIERS.NoModifier, _MODIFIERS.KeypadModifier)
        if key == Qt.Key.Key_Escape:
            return self._tool.is_unfinished or self._gesture is not None or self._tool.name is ToolName.EXTEND
        return key == Qt.Key.Key_Space

    def _press_key(self, event: QKeyEvent) -> bool:
        """False when the key is none of the view's."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in _MODIFIER_KEYS:
            if key == Qt.Key.Key_Alt and self._tool.name is ToolName.COLOUR_BRUSH and self._gesture is None:
                self._borrow(ToolName.PICKER)
            self._hover_again(modifiers)
            return True
        if not self._is_own_key(event):
            return False
        if key in _ARROWS:
            self._move_crosshair(*_ARROWS[key], modifiers)
        elif key == Qt.Key.Key_Space:
            self._press_space(event)
        elif key == Qt.Key.Key_Escape:
            self._escape()
        else:
            self._enter(modifiers)
        return True

    def _move_crosshair(self, across: int, down: int, modifiers: Qt.KeyboardModifier) -> None:
        step = max(1.0, _KEY_STEP * self.devicePixelRatioF() / self.zoom)
        if modifiers & _MODIFIERS.ShiftModifier:
            step = 1.0
        elif modifiers & _MODIFIERS.ControlModifier:
            step *= 5
        start = self._keyboard or self.to_picture(self._pointer_or_centre())
        self._keyboard = QPointF(
            min(max(start.x() + across * step, 0.5), self.canvas.width - 0.5),
            min(max(start.y() + down * step, 0.5), self.canvas.height - 0.5),
        )
        self._bring_into_sight(self._keyboard)
        at = self._at(_MODIFIERS.NoModifier)  # Shift and Ctrl only chose the step
        if self._gesture is not None:
            self._gesture.drag(at)
        else:
            self._active_tool().hover(at)
        self._refresh_cursor()
        self._state.start()

    def _bring_into_sight(self, point: QPointF) -> None:
        x, y = self._viewport.to_view(point.x(), point.y())
        width, height = self._device_size()
        margin = min(px(24) * self.devicePixelRatioF(), width / 4, height / 4)
        across = max(0.0, margin - x) - max(0.0, x - (width - margin))
        down = max(0.0, margin - y) - max(0.0, y - (height - margin))
        if across or down:
            self._fitted = False
            self._set_viewport(self._viewport.moved(round(across), round(down)))

    def _press_space(self, event: QKeyEvent) -> None:
        """With the crosshair Space is the button; with the pointer it borrows the hand."""
        if event.isAutoRepeat() or self._gesture is not None:
            return
        if self._keyboard is None:
            self._borrow(ToolName.HAND)
        else:
            self._begin_gesture(self._active_tool(), event.modifiers())

    def _release_space(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._borrowed is ToolName.HAND:
            self._give_back(ToolName.HAND)
        elif self._keyboard is not None:
            self._end_gesture(modifiers)

    def _escape(self) -> None:
        self._gesture = None
        if self._tool.is_unfinished:
            self._tool.cancel()
        elif self._tool.name is ToolName.EXTEND:
            self.use_previous_tool()

    def _enter(self, modifiers: Qt.KeyboardModifier) -> None:
        if self._tool.is_unfinished and self._gesture is None:
            self._tool.confirm()
        elif self._keyboard is not None and self._gesture is None:
            self._begin_gesture(self._active_tool(), modifiers)
            self._end_gesture(modifiers)

    # --- which tool ---

    def _is_at_rest(self) -> bool:
        """The picture is covered: painting on it would not be seen."""
        return self._over is not None or self._comparing

    def _active_tool(self) -> Tool:
        if self._is_at_rest():
            return self._tools[ToolName.HAND]
        return self._tools[self._borrowed] if self._borrowed is not None else self._tool

    def _is_painting_tool(self) -> bool:
        return self._tool.name in _SIZED and not self._is_at_rest()

    def _borrow(self, name: ToolName) -> None:
        """Use a tool as long as a key is held or a pen is turned over."""
        self._borrowed = name
        self._follow_cursor()
        self._refresh_cursor()

    def _give_back(self, name: ToolName) -> None:
        if self._borrowed is name:
            self._borrowed = None
            self._follow_cursor()
            self._refresh_cursor()

    def _follow_tool(self) -> None:
        self._refresh_overlay()
        self._follow_cursor()
        self._refresh_cursor()
        self._state.start()

    def _follow_options(self) -> None:
        self._refresh_cursor()
        self._state.start()

    def _follow_cursor(self) -> None:
        """A drag keeps the cursor that it began with, except for the hand: it closes."""
        shape = self._cursor_shape()
        if shape != self.cursor().shape():
            self.setCursor(shape)

    def _cursor_shape(self) -> Qt.CursorShape:
        tool = self._active_tool()
        if self._canvas is None:
            return Qt.CursorShape.ArrowCursor
        if self._gesture is self._tools[ToolName.HAND]:
            return Qt.CursorShape.ClosedHandCursor
        if tool.shows_brush:
            return Qt.CursorShape.BlankCursor
        return tool.cursor_at(self._at(_MODIFIERS.NoModifier))

    def _tidy_history(self) -> None:
        """Pack old steps of the history, a little at a time, while nothing is drawn."""
        if self._gesture is None and (self._canvas is None or not self._canvas.history.pack_next()):
            self._tidying.stop()

    def _tell_state(self) -> None:
        state = self.state
        if state != self.accessibleDescription():
            self.setAccessibleDescription(state)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
            self.state_changed.emit(state)


def _outward(area: QRectF, factor: float) -> QRect:
    """`area` times `factor`, with every pixel that it touches."""
    left, top = math.floor(area.left() * factor), math.floor(area.top() * factor)
    right, bottom = math.ceil(area.right() * factor), math.ceil(area.bottom() * factor)
    return QRect(left, top, right - left, bottom - top)
