"""The list of names below the caret. It never has the focus: typing goes on."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.ui.controls import fit_height_to_rows
from studio.ui.theme import px

_MOST_ROWS = 8
_WIDTH = 264


class SuggestionList(QFrame):
    """Lies over the window of `field`, to which the keys go.

    Signals:
        chosen(str): a name was clicked.
    """

    chosen = Signal(str)

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field
        self.setObjectName("popup")
        self.setAccessibleName("Suggestions")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName("Names that fit")
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.itemClicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(4), px(4), px(4), px(4))
        column.addWidget(self.rows)
        self.hide()

    @property
    def is_open(self) -> bool:
        return self.isVisible()

    @property
    def current(self) -> str | None:
        """The name that Enter takes; None while none is chosen."""
        row = self.rows.currentRow()
        return self.rows.item(row).text() if row >= 0 else None

    def offer(self, names: tuple[str, ...], caret: QRect, *, first_is_current: bool) -> None:
        """Show these names below `caret`, a place in the field; hide where there are none."""
        if not names:
            self.hide()
            return
        self.rows.clear()
        self.rows.addItems(names)
        for row, name in enumerate(names):
            self.rows.item(row).setToolTip(name)
        self.rows.setCurrentRow(0 if first_is_current else -1)
        self._stand_at(caret)

    def move_by(self, rows: int) -> None:
        """Choose another name, around the ends for single steps."""
        count, row = self.rows.count(), self.rows.currentRow()
        if abs(rows) == 1:
            row = (row + rows) % count if row >= 0 else (0 if rows > 0 else count - 1)
        else:
            row = max(0, min(row + rows, count - 1))
        self.rows.setCurrentRow(row)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.text())

    def _stand_at(self, caret: QRect) -> None:
        """Below the caret, or above it where there is no room; never beyond the window's edge."""
        window = self._field.window()
        if self.parent() is not window:
            self.setParent(window)
        self.setFixedWidth(min(px(_WIDTH), window.width()))
        fit_height_to_rows(self.rows, _MOST_ROWS)
        self.setFixedHeight(self.rows.height() + 2 * px(4))
        below = self._field.mapTo(window, caret.bottomLeft()) + QPoint(0, px(4))
        if below.y() + self.height() > window.height():
            below.setY(self._field.mapTo(window, caret.topLeft()).y() - px(4) - self.height())
        below.setX(max(0, min(below.x(), window.width() - self.width())))
        self.move(below)
        self.show()
        self.raise_()
