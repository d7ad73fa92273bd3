"""The view of the canvas: shows it, and is the easel of the tools."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.geometry import Rect
from studio.core.language import tr
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas.canvas_input import CanvasInput
from studio.ui.canvas.canvas_layers import CanvasLayers
from studio.ui.canvas.history_tidying import HistoryTidying
from studio.ui.canvas.marching_ants import MarchingAnts
from studio.ui.canvas.mask_look import MaskLook, MaskStyle
from studio.ui.canvas.overlays import Cursor, Overlays, draw_focus_frame, draw_ground, draw_model_frame
from studio.ui.canvas.sight import Sight
from studio.ui.canvas.state_line import StateLine
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.canvas.toolbox import Toolbox
from studio.ui.canvas.tools.extend import EXTEND_LABEL
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class CanvasView(QWidget):
    """Shows one canvas at 10 % to 2000 %, and lets the tool in use change it.

    `sight` says what part is seen, `toolbox` which tool acts, `input` hears pointer and keys.

    Signals:
        edited(): the canvas was changed by a tool, undo or redo.
        state_changed(str): "Brush 50 px · 100 % · mask 12.3 %"; at most ten times a second.
        look_changed(): the way in which the mask is shown.
        margins_changed(): what the extend tool would add.
        comparing_changed(bool): the original is shown, or not any more.
        covered_changed(): something is shown in place of the picture, or not any more.
        menu_requested(QPoint): the context menu at this global position.
    """

    edited = Signal()
    state_changed = Signal(str)
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
        self._comparing = False
        self._model_frame: Rect | None = None
        self._look = MaskLook()
        self._focus_by_key = False
        self._due = QRectF()  # device pixels that will be drawn with the next paint
        self.sight = Sight(self)
        self.toolbox = Toolbox(self, lambda: self._over is not None or self._comparing)
        self.input = CanvasInput(self, self.sight, self.toolbox)
        self.ants = MarchingAnts(self)
        self._overlays = Overlays(self.sight, self._update)
        self._state_line = StateLine(self, lambda: self.state)
        self._tidying = HistoryTidying(self, lambda: self._canvas, lambda: self.toolbox.is_dragging)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Canvas"))
        self._connect()
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
        self.toolbox.leave()
        self.set_comparing(False)
        if self._look.style is MaskStyle.ALONE:  # nobody would see what was opened
            self.set_mask_look(replace(self._look, style=MaskStyle.COLOUR))
        self._canvas, self._original, self._over = canvas, original, None
        self._layers = None if canvas is None else CanvasLayers(canvas, self._look, current_tokens().accent)
        self.input.forget_crosshair()
        self.sight.set_canvas(canvas)
        self._follow_tool()
        self.refresh(None)

    def refresh(self, area: Rect | None) -> None:
        """Draw again what was changed from outside: `area` of the picture, all of it, or a canvas of another size."""
        if self._layers is None:
            return
        if self._layers.size != (self.canvas.width, self.canvas.height):
            self._layers.forget()
            self.sight.fit()
            area = None
        if area is None:
            self._layers.forget()
            self._refresh_tools()
            self.update()
        else:
            for layer in LayerName:
                self._note_change(layer, area)
        self._follow_ants()
        self._state_line.may_have_changed()

    def show_over(self, pixels: Pixels | None) -> None:
        """Show a candidate or a preview of any size in place of the picture, without the mask; None: the picture.

        While it is there, only the hand and the zoom work on the canvas.
        """
        self.toolbox.leave()
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
            self.toolbox.leave()
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
            return tr("No picture")
        tool, crosshair = self.toolbox.chosen, self.input.crosshair
        name = tr("Original") if self._comparing else tool.name.label
        sized = tool.shows_brush and not self._comparing
        parts = [
            tr("{name} {diameter:.0f} px", name=name, diameter=self._options.diameter) if sized else name,
            f"{self.zoom:.0%}".replace("%", " %"),
            tr("mask {percent:.1f} %", percent=self._canvas.mask_share * 100),
        ]
        if crosshair is not None:
            parts.append(tr("at {x:.0f}, {y:.0f}", x=crosshair.x(), y=crosshair.y()))
        return " · ".join(parts)

    def actual_size(self) -> None:
        """One pixel of the picture to one of the screen."""
        self.sight.zoom_at(self.input.pointer_or_centre, 1.0)

    def undo(self) -> None:
        """One edit back; while something is unfinished, that is taken back instead."""
        if self._canvas is None:
            return
        if self.toolbox.chosen.is_unfinished:
            self.toolbox.step_back()
        else:
            self._show_restored(self._canvas.undo())

    def redo(self) -> None:
        if self._canvas is not None and not self.toolbox.chosen.is_unfinished:
            self._show_restored(self._canvas.redo())

    # --- what the tools ask for (Easel) ---

    @property
    def options(self) -> ToolOptions:
        return self._options

    @property
    def zoom(self) -> float:
        """Device pixels to a pixel of the picture."""
        return self.sight.zoom

    def changed(self, area: Rect, layer: LayerName, *, done: bool) -> None:
        if not area.is_empty:
            self._note_change(layer, area)
        if done:
            self._follow_ants()
            self.edited.emit()
        self._state_line.may_have_changed()

    def overlay_changed(self) -> None:
        self._refresh_tools()
        self.margins_changed.emit()

    def pan(self, across: float, down: float) -> None:
        self.sight.move(round(across * self.zoom), round(down * self.zoom))

    def extend(self, left: int, top: int, right: int, bottom: int) -> None:
        was_fitted = self.sight.is_fitted
        in_place = self.sight.viewport.moved(-round(left * self.zoom), -round(top * self.zoom))
        self.canvas.extend(left, top, right, bottom, EXTEND_LABEL)
        self.refresh(None)
        if not was_fitted:
            self.sight.go_back_to(in_place)
        self.edited.emit()

    # --- events ---

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._canvas is not None:
            self.menu_requested.emit(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._focus_by_key = event.reason() in _BY_KEY
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_by_key = False
        self.update()
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow_ants()

    def hideEvent(self, event: QHideEvent) -> None:
        self.ants.halt()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.sight.follow_resize(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._due = QRectF()
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        region = _outward(QRectF(event.rect()), ratio)
        draw_ground(painter, region)
        if self._layers is not None:
            self._draw_canvas(painter, self._layers, region, ratio)
        if self._focus_by_key:
            draw_focus_frame(painter, _outward(QRectF(self.rect()), ratio), ratio)
        painter.end()

    # --- drawing ---

    def _draw_canvas(self, painter: QPainter, layers: CanvasLayers, region: QRect, ratio: float) -> None:
        viewport = self.sight.viewport
        self._overlays.draw_below(painter)
        layers.draw(painter, viewport, region, with_mask=not self._comparing)
        if self._shows_ants:
            layers.draw_ants(painter, viewport, self.sight.device_rect, self.ants.phase, ratio)
        if self._model_frame is not None and not self.toolbox.is_at_rest:
            draw_model_frame(painter, self.sight.area(self._model_frame), ratio)
        self._overlays.draw(painter)

    def _note_change(self, layer: LayerName, area: Rect) -> None:
        if self._layers is None:
            return
        self._layers.note_change(layer, area, self.zoom)
        if self._shows_ants:
            self.update()  # dashes run on from where a line begins: all of them may have moved
            return
        reach = max(4.0, 2 * self.zoom)
        self._update(self.sight.area(area).adjusted(-reach, -reach, reach, reach))

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

    def _update(self, area: QRectF) -> None:
        """Draw these device pixels of the view again, and all between them and what is due already: with one
        rectangle to clip to, Qt draws faster than with several small ones."""
        if not area.isEmpty():
            self._due = self._due.united(area & QRectF(self.sight.device_rect))
            self.update(_outward(self._due, 1 / self.devicePixelRatioF()))

    @property
    def _shows_ants(self) -> bool:
        return self._look.style is MaskStyle.ANTS and not self.toolbox.is_at_rest

    # --- following what others say ---

    def _connect(self) -> None:
        self.sight.changed.connect(self._follow_sight)
        self.toolbox.chosen_changed.connect(self._follow_tool)
        self.input.cursor_changed.connect(self._refresh_cursor)
        self.ants.moved.connect(self._draw_ants)
        self._state_line.changed.connect(self.state_changed)
        self.edited.connect(self._tidying.start)
        self._options.changed.connect(self._refresh_cursor)

    def _follow_sight(self) -> None:
        self._refresh_tools()
        self._refresh_cursor()
        self.update()

    def _follow_tool(self) -> None:
        self.sight.leave_room_around(wanted=self.toolbox.chosen.needs_room_around)
        self._refresh_tools()
        self.input.follow_tool()

    def _refresh_tools(self) -> None:
        shown = self._canvas is not None and not self.toolbox.is_at_rest
        self._overlays.show_tools(self.toolbox.chosen.overlay() if shown else None)

    def _refresh_cursor(self) -> None:
        """Draw the brush's outline and the crosshair where they are now, and nothing where they were."""
        place, crosshair = self.input.device_place, self.input.crosshair
        diameter = self._options.diameter * self.zoom if self.toolbox.active.shows_brush else None
        self._overlays.show_cursor(None if place is None else Cursor(place, diameter, crosshair is not None))
        self._state_line.may_have_changed()

    def _follow_ants(self) -> None:
        there = self._canvas is not None and not self._canvas.is_mask_empty
        self.ants.march(there=there and self._shows_ants)

    def _draw_ants(self) -> None:
        if self._layers is not None:
            area = self._layers.ants_area(self.sight.viewport, self.sight.device_rect)
            self._update(area.adjusted(-2, -2, 2, 2))


def _outward(area: QRectF, factor: float) -> QRect:
    """`area` times `factor`, with every pixel that it touches."""
    left, top = math.floor(area.left() * factor), math.floor(area.top() * factor)
    right, bottom = math.ceil(area.right() * factor), math.ceil(area.bottom() * factor)
    return QRect(left, top, right - left, bottom - top)
