"""Which model draws: a list of those that are installed, and the way to more."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from studio.core.checkpoint import Checkpoint
from studio.core.errors import RequestField
from studio.core.family import family_traits
from studio.core.language import tr
from studio.ui import glossary
from studio.ui.controls import describe
from studio.ui.setting_rows import SettingRows

_MOST_VISIBLE = 16
_MANAGE = tr("Manage models…")


class ModelPanel(QWidget):
    """One row at the top of the left side.

    Signals:
        chosen(Checkpoint): the user wants this model.
        refresh_asked(): the list is about to be opened; it may be out of date.
        manage_requested()
        help_asked(Entry, QWidget)
    """

    chosen = Signal(object)
    refresh_asked = Signal()
    manage_requested = Signal()
    help_asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._installed: tuple[Checkpoint, ...] = ()
        self._current: Checkpoint | None = None
        self.choice = _ModelChoice()
        self.choice.about_to_open.connect(self.refresh_asked)
        self.choice.activated.connect(self._on_activated)
        rows = SettingRows()
        rows.add_row(tr("Model"), glossary.MODEL, self.choice, field=RequestField.MODEL)
        rows.help_asked.connect(self.help_asked)
        self._rows = rows
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(rows)

    @property
    def installed(self) -> tuple[Checkpoint, ...]:
        """Those that were offered last."""
        return self._installed

    def offer(self, installed: Sequence[Checkpoint]) -> None:
        """These models can be chosen. The current one stays, also when it is not among them."""
        self._installed = tuple(installed)
        self._fill()

    def show_current(self, checkpoint: Checkpoint) -> None:
        self._current = checkpoint
        self._fill()

    def show_fault(self, field: RequestField, text: str) -> bool:
        """Say what is wrong, below the row. False if the fault is not about the model."""
        return self._rows.show_fault(field, text)

    def clear_faults(self) -> None:
        self._rows.clear_faults()

    def _fill(self) -> None:
        current, choice = self._current, self.choice
        missing = (current,) if current and current.path not in {one.path for one in self._installed} else ()
        self._installed = (*missing, *self._installed)
        choice.clear()
        for checkpoint in self._installed:
            choice.addItem(checkpoint.name)
            choice.setItemData(choice.count() - 1, _about(checkpoint), Qt.ItemDataRole.ToolTipRole)
        choice.insertSeparator(choice.count())
        choice.addItem(_MANAGE)
        self._show_current_row()

    def _show_current_row(self) -> None:
        if self._current is not None:
            row = next(i for i, one in enumerate(self._installed) if one.path == self._current.path)
            self.choice.setCurrentIndex(row)
            describe(self.choice, glossary.MODEL)
            self.choice.setToolTip(_about(self._current))

    def _on_activated(self, row: int) -> None:
        if row < len(self._installed):
            if self._installed[row] != self._current:
                self.chosen.emit(self._installed[row])
        else:
            self._show_current_row()
            self.manage_requested.emit()


class _ModelChoice(QComboBox):
    """Signals: about_to_open()."""

    about_to_open = Signal()

    def __init__(self) -> None:
        super().__init__()
        describe(self, glossary.MODEL)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setMaxVisibleItems(_MOST_VISIBLE)

    def showPopup(self) -> None:
        self.about_to_open.emit()
        super().showPopup()


def _about(checkpoint: Checkpoint) -> str:
    facts = f"{checkpoint.name}  ·  {family_traits(checkpoint.family).label}"
    return f"{facts}\n{tr(checkpoint.good_at)}" if checkpoint.good_at else facts
