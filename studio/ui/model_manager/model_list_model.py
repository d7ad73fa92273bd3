"""The rows of the list of models, filtered by words and by where the models are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.ui.model_manager.model_row import ModelRow

ROW = Qt.ItemDataRole.UserRole

_ROOT = QModelIndex()


class Shown(StrEnum):
    """Which models are listed."""

    ALL = "all"
    HERE = "here"
    TO_DOWNLOAD = "to_download"
    COMING = "coming"

    def takes(self, row: ModelRow) -> bool:
        match self:
            case Shown.ALL:
                return True
            case Shown.HERE:
                return row.state.is_here
            case Shown.TO_DOWNLOAD:
                return not row.state.is_here and not row.state.is_coming
            case Shown.COMING:
                return row.state.is_coming


class ModelListModel(QAbstractListModel):
    """Holds all rows and offers those that match; a row that changes alone is announced alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[ModelRow, ...] = ()
        self._searched: tuple[str, ...] = ()  # of each row: made once, not with each letter that is typed
        self._counts = dict.fromkeys(Shown, 0)
        self._matching: list[ModelRow] = []
        self._words: tuple[str, ...] = ()
        self._shown = Shown.ALL

    def set_rows(self, rows: Sequence[ModelRow]) -> None:
        self._all = tuple(rows)
        self._searched = tuple(row.searched for row in rows)
        self._counts = {shown: sum(map(shown.takes, rows)) for shown in Shown}
        self._filter()

    def set_search(self, text: str) -> None:
        """Every word must occur in a row."""
        self._words = tuple(text.casefold().split())
        self._filter()

    @property
    def shown(self) -> Shown:
        return self._shown

    def set_shown(self, shown: Shown) -> None:
        self._shown = shown
        self._filter()

    def update_progress(self, key: str, progress: float | None, text: str) -> None:
        """A download went on: only its row is drawn anew."""
        self._all = tuple(_with_progress(row, key, progress, text) for row in self._all)
        number = self.number_of(key)
        if number is not None:
            self._matching[number] = _with_progress(self._matching[number], key, progress, text)
            index = self.index(number)
            self.dataChanged.emit(index, index)

    def row(self, number: int) -> ModelRow:
        return self._matching[number]

    def number_of(self, key: str) -> int | None:
        """Where the row is among those that match."""
        return next((number for number, row in enumerate(self._matching) if row.key == key), None)

    def count(self, shown: Shown) -> int:
        """How many rows there are of this kind, whatever is searched for."""
        return self._counts[shown]

    # --- Qt ---

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._matching)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._matching[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.name, row.summary, row.state_text, row.progress_text) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.fault or row.sentence
        return None

    def _filter(self) -> None:
        self.beginResetModel()
        self._matching = [
            row
            for row, searched in zip(self._all, self._searched, strict=True)
            if self._shown.takes(row) and all(word in searched for word in self._words)
        ]
        self.endResetModel()


def _with_progress(row: ModelRow, key: str, progress: float | None, text: str) -> ModelRow:
    return replace(row, progress=progress, progress_text=text) if row.key == key else row
