"""Settings one below the other: a name, its controls, a "?", and room for a fault below each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QLabel, QWidget

from studio.core.errors import RequestField
from studio.core.language import tr
from studio.ui.controls import HelpButton, label
from studio.ui.glossary import Entry
from studio.ui.theme import px

_LONG_NAMES = (
    tr("CFG scale"),
    tr("Rescale"),
    tr("Sampler"),
    tr("Schedule"),
    tr("Clip skip"),
    tr("Soft edge"),
    tr("Padding"),
)


class SettingRows(QGridLayout):
    """A grid whose columns line up with those of every other one.

    Signals:
        help_asked(Entry, QWidget): show the card of the entry beside this button.
    """

    help_asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._faults: dict[RequestField, QLabel] = {}
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(px(8))
        self.setVerticalSpacing(px(8))
        self.setColumnStretch(1, 1)
        self.setColumnMinimumWidth(0, _name_width())

    def add_row(self, name: str, entry: Entry, *controls: QWidget, field: RequestField | None = None) -> None:
        """`field` is the part of the request that the row is about: its faults are shown below the row."""
        row = self.rowCount()
        self.addWidget(_name_label(name, controls[0]), row, 0)
        self.addLayout(_side_by_side(controls), row, 1)
        self.addWidget(self._help_button(entry), row, 2)
        if field is not None:
            self._faults[field] = self._fault_label(row + 1)

    def add_note(self, note: QWidget) -> None:
        """A line below the controls of the last row that says what they come to."""
        self.addWidget(note, self.rowCount(), 1, 1, 2)

    def show_fault(self, field: RequestField, text: str) -> bool:
        """Say what is wrong below the row of `field`. False if no row is about it."""
        fault = self._faults.get(field)
        if fault is None:
            return False
        fault.setText(text)
        fault.show()
        return True

    def clear_faults(self) -> None:
        for fault in self._faults.values():
            fault.hide()

    def _help_button(self, entry: Entry) -> HelpButton:
        button = HelpButton(entry)
        button.asked.connect(self.help_asked)
        return button

    def _fault_label(self, row: int) -> QLabel:
        fault = label("", "fault")
        fault.setWordWrap(True)
        fault.hide()
        self.addWidget(fault, row, 1, 1, 2)
        return fault


def _name_width() -> int:
    """Of the longest name of all: each grid would measure its own, and they would not line up."""
    font = QFont(QApplication.font())
    font.setPixelSize(px(13))
    metrics = QFontMetrics(font)
    return max(px(68), *(metrics.horizontalAdvance(name) for name in _LONG_NAMES))


def _name_label(name: str, control: QWidget) -> QLabel:
    name_label = label(name)
    name_label.setBuddy(control)
    name_label.setToolTip(control.toolTip())
    return name_label


def _side_by_side(controls: tuple[QWidget, ...]) -> QHBoxLayout:
    """The first one takes the room that is left."""
    box = QHBoxLayout()
    box.setSpacing(px(8))
    for position, control in enumerate(controls):
        box.addWidget(control, 1 if position == 0 else 0)
    return box
