"""The commands of the canvas: name, icon, keys and the sentence in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.mask_look import MaskStyle
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.icons import icon

GROW_BY = 8
FEATHER_BY = 8
"""Pixels of the picture, for each use of the command."""

_TOOLS = {
    ToolName.HAND: ("Hand", "hand", "H", "Move the picture (or hold Space, or the middle button)"),
    ToolName.BRUSH: ("Brush", "brush", "B", "Paint what is to be made new; Shift draws straight lines"),
    ToolName.ERASER: ("Eraser", "eraser", "E", "Take away from the mask; Shift draws straight lines"),
    ToolName.COLOUR_BRUSH: ("Colour brush", "colour_brush", "C", "Paint colour on the picture; Alt takes a colour"),
    ToolName.PICKER: ("Colour picker", "picker", "I", "Take the brush's colour from the picture"),
    ToolName.LASSO: ("Lasso", "lasso", "L", "Draw around an area; Ctrl takes it away"),
    ToolName.POLYGON: ("Polygon", "polygon", "P", "Click corner by corner, Enter closes; Ctrl takes it away"),
    ToolName.RECTANGLE: ("Rectangle", "rectangle", "R", "Shift: a square, Alt: from the centre, Ctrl takes it away"),
    ToolName.ELLIPSE: ("Ellipse", "ellipse", "O", "Shift: a circle, Alt: from the centre, Ctrl takes it away"),
    ToolName.MAGIC_SELECT: ("Magic select", "magic", "W", "Click a colour to mask what has it; Ctrl takes it away"),
    ToolName.FILL_INSIDE: ("Fill inside", "fill", "G", "Click inside a painted outline to fill it; Ctrl empties"),
    ToolName.EXTEND: ("Extend the frame", "extend", "U", "Drag the edges outwards to make the picture larger"),
}
_STYLES = {
    MaskStyle.COLOUR: ("Mask as colour", "See the picture through it"),
    MaskStyle.ANTS: ("Mask as outline", "Marching ants along its edge"),
    MaskStyle.ALONE: ("Mask alone", "White is made new, black stays"),
}


class CanvasCommands:
    """All QActions of the canvas, owned by `page`: their keys act only while the focus is in it."""

    def __init__(self, page: QWidget) -> None:
        self._page = page
        command = self._command
        self.tools = self._tool_commands()
        self.swap = command("Swap brush and eraser", "swap", ("X",), "Hold the key to swap only as long")
        self.smaller = command("Smaller brush", "zoom_out", ("[",), "Make the brush smaller")
        self.larger = command("Larger brush", "zoom_in", ("]",), "Make the brush larger")
        self.softer = command("Softer brush", "feather", ("Shift+[", "{"), "Lower its hardness")
        self.harder = command("Harder brush", "hardness", ("Shift+]", "}"), "Raise its hardness")
        self.choose_colour = command("Brush colour…", "colour_brush", (), "Choose what the colour brush paints with")

        self.undo = command("Undo", "undo", ("Ctrl+Z",), "Take back the last edit of the canvas")
        self.redo = command("Redo", "redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do again what was taken back")

        self.invert = command("Invert the mask", "invert", ("Shift+V", "Ctrl+Shift+I"), "What was kept is made new")
        self.mask_all = command("Mask everything", "select_all", ("Ctrl+A",), "The whole picture is made new")
        self.grow = command("Grow the mask", "grow", ("Ctrl+]",), f"By {GROW_BY} pixels")
        self.shrink = command("Shrink the mask", "shrink", ("Ctrl+[",), f"By {GROW_BY} pixels")
        self.feather = command("Feather the mask", "feather", ("Shift+F",), f"Soften its edge by {FEATHER_BY} pixels")
        self.fill_holes = command("Fill holes in the mask", "holes", ("Shift+G",), "Mask what it encloses")
        self.clear_mask = command("Clear the mask", "trash", ("Shift+C",), "Nothing is made new")
        self.styles = self._style_commands()
        self.mask_colour = command("Colour of the mask…", "theme", (), "What the mask is shown in")
        self.next_style = command("Next look of the mask", "mask", ("M",), "Colour, outline, alone")

        self.compare = command("Compare with the original", "compare", ("\\",), "See it as long as this is held")
        self.compare.setCheckable(True)
        self.zoom_in = command("Zoom in", "zoom_in", ("+", "=", "Ctrl++"), "Or turn the wheel")
        self.zoom_out = command("Zoom out", "zoom_out", ("-", "Ctrl+-"), "Or turn the wheel")
        self.fit = command("Fit the picture", "fit", ("Ctrl+0",), "Show all of it")
        self.actual_size = command("Actual size", "actual_size", ("Ctrl+1",), "100 %: one pixel to one of the screen")
        self.close = command("Close the canvas", "close", (), "Back to the picture; what was painted is kept")

    @property
    def for_mask(self) -> tuple[QAction | None, ...]:
        """The mask's menu; None is a separator."""
        return (
            self.invert,
            self.mask_all,
            self.clear_mask,
            None,
            self.grow,
            self.shrink,
            self.feather,
            self.fill_holes,
            None,
            *self.styles.values(),
            self.mask_colour,
        )

    @property
    def for_view(self) -> tuple[QAction, ...]:
        return (self.zoom_in, self.zoom_out, self.fit, self.actual_size, self.compare)

    @property
    def all(self) -> tuple[QAction, ...]:
        return tuple(self._page.actions())

    def _tool_commands(self) -> dict[ToolName, QAction]:
        group = QActionGroup(self._page)
        commands: dict[ToolName, QAction] = {}
        for name, (text, icon_name, keys, tip) in _TOOLS.items():
            commands[name] = self._command(text, icon_name, (keys,), tip)
            commands[name].setCheckable(True)
            commands[name].setActionGroup(group)
        return commands

    def _style_commands(self) -> dict[MaskStyle, QAction]:
        group = QActionGroup(self._page)
        commands: dict[MaskStyle, QAction] = {}
        for style, (text, tip) in _STYLES.items():
            commands[style] = self._command(text, "mask", (), tip)
            commands[style].setCheckable(True)
            commands[style].setIconVisibleInMenu(False)  # in its place is the mark that tells which one is on
            commands[style].setActionGroup(group)
        return commands

    def _command(self, text: str, icon_name: str, keys: tuple[str, ...], tip: str) -> QAction:
        action = QAction(icon(icon_name), text, self._page)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{text}: {tip}" + (f"  ({shown})" if shown else ""))
        action.setIconVisibleInMenu(True)
        self._page.addAction(action)
        return action
