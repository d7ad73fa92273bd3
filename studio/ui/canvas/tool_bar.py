"""The bar over the canvas: its tools, what they are set to, and what is done with the mask."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QMenu,
    QPushButton,
    QSlider,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from studio.core.language import tr
from studio.ui.canvas.canvas_commands import CanvasCommands
from studio.ui.canvas.margins_button import MarginsButton
from studio.ui.canvas.popovers import BrushPopover, MarginsPopover
from studio.ui.canvas.tool_options import LARGEST_BRUSH, ToolOptions
from studio.ui.canvas.tools.extend import Margins
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.controls import action_button, icon_button, name_in, offer_menu
from studio.ui.elided_label import ElidedLabel
from studio.ui.theme import current_tokens, px

_SLIDER_STEPS = 200
_FOLDS_FIRST = (
    ToolName.PICKER,
    ToolName.POLYGON,
    ToolName.FILL_INSIDE,
    ToolName.HAND,
    ToolName.ELLIPSE,
    ToolName.EXTEND,
    ToolName.MAGIC_SELECT,
    ToolName.COLOUR_BRUSH,
)
"""What goes into the "more" menu where there is no room for all: tools that a key or another tool also gives."""
_HINTS = {
    ToolName.HAND: tr("Drag to move"),
    ToolName.PICKER: tr("Click a colour"),
    ToolName.LASSO: tr("Ctrl takes away"),
    ToolName.POLYGON: tr("Enter closes it"),
    ToolName.RECTANGLE: tr("Shift makes a square"),
    ToolName.ELLIPSE: tr("Shift makes a circle"),
    ToolName.FILL_INSIDE: tr("Click inside a line"),
}


class ToolBar(QFrame):
    """48 px high; folds tools away where it is narrow, so that nothing is cut.

    Signals:
        compare_held(bool): the compare button is held, or let go.
        margins_typed(Margins): for the extend tool.
        margins_shown(Margins): what it would add.
        margins_applied(): what the extend tool shows is to be done.
        typed(): a number was typed and confirmed with Enter.
    """

    compare_held = Signal(bool)
    margins_typed = Signal(object)
    margins_shown = Signal(object)
    margins_applied = Signal()
    typed = Signal()

    def __init__(self, commands: CanvasCommands, options: ToolOptions) -> None:
        super().__init__()
        self.setObjectName("toolBar")
        self.setAccessibleName(tr("Canvas tools"))
        self.setFixedHeight(px(48))
        self._commands = commands
        self._options = options
        self.tool_buttons = {name: _bar_button(action) for name, action in commands.tools.items()}
        self.size_slider, self.size_field = _size_controls()
        self.swatch = _Swatch(commands.choose_colour)
        self.tolerance_slider, self.tolerance_field = _tolerance_controls()
        self.contiguous = icon_button(
            "holes", tr("Only what hangs together with the place that is clicked"), tr("Contiguous")
        )
        self.brush_button = icon_button("hardness", tr("Hardness and opacity of the brush"), tr("Hardness and opacity"))
        self.margins_button = MarginsButton()
        self.apply_margins = QPushButton(tr("Extend"))
        self.mask_button = icon_button("mask", tr("The mask: invert, grow, shrink, how it is shown …"), tr("Mask"))
        self.compare_button = icon_button("compare", commands.compare.toolTip(), commands.compare.text())
        self.more_button = icon_button("more", tr("More tools"), tr("More tools"))
        self._more_menu = QMenu(self)
        self._hint = ElidedLabel("", "muted")
        self._margins = Margins()
        self._settings = QStackedWidget()
        self._row = QHBoxLayout(self)
        self._lay_out()
        self._connect()
        self._follow_options()

    def show_tool(self, name: ToolName) -> None:
        """The settings of this tool take the place of the last one's."""
        self._commands.tools[name].setChecked(True)
        pages = {
            ToolName.BRUSH: 0,
            ToolName.ERASER: 0,
            ToolName.COLOUR_BRUSH: 0,
            ToolName.MAGIC_SELECT: 1,
            ToolName.EXTEND: 2,
        }
        self._settings.setCurrentIndex(pages.get(name, 3))
        self.swatch.setVisible(name is ToolName.COLOUR_BRUSH)
        self._hint.set_text(_HINTS.get(name, ""))
        self.more_button.setChecked(name in self.folded_tools)

    def show_margins(self, margins: Margins) -> None:
        """What the extend tool would add."""
        self._margins = margins
        self.margins_button.show_margins(margins)
        self.apply_margins.setEnabled(not margins.is_empty)
        self.margins_shown.emit(margins)

    @property
    def folded_tools(self) -> tuple[ToolName, ...]:
        """Those in the "more" menu."""
        return tuple(name for name, button in self.tool_buttons.items() if button.isHidden())

    def minimumSizeHint(self) -> QSize:
        """Narrow: tools fold away."""
        return QSize(px(400), px(48))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel changes a number only when that has the focus."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fold()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fold()

    def _lay_out(self) -> None:
        row = self._row
        row.setContentsMargins(px(8), 0, px(8), 0)
        row.setSpacing(px(2))
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        for button in self.tool_buttons.values():
            row.addWidget(button)
        row.addSpacing(px(6))
        for page in (
            _page(self.size_slider, self.size_field, self.swatch, self.brush_button),
            _page(self.tolerance_slider, self.tolerance_field, self.contiguous),
            _page(self.margins_button, self.apply_margins),
            _page(self._hint),
        ):
            self._settings.addWidget(page)
        self._settings.setMinimumWidth(px(168))  # the same for every tool: nothing jumps when another one is taken
        self._settings.setMaximumWidth(px(260))
        row.addWidget(self._settings, 1000)
        row.addStretch(1)
        row.addWidget(self.more_button)
        row.addWidget(self.mask_button)
        row.addWidget(self.compare_button)
        for action in (self._commands.undo, self._commands.redo, self._commands.close):
            row.addWidget(_bar_button(action))
        for button in (
            self.more_button,
            self.mask_button,
            self.compare_button,
            self.brush_button,
            self.contiguous,
            self.apply_margins,
        ):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more_button.setCheckable(True)
        self.contiguous.setCheckable(True)
        self.apply_margins.setToolTip(tr("Make the picture larger  (Enter)"))
        self.show_margins(Margins())

    def _connect(self) -> None:
        options = self._options
        options.changed.connect(self._follow_options)
        self.size_slider.valueChanged.connect(self._take_size)
        self.size_field.valueChanged.connect(options.set_diameter)
        self.tolerance_slider.valueChanged.connect(options.set_tolerance)
        self.tolerance_field.valueChanged.connect(options.set_tolerance)
        for field in (self.size_field, self.tolerance_field):
            field.lineEdit().returnPressed.connect(self.typed)
        for control in (self.size_slider, self.size_field, self.tolerance_slider, self.tolerance_field):
            control.installEventFilter(self)
        self.contiguous.toggled.connect(options.set_contiguous)
        self.brush_button.clicked.connect(lambda: _show_below(self._brush_popover, self.brush_button))
        self.margins_button.clicked.connect(lambda: _show_below(self._margins_popover, self.margins_button))
        self.apply_margins.clicked.connect(self.margins_applied)
        self.compare_button.pressed.connect(lambda: self.compare_held.emit(True))
        self.compare_button.released.connect(lambda: self.compare_held.emit(False))
        offer_menu(self.mask_button, self.mask_menu())
        offer_menu(self.more_button, self._more_menu)

    @cached_property
    def _brush_popover(self) -> BrushPopover:
        return BrushPopover(self._options, self)

    @cached_property
    def _margins_popover(self) -> MarginsPopover:
        popover = MarginsPopover(self)
        popover.show_margins(self._margins)
        popover.changed.connect(self.margins_typed)
        self.margins_shown.connect(popover.show_margins)
        return popover

    def mask_menu(self) -> QMenu:
        """A new menu with what can be done with the mask."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAccessibleName(tr("Mask"))
        for action in self._commands.for_mask:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        return menu

    def _take_size(self, position: int) -> None:
        self._options.set_diameter(size_at(position))

    def _follow_options(self) -> None:
        """Show what the options are now; setting a control to what it shows already changes nothing."""
        options = self._options
        for control, value in (
            (self.size_slider, position_of(options.diameter)),
            (self.size_field, round(options.diameter)),
            (self.tolerance_slider, options.tolerance),
            (self.tolerance_field, options.tolerance),
        ):
            control.blockSignals(True)
            control.setValue(value)
            control.blockSignals(False)
        self.contiguous.setChecked(options.contiguous)
        self.swatch.set_colour(QColor(*options.colour))

    def _fold(self) -> None:
        """Hide as many tools as must be hidden, those that are missed least first."""
        for button in self.tool_buttons.values():
            button.show()
        self.more_button.hide()
        excess = self._row.totalMinimumSize().width() - self.width()
        folded: list[ToolName] = []
        if excess > 0:
            excess += self.more_button.width() + self._row.spacing()
            for name in _FOLDS_FIRST:
                if excess <= 0:
                    break
                folded.append(name)
                self.tool_buttons[name].hide()
                excess -= self.tool_buttons[name].width() + self._row.spacing()
        self.more_button.setVisible(bool(folded))
        self._more_menu.clear()
        for name, action in self._commands.tools.items():
            if name in folded:
                self._more_menu.addAction(action)
        self.more_button.setChecked(any(self._commands.tools[name].isChecked() for name in folded))


class _Swatch(QToolButton):
    """A button in the colour that the colour brush paints with."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setObjectName("icon")
        self.setDefaultAction(action)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setFixedSize(px(28), px(32))
        self.setAccessibleName(action.text())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.colour = QColor()

    def set_colour(self, colour: QColor) -> None:
        self.colour = colour
        self.setAccessibleDescription(colour.name())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = current_tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(QColor(tokens.accent if marked else tokens.control), 2 if marked else 1))
        painter.setBrush(self.colour)
        side = px(20)
        painter.drawRoundedRect((self.width() - side) // 2, (self.height() - side) // 2, side, side, px(5), px(5))
        painter.end()


def size_at(position: int) -> int:
    """The brush's diameter at this place of the slider: even steps feel even, from 1 to 2000 px."""
    return round(LARGEST_BRUSH ** (position / _SLIDER_STEPS))


def position_of(diameter: float) -> int:
    from math import log

    return round(_SLIDER_STEPS * log(diameter) / log(LARGEST_BRUSH))


def _bar_button(action: QAction) -> QToolButton:
    """A click on it does not take the focus from the canvas; Tab reaches it."""
    button = action_button(action)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _size_controls() -> tuple[QSlider, QSpinBox]:
    return _number(tr("Size of the brush"), 0, _SLIDER_STEPS, 1, LARGEST_BRUSH, tr(" px"))


def _tolerance_controls() -> tuple[QSlider, QSpinBox]:
    return _number(tr("Tolerance: how far a colour may be from the one that is clicked"), 0, 255, 0, 255, "")


def _number(
    name: str, slider_lowest: int, slider_highest: int, lowest: int, highest: int, unit: str
) -> tuple[QSlider, QSpinBox]:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(slider_lowest, slider_highest)
    slider.setMinimumWidth(px(32))
    field = QSpinBox()
    field.setRange(lowest, highest)
    field.setSuffix(unit)
    field.setFixedSize(px(64), px(32))
    field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    title = name_in(name)
    for control in (slider, field):
        control.setToolTip(name)
        control.setAccessibleName(title)
        control.setFocusPolicy(Qt.FocusPolicy.TabFocus if control is slider else Qt.FocusPolicy.StrongFocus)
    return slider, field


def _page(*widgets: QWidget) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(4))
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QSlider | ElidedLabel) else 0)
    return page


def _show_below(popover: QWidget, anchor: QWidget) -> None:
    popover.adjustSize()
    area = anchor.screen().availableGeometry()
    place = anchor.mapToGlobal(QPoint(0, anchor.height() + px(4)))
    place.setX(max(area.left(), min(place.x(), area.right() - popover.width())))
    popover.move(place)
    popover.show()
    popover.setFocus()
