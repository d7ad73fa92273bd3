"""Settings that are looked at now and then: they open below their button in the tool bar."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSpinBox, QWidget

from studio.core.language import tr
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.canvas.tools.extend import LARGEST_SIDE, MULTIPLE, Margins
from studio.ui.controls import label
from studio.ui.glossary import Entry
from studio.ui.number_field import NumberField
from studio.ui.popup import Popup
from studio.ui.theme import px

_HARDNESS = Entry(
    tr("Hardness"),
    "",
    tr("100 % has a sharp edge, 0 % fades from the centre outwards."),
    tr("Keys: Shift with [ and ]"),
)
_OPACITY = Entry(
    tr("Opacity"),
    "",
    tr("How strongly one stroke covers; a grey mask is changed only in part."),
    tr("Of a whole stroke"),
)


class BrushPopover(Popup):
    """Hardness and opacity of the brush."""

    def __init__(self, options: ToolOptions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Hardness and opacity of the brush"))
        self._options = options
        self.hardness = _percent(_HARDNESS, lowest=0)
        self.opacity = _percent(_OPACITY, lowest=1)
        grid = QGridLayout(self)
        grid.setContentsMargins(px(16), px(12), px(16), px(12))
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        for row, (text, number) in enumerate(((tr("Hardness %"), self.hardness), (tr("Opacity %"), self.opacity))):
            number.slider.setMinimumWidth(px(120))
            grid.addWidget(label(text), row, 0)
            grid.addWidget(number.slider, row, 1)
            grid.addWidget(number.field, row, 2)
        self.setFocusProxy(self.hardness.slider)
        self.hardness.changed.connect(self._take_hardness)
        self.opacity.changed.connect(self._take_opacity)
        options.changed.connect(self._follow)
        self._follow()

    def _take_hardness(self, percent: float) -> None:
        self._options.set_hardness(percent / 100)

    def _take_opacity(self, percent: float) -> None:
        self._options.set_opacity(percent / 100)

    def _follow(self) -> None:
        self.hardness.set_value(round(self._options.hardness * 100))
        self.opacity.set_value(round(self._options.opacity * 100))


_SIDES = {
    "left": (tr("Left"), tr("Pixels to add at the left")),
    "top": (tr("Top"), tr("Pixels to add at the top")),
    "right": (tr("Right"), tr("Pixels to add at the right")),
    "bottom": (tr("Bottom"), tr("Pixels to add at the bottom")),
}


class MarginsPopover(Popup):
    """Pixels to be added at each side of the frame.

    Signals:
        changed(Margins)
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Sides of the frame"))
        self.fields = {side: _side_field(told) for side, (_, told) in _SIDES.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(12), px(16), px(12))
        row.setSpacing(px(8))
        for side, field in self.fields.items():
            row.addWidget(label(_SIDES[side][0], "muted"))
            row.addWidget(field)
            field.valueChanged.connect(self._emit)
        self.setFocusProxy(self.fields["left"])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fields["left"].selectAll()  # what is typed takes its place: 64 before a 0 would be 640

    def show_margins(self, margins: Margins) -> None:
        for side, field in self.fields.items():
            field.blockSignals(True)
            field.setValue(getattr(margins, side))
            field.blockSignals(False)

    def _emit(self) -> None:
        self.changed.emit(Margins(**{side: field.value() for side, field in self.fields.items()}))


def _percent(entry: Entry, *, lowest: int) -> NumberField:
    return NumberField(
        entry,
        default=100,
        lowest=lowest,
        highest=100,
        slider_lowest=lowest,
        slider_highest=100,
        step=10,
        fine_step=1,
        decimals=0,
    )


def _side_field(told: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(0, LARGEST_SIDE)
    field.setSingleStep(MULTIPLE)
    field.setSuffix(tr(" px"))
    field.setFixedSize(px(72), px(32))
    field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    field.setKeyboardTracking(False)  # or each typed digit would be rounded to a multiple
    field.setAccessibleName(told)
    field.setToolTip(tr("{side}, in steps of {multiple}", side=told, multiple=MULTIPLE))
    return field
