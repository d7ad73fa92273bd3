"""The canvas as a whole: the tool bar, the view below it, and the commands that work on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QColorDialog, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.imaging import selection
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas.canvas_commands import FEATHER_BY, GROW_BY, CanvasCommands
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.mask_look import MaskLook, MaskStyle
from studio.ui.canvas.tool_bar import ToolBar
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.canvas.tools.extend import Extend, Margins
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.keys import keys_text
from studio.ui.theme import current_tokens

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_HELD_FROM_MS = 350
"""A key that is down longer was held for the time being, not pressed."""


class CanvasPage(QWidget):
    """Shows one canvas with its tools. `canvas_commands` are for menus and the command palette.

    Signals:
        close_requested(): back to the picture.
    """

    close_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Canvas"))
        self.options = ToolOptions()
        self.view = CanvasView(self.options)
        self.canvas_commands = CanvasCommands(self)
        self.tool_bar = ToolBar(self.canvas_commands, self.options)
        self.setFocusProxy(self.view)
        self.installEventFilter(self)
        self._swap_held = QElapsedTimer()
        self._edited_while_held = False
        self._foot: QWidget | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tool_bar)
        column.addWidget(self.view, 1)
        self._connect_tools()
        self._connect_commands()
        self.tool_bar.show_tool(self.view.toolbox.chosen.name)
        self._follow_canvas()
        self._follow_look()

    def add_foot(self, foot: QWidget) -> None:
        """Lay something over the foot of the view, below a fitted picture.

        Not below the view: that would move the picture in the moment in which it is to be compared.
        """
        foot.setParent(self)
        self._foot = foot
        self._place_foot()

    def set_canvas(self, canvas: Canvas | None, original: Pixels | None = None) -> None:
        """Show this canvas. `original` is what "compare" shows; without it, the picture without the mask."""
        self.view.set_canvas(canvas, original)
        self._follow_canvas()

    def refresh_commands(self) -> None:
        """Undo and redo say what they would do; call it after the canvas was changed from outside."""
        self._follow_canvas()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_foot()

    # --- keys: they act in the whole page and go before those of the window ---

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Its own events, before they come to it (why not `event`: see the view)."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._action_for(event):
            event.accept()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action_for(event)
        if action is None:
            super().keyPressEvent(event)
        elif action is self.canvas_commands.compare:
            self.view.set_comparing(True)
        elif action is self.canvas_commands.swap:
            self._hold_swap(event)
        else:
            action.trigger()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.isAutoRepeat():
            return
        if key == Qt.Key.Key_Backslash:
            self.view.set_comparing(False)
        elif key == Qt.Key.Key_X:
            self._release_swap()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.view.set_comparing(False)
        super().focusOutEvent(event)

    def _action_for(self, event: QKeyEvent) -> QAction | None:
        """The command whose keys these are, if it can act now."""
        if not self.view.has_canvas:
            return None
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():  # with a candidate there, that one is meant
            return None if self.view.is_covered else self.canvas_commands.clear_mask
        pressed = (QKeySequence(event.keyCombination()), _sign(event))
        for action in self.canvas_commands.all:
            if action.isEnabled() and any(shortcut in pressed for shortcut in action.shortcuts()):
                return action
        return None

    def _hold_swap(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self.view.toolbox.swap_brush_and_eraser()
            self._edited_while_held = False
            self._swap_held.start()

    def _release_swap(self) -> None:
        if not self._swap_held.isValid():
            return
        was_held = self._edited_while_held or self._swap_held.elapsed() > _HELD_FROM_MS
        self._swap_held.invalidate()
        if was_held:
            self.view.toolbox.choose_previous()

    def _place_foot(self) -> None:
        if self._foot is not None:
            height = self._foot.height()
            self._foot.setGeometry(0, self.height() - height, self.width(), height)
            self._foot.raise_()

    # --- connections ---

    def _connect_tools(self) -> None:
        view, bar = self.view, self.tool_bar
        for name, action in self.canvas_commands.tools.items():
            action.triggered.connect(partial(self._use_tool, name))
        view.toolbox.chosen_changed.connect(bar.show_tool)
        view.edited.connect(self._follow_edit)
        view.look_changed.connect(self._follow_look)
        view.covered_changed.connect(self._follow_canvas)
        view.margins_changed.connect(lambda: bar.show_margins(self._extend_tool().margins))
        view.comparing_changed.connect(self.canvas_commands.compare.setChecked)
        view.menu_requested.connect(self._show_menu)
        bar.typed.connect(view.setFocus)
        bar.compare_held.connect(view.set_comparing)
        bar.margins_typed.connect(self._set_margins)
        bar.margins_applied.connect(lambda: self._extend_tool().confirm())
        bar.margins_applied.connect(view.setFocus)  # the button is disabled now, and would pass it on to the next

    def _connect_commands(self) -> None:
        commands, view, options = self.canvas_commands, self.view, self.options
        acts: tuple[tuple[QAction, Callable[[], object]], ...] = (
            (commands.swap, view.toolbox.swap_brush_and_eraser),
            (commands.smaller, lambda: options.step_diameter(-1)),
            (commands.larger, lambda: options.step_diameter(1)),
            (commands.softer, lambda: options.step_hardness(-1)),
            (commands.harder, lambda: options.step_hardness(1)),
            (commands.choose_colour, self._choose_brush_colour),
            (commands.undo, view.undo),
            (commands.redo, view.redo),
            (commands.invert, lambda: self._change_mask(selection.inverted, tr("Invert the mask"))),
            (commands.mask_all, lambda: self._change_mask(_full, tr("Mask everything"))),
            (commands.clear_mask, lambda: self._change_mask(_empty, tr("Clear the mask"))),
            (commands.grow, lambda: self._change_mask(lambda m: selection.grown(m, GROW_BY), tr("Grow the mask"))),
            (commands.shrink, lambda: self._change_mask(lambda m: selection.shrunk(m, GROW_BY), tr("Shrink the mask"))),
            (
                commands.feather,
                lambda: self._change_mask(lambda m: selection.feathered(m, FEATHER_BY), tr("Feather the mask")),
            ),
            (commands.fill_holes, lambda: self._change_mask(selection.filled_holes, tr("Fill holes in the mask"))),
            (commands.mask_colour, self._choose_mask_colour),
            (commands.next_style, self._next_style),
            (commands.compare, lambda: view.set_comparing(not view.comparing)),
            (commands.zoom_in, view.sight.zoom_in),
            (commands.zoom_out, view.sight.zoom_out),
            (commands.fit, view.sight.fit),
            (commands.actual_size, view.actual_size),
            (commands.close, self.close_requested.emit),
        )
        for action, act in acts:
            action.triggered.connect(partial(_call, act))
        for style, action in commands.styles.items():
            action.triggered.connect(partial(self._set_style, style))

    def _use_tool(self, name: ToolName) -> None:
        self.view.toolbox.choose(name)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _change_mask(self, change: Callable[[MaskPixels], MaskPixels], label: str) -> None:
        if self.view.has_canvas:
            self.view.toolbox.leave()
            canvas = self.view.canvas
            self.view.changed(canvas.set_mask(change(canvas.mask), label), LayerName.MASK, done=True)

    def _set_style(self, style: MaskStyle) -> None:
        self.view.set_mask_look(MaskLook(style, self.view.mask_look.colour))

    def _next_style(self) -> None:
        styles = list(MaskStyle)
        self._set_style(styles[(styles.index(self.view.mask_look.style) + 1) % len(styles)])

    def _choose_brush_colour(self) -> None:
        chosen = QColorDialog.getColor(QColor(*self.options.colour), self, tr("Brush colour"))
        if chosen.isValid():
            self.options.set_colour(chosen.red(), chosen.green(), chosen.blue())

    def _choose_mask_colour(self) -> None:
        now = QColor(self.view.mask_look.colour or current_tokens().accent)
        chosen = QColorDialog.getColor(now, self, tr("Colour of the mask"))
        if chosen.isValid():
            self.view.set_mask_look(MaskLook(MaskStyle.COLOUR, chosen.name()))

    def _show_menu(self, place: QPoint) -> None:
        menu = self.tool_bar.mask_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _extend_tool(self) -> Extend:
        tool = self.view.toolbox.all[ToolName.EXTEND]
        assert isinstance(tool, Extend)
        return tool

    def _set_margins(self, margins: Margins) -> None:
        if self.view.has_canvas:
            self._extend_tool().set_margins(margins)
            self.tool_bar.show_margins(self._extend_tool().margins)

    def _follow_edit(self) -> None:
        self._edited_while_held = True
        self._follow_canvas()

    def _follow_canvas(self) -> None:
        commands = self.canvas_commands
        canvas = self.view.canvas if self.view.has_canvas else None
        free_to_look = {*commands.for_view, commands.close, commands.tools[ToolName.HAND]}
        for action in commands.all:
            action.setEnabled(canvas is not None and (action in free_to_look or not self.view.is_covered))
        for action, verb, nothing, label in (
            (commands.undo, tr("Undo"), tr("nothing to undo"), canvas.undo_label if canvas else None),
            (commands.redo, tr("Redo"), tr("nothing to redo"), canvas.redo_label if canvas else None),
        ):
            action.setEnabled(label is not None and not self.view.is_covered)
            keys = keys_text(action.shortcut())
            action.setToolTip(f"{verb}: {label or nothing}  ({keys})")

    def _follow_look(self) -> None:
        self.canvas_commands.styles[self.view.mask_look.style].setChecked(True)


def _call(act: Callable[[], object], *_: object) -> None:
    """`triggered` tells whether it is checked: nobody asked."""
    act()


def _sign(event: QKeyEvent) -> QKeySequence:
    """The sign that was typed, on whatever key the keyboard has it; letters and keys with Ctrl or Alt are none."""
    with_ctrl_or_alt = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    is_sign = event.text().isprintable() and not event.text().isalpha() and not with_ctrl_or_alt
    return QKeySequence(event.text()) if is_sign else QKeySequence()


def _full(mask: MaskPixels) -> MaskPixels:
    import numpy as np

    return np.full_like(mask, 255)


def _empty(mask: MaskPixels) -> MaskPixels:
    import numpy as np

    return np.zeros_like(mask)
