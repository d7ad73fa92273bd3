"""The grids that were made or begun: gone on with, stopped, looked at, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from studio.core.grid import GridId
from studio.core.language import tr, trn
from studio.ui.controls import fit_height_to_rows, section
from studio.ui.theme import px

_MOST_ROWS = 4
_STATE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class GridState:
    """How far a grid is. `has_sheet`: its labelled picture was made; `has_measures`: so was a curve of its steps."""

    id: GridId
    name: str
    made: int
    count: int
    is_queued: bool
    has_sheet: bool
    has_measures: bool = False

    @property
    def text(self) -> str:
        return f"{self.name}   ·   {self._progress}"

    @property
    def _progress(self) -> str:
        if self.has_sheet:
            return trn("{n} picture", "{n} pictures", self.count)
        if self.is_queued:
            return tr("{made} of {count} so far", made=self.made, count=self.count)
        return tr("{made} of {count} - stopped", made=self.made, count=self.count)


class KeptGrids(QWidget):
    """Hidden while there are none.

    Signals, each with a GridId:
        continue_asked, stop_asked, show_asked, curve_asked, forget_asked
    """

    continue_asked = Signal(object)
    stop_asked = Signal(object)
    show_asked = Signal(object)
    curve_asked = Signal(object)
    forget_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Earlier grids"))
        self.rows.setToolTip(tr("Grids that were made or begun, the newest first"))
        self.rows.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.go_on = self._button(tr("Continue"), tr("Make the pictures that are missing"), self.continue_asked)
        self.stop = self._button(
            tr("Stop"), tr("Take what waits out of the queue; it can be continued"), self.stop_asked
        )
        self.look = self._button(tr("Show"), tr("Look at the labelled picture"), self.show_asked)
        self.curve = self._button(tr("Curve"), tr("See what more steps gave, as it was measured"), self.curve_asked)
        self.forget = self._button(tr("Forget"), tr("Take it out of this list; its pictures stay"), self.forget_asked)
        self._lay_out()
        self.rows.currentItemChanged.connect(self._follow_row)
        self.show_grids(())

    def show_grids(self, grids: Sequence[GridState]) -> None:
        """The newest first; the selected one stays selected."""
        selected = self._selected()
        self.rows.clear()
        for state in grids:
            item = QListWidgetItem(state.text)
            item.setToolTip(state.text)
            item.setData(_STATE, state)
            self.rows.addItem(item)
            if selected is not None and state.id == selected.id:
                self.rows.setCurrentItem(item)
        if grids and self.rows.currentRow() < 0:
            self.rows.setCurrentRow(0)
        self.setVisible(bool(grids))
        if grids:
            fit_height_to_rows(self.rows, _MOST_ROWS)
        self._follow_row()

    def _selected(self) -> GridState | None:
        item = self.rows.currentItem()
        return item.data(_STATE) if item is not None else None  # pyright: ignore[reportUnnecessaryComparison]

    def _follow_row(self, *_: object) -> None:
        state = self._selected()
        unfinished = state is not None and not state.has_sheet
        is_queued = state is not None and state.is_queued
        self.go_on.setVisible(unfinished and not is_queued)
        self.stop.setVisible(unfinished and is_queued)
        self.look.setVisible(state is not None and state.has_sheet)
        self.curve.setVisible(state is not None and state.has_measures)
        self.forget.setVisible(state is not None and not is_queued)

    def _button(self, text: str, tip: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(partial(self._ask, asked.emit))
        return button

    def _ask(self, ask: Callable[[GridId], None], _checked: bool = False) -> None:
        state = self._selected()
        if state is not None:
            ask(state.id)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        for button in (self.go_on, self.stop, self.look, self.curve, self.forget):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(4), 0, 0)
        column.setSpacing(px(8))
        column.addWidget(section(tr("Earlier grids")))
        column.addWidget(self.rows)
        column.addLayout(buttons)
