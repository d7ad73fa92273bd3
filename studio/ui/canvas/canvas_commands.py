"""The commands of the canvas: name, icon, keys and the sentence in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.core.language import tr
from studio.ui.canvas.mask_look import MaskStyle
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.icons import icon
from studio.ui.keys import keys_text
from studio.ui.menu_bar import MenuEntries, Submenu

GROW_BY = 8
FEATHER_BY = 8
"""Pixels of the picture, for each use of the command."""

_TOOLS = {
    ToolName.HAND: ("hand", "H", tr("Move the picture (or hold Space, or the middle button)")),
    ToolName.BRUSH: ("brush", "B", tr("Paint what is to be made new; Shift draws straight lines")),
    ToolName.ERASER: ("eraser", "E", tr("Take away from the mask; Shift draws straight lines")),
    ToolName.COLOUR_BRUSH: ("colour_brush", "C", tr("Paint colour on the picture; Alt takes a colour")),
    ToolName.PICKER: ("picker", "I", tr("Take the brush's colour from the picture")),
    ToolName.LASSO: ("lasso", "L", tr("Draw around an area; Ctrl takes it away")),
    ToolName.POLYGON: ("polygon", "P", tr("Click corner by corner, Enter closes; Ctrl takes it away")),
    ToolName.RECTANGLE: ("rectangle", "R", tr("Shift: a square, Alt: from the centre, Ctrl takes it away")),
    ToolName.ELLIPSE: ("ellipse", "O", tr("Shift: a circle, Alt: from the centre, Ctrl takes it away")),
    ToolName.MAGIC_SELECT: ("magic", "W", tr("Click a colour to mask what has it; Ctrl takes it away")),
    ToolName.FILL_INSIDE: ("fill", "G", tr("Click inside a painted outline to fill it; Ctrl empties")),
    ToolName.EXTEND: ("extend", "U", tr("Drag the edges outwards to make the picture larger")),
}
_STYLES = {
    MaskStyle.COLOUR: (tr("Mask as colour"), tr("See the picture through it")),
    MaskStyle.ANTS: (tr("Mask as outline"), tr("Marching ants along its edge")),
    MaskStyle.ALONE: (tr("Mask alone"), tr("White is made new, black stays")),
}


class CanvasCommands:
    """All QActions of the canvas, owned by `page`: their keys act only while the focus is in it."""

    def __init__(self, page: QWidget) -> None:
        self._page = page
        command = self._command
        self.tools = self._tool_commands()
        self.swap = command(tr("Swap brush and eraser"), "swap", ("X",), tr("Hold the key to swap only as long"))
        self.smaller = command(tr("Smaller brush"), "zoom_out", ("[",), tr("Make the brush smaller"))
        self.larger = command(tr("Larger brush"), "zoom_in", ("]",), tr("Make the brush larger"))
        self.softer = command(tr("Softer brush"), "feather", ("Shift+[", "{"), tr("Lower its hardness"))
        self.harder = command(tr("Harder brush"), "hardness", ("Shift+]", "}"), tr("Raise its hardness"))
        self.choose_colour = command(
            tr("Brush colour…"), "colour_brush", (), tr("Choose what the colour brush paints with")
        )

        self.undo = command(tr("Undo"), "undo", ("Ctrl+Z",), tr("Take back the last edit of the canvas"))
        self.redo = command(tr("Redo"), "redo", ("Ctrl+Shift+Z", "Ctrl+Y"), tr("Do again what was taken back"))

        self.invert = command(
            tr("Invert the mask"), "invert", ("Shift+V", "Ctrl+Shift+I"), tr("What was kept is made new")
        )
        self.mask_all = command(tr("Mask everything"), "select_all", ("Ctrl+A",), tr("The whole picture is made new"))
        self.grow = command(tr("Grow the mask"), "grow", ("Ctrl+]",), tr("By {pixels} pixels", pixels=GROW_BY))
        self.shrink = command(tr("Shrink the mask"), "shrink", ("Ctrl+[",), tr("By {pixels} pixels", pixels=GROW_BY))
        self.feather = command(
            tr("Feather the mask"),
            "feather",
            ("Shift+F",),
            tr("Soften its edge by {pixels} pixels", pixels=FEATHER_BY),
        )
        self.fill_holes = command(tr("Fill holes in the mask"), "holes", ("Shift+G",), tr("Mask what it encloses"))
        self.clear_mask = command(tr("Clear the mask"), "trash", ("Shift+C",), tr("Nothing is made new"))
        self.styles = self._style_commands()
        self.mask_colour = command(tr("Colour of the mask…"), "theme", (), tr("What the mask is shown in"))
        self.next_style = command(tr("Next look of the mask"), "mask", ("M",), tr("Colour, outline, alone"))

        self.compare = command(
            tr("Compare with the original"), "compare", ("\\",), tr("See it as long as this is held")
        )
        self.compare.setCheckable(True)
        self.zoom_in = command(tr("Zoom in"), "zoom_in", ("+", "=", "Ctrl++"), tr("Or turn the wheel"))
        self.zoom_out = command(tr("Zoom out"), "zoom_out", ("-", "Ctrl+-"), tr("Or turn the wheel"))
        self.fit = command(tr("Fit the picture"), "fit", ("Ctrl+0",), tr("Show all of it"))
        self.actual_size = command(
            tr("Actual size"), "actual_size", ("Ctrl+1",), tr("100 %: one pixel to one of the screen")
        )
        self.close = command(tr("Close the canvas"), "close", (), tr("Back to the picture; what was painted is kept"))

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
    def for_menu(self) -> MenuEntries:
        """All but `close`; behind few lines, for they are more than a small screen is high."""
        brush = (self.swap, self.smaller, self.larger, self.softer, self.harder, self.choose_colour)
        return (
            self.undo,
            self.redo,
            None,
            Submenu(tr("Tools"), tuple(self.tools.values())),
            Submenu(tr("Brush"), brush),
            Submenu(tr("Mask"), (*self.for_mask, self.next_style)),
            None,
            *self.for_view,
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
        for name, (icon_name, keys, tip) in _TOOLS.items():
            commands[name] = self._command(name.label, icon_name, (keys,), tip)
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
        shown = keys_text(action.shortcut())
        action.setToolTip(f"{text}: {tip}" + (f"  ({shown})" if shown else ""))
        action.setIconVisibleInMenu(True)
        self._page.addAction(action)
        return action
