"""Above the list: the names of its columns. A click sorts by one, as the button beside the search does."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from studio.core.language import tr
from studio.gallery.search.sql import PictureOrder
from studio.ui.controls import label
from studio.ui.gallery.list_columns import Column, columns_for
from studio.ui.gallery.order_names import ORDER_NAMES
from studio.ui.theme import px

_HEIGHT = 28
_INSET = 6
"""Between the frame of a button and its text, as in the style sheet."""
_ORDERS = {
    Column.MODEL: (PictureOrder.MODEL,),
    Column.SIZE: (PictureOrder.LARGEST,),
    Column.SEED: (PictureOrder.SEED,),
    Column.RATING: (PictureOrder.BEST_RATED,),
    Column.DATE: (PictureOrder.NEWEST, PictureOrder.OLDEST),
}
"""Of which the next one comes with each click."""
_ARROWS = dict.fromkeys(PictureOrder, "▾") | dict.fromkeys(
    (PictureOrder.OLDEST, PictureOrder.SEED, PictureOrder.MODEL), "▴"
)


class ListHeader(QWidget):
    """
    Signals:
        order_chosen(PictureOrder)
    """

    order_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Columns of the list"))
        self.setFixedHeight(px(_HEIGHT))
        self._order = PictureOrder.NEWEST
        self._row_height = 0
        self._width = 0
        self.columns: dict[Column, QPushButton | QLabel] = {}
        for column in Column:
            if column is not Column.PICTURE:
                self.columns[column] = self._button(column) if column in _ORDERS else label(column.value, "muted")
                self.columns[column].setParent(self)
        self.show_order(self._order)

    def show_order(self, order: PictureOrder) -> None:
        """An arrow stands at the column that the list is sorted by."""
        self._order = order
        for column, orders in _ORDERS.items():
            button = self.columns[column]
            is_it = order in orders
            button.setText(f"{column.value} {_ARROWS[order]}" if is_it else column.value)
            button.setAccessibleDescription(tr("Sorted: {order}", order=ORDER_NAMES[order]) if is_it else "")
            if isinstance(button, QPushButton):
                button.setChecked(is_it)

    def arrange(self, width: int, row_height: int) -> None:
        """Above rows of this size."""
        self._width, self._row_height = width, row_height
        places = {place.column: place for place in columns_for(width, row_height)}
        for column, widget in self.columns.items():
            widget.setVisible(column in places)
            if column in places:
                place = places[column]
                inset = px(_INSET) if column in _ORDERS else 0  # the text of a button begins inside its frame
                widget.setGeometry(place.left - inset, 0, place.width + inset, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._row_height:
            self.arrange(self._width, self._row_height)

    def _button(self, column: Column) -> QPushButton:
        button = QPushButton()
        button.setObjectName("column")
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(tr("Sort by {column}", column=column.value))
        button.setToolTip(tr("Sort by {column}", column=column.value))
        button.clicked.connect(partial(self._choose, column))
        return button

    def _choose(self, column: Column, _checked: bool = False) -> None:
        orders = _ORDERS[column]
        following = (orders.index(self._order) + 1) % len(orders) if self._order in orders else 0
        self.show_order(orders[following])
        self.order_chosen.emit(orders[following])
