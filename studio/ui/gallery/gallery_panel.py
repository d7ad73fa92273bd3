"""The right side of the window: the pictures, newest first, and an invitation while there are none."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.core.result import PictureId
from studio.gallery.picture_marks import NO_MARKS, PictureMarks
from studio.gallery.record import PictureRecord
from studio.ui.commands import Commands
from studio.ui.controls import label, section
from studio.ui.gallery.browse_bar import BrowseBar
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.list_header import ListHeader
from studio.ui.gallery.looks import grid, rows
from studio.ui.gallery.picture_items import PictureItems
from studio.ui.gallery.search_bar import SearchBar, SearchRequest
from studio.ui.gallery.thumbnail_cells import GAP
from studio.ui.theme import px


class GalleryPanel(QFrame):
    """A grid of thumbnails with one current picture.

    Signals:
        picture_selected(PictureRecord): the user, or `select`, made this one current.
        nothing_selected()
        menu_requested(QPoint): the context menu at this global position, for the current picture.
    """

    picture_selected = Signal(object)
    nothing_selected = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, model: GalleryModel) -> None:
        super().__init__()
        self.setObjectName("rightSide")
        self.setAccessibleName(tr("Gallery"))
        self._model = model
        self.browse_bar = BrowseBar()
        self._grid = grid(lambda: self.browse_bar.size_of_pictures)
        self._list = rows(lambda: self.browse_bar.size_of_pictures)
        self.view = PictureItems(model, self._grid)
        self.list_header = ListHeader()
        self.view.setAccessibleName(tr("Pictures, newest first"))
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self._announced: PictureRecord | None = None
        self._count = label("", "muted")
        self.search_bar = SearchBar()
        self._nothing_found = _NothingFound()
        self._nothing_found.clear_asked.connect(self.search_bar.clear)
        self._searches = False
        self._invitation = _invitation()
        self._pictures = QWidget()
        self._body = QStackedLayout()
        self._lay_out()
        self._connect_list()
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._show_count)
        self._show_count()

    @property
    def current(self) -> PictureRecord | None:
        """Also while a search hides it: it is still the one that is looked at."""
        index = self.view.currentIndex()
        return self._model.record(index.row()) if index.isValid() else self._announced

    @property
    def selected(self) -> list[PictureId]:
        """In the order in which they were selected; the current one alone while a search hides it."""
        found = [self._model.picture(row) for rows in self._selected_rows() for row in rows]
        if not found and self._announced is not None and not self.view.currentIndex().isValid():
            return [self._announced.id]
        return found

    @property
    def others_selected(self) -> list[PictureRecord]:
        """Those that are selected besides the current one."""
        current = self.view.currentIndex().row()
        rows = (row for rows in self._selected_rows() for row in rows if row != current)
        return [record for record in map(self._model.record, rows) if record is not None]

    @property
    def count_selected(self) -> int:
        """It costs as much as there are pieces of the selection, however many pictures are in them."""
        return sum(len(rows) for rows in self._selected_rows())

    def _selected_rows(self) -> list[range]:
        selection = self.view.selectionModel().selection()
        pieces = [selection.at(place) for place in range(selection.size())]
        return [range(piece.top(), piece.bottom() + 1) for piece in pieces]

    def place_of_current(self) -> QPoint:
        """On the screen: the left edge of the panel, level with the current picture."""
        cell = self.view.visualRect(self.view.currentIndex())
        return QPoint(self.mapToGlobal(QPoint()).x(), self.view.viewport().mapToGlobal(cell.topLeft()).y())

    def marks_of_current(self) -> PictureMarks:
        """What the user did with the current picture."""
        record = self.current
        return NO_MARKS if record is None else self._model.marks(record.id)

    def remembered(self, picture: PictureId) -> QImage:
        """As small as the gallery keeps it; null if it keeps none."""
        return self._model.thumbnails.whole(picture)

    def tell_current_again(self) -> None:
        """What is known of it is another now."""
        record = self.current
        if record is not None and self._announced is not None and record.id == self._announced.id:
            self.picture_selected.emit(record)

    def select(self, picture: PictureId) -> None:
        row = self._model.row_of(picture)
        if row is not None:
            self._make_current(row)

    def stay_at(self, picture: PictureId) -> bool:
        """Make it current, unless it is: what is selected besides it stays so. Whether it is among the pictures."""
        row = self._model.row_of(picture)
        if row is not None and row != self.view.currentIndex().row():
            self._make_current(row)
        return row is not None

    def select_first(self) -> None:
        if self._model.rowCount():
            self._make_current(0)

    def step(self, rows: int) -> None:
        """Make the picture `rows` further (older) current."""
        count = self._model.rowCount()
        if count:
            row = max(0, min(self.view.currentIndex().row() + rows, count - 1))
            self._make_current(row)

    def show_search(self, *, is_active: bool) -> None:
        """Whether what is shown is what a search found."""
        self._searches = is_active
        self._show_count()

    def _connect_list(self) -> None:
        self.list_header.hide()
        self.browse_bar.list_chosen.connect(self._show_as_list)
        self.view.arranged.connect(self._arrange_header)
        self.list_header.order_chosen.connect(self.search_bar.sort)
        self.search_bar.asked.connect(self._show_order)

    def _show_as_list(self, chosen: bool) -> None:
        self.list_header.setVisible(chosen)
        self.view.show_as(self._list if chosen else self._grid)

    def _show_order(self, request: SearchRequest) -> None:
        self.list_header.show_order(request.order)

    def _arrange_header(self) -> None:
        cell = self.view.arrangement.cell
        self.list_header.arrange(cell.width(), cell.height())

    def focus_search(self) -> None:
        self.search_bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_bar.field.selectAll()

    def connect_browsing(self, commands: Commands) -> None:
        """The commands for sizes and dates, beside what the wheel and the bar do."""
        bar = self.browse_bar
        bar.size_changed.connect(self.view.arrange_anew)
        self.view.size_asked.connect(bar.change_size)
        commands.larger_thumbnails.triggered.connect(lambda: bar.change_size(1))
        commands.smaller_thumbnails.triggered.connect(lambda: bar.change_size(-1))
        commands.list_or_grid.triggered.connect(bar.list_button.toggle)
        commands.go_to_date.triggered.connect(self._ask_for_date)
        bar.date_asked.connect(self._ask_for_date)

        def offer() -> None:
            bar.offer_dates(commands.go_to_date, sorted_by_date=bool(self._model.days))
            commands.go_to_date.setEnabled(bool(self._model.days))

        for changed in (self._model.modelReset, self._model.rowsInserted, self._model.rowsRemoved):
            changed.connect(offer)
        offer()

    def _ask_for_date(self) -> None:
        from studio.ui.gallery.date_popup import DatePopup, day_of_row

        seen, days = self.view.rows_in_sight(), self._model.days
        if seen and days:
            popup = DatePopup(self, days, day_of_row(days, seen.start))
            popup.chosen.connect(self._go_to)
            popup.show_above(self.browse_bar.date_button)

    def _go_to(self, row: int) -> None:
        index = self._model.index(row)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)

    def clear_selection(self) -> None:
        """No picture is looked at any more, not even one that a search hides."""
        self.view.selectionModel().clear()
        if self._announced is not None:
            self._announced = None
            self.nothing_selected.emit()

    def _make_current(self, row: int) -> None:
        """It alone, also while a key is held: Ctrl, which makes a picture, would add it to those that are selected."""
        index = self._model.index(row)
        self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.view.scrollTo(index)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setContentsMargins(px(GAP), 0, px(GAP) + self.view.scroll_bar_width(), 0)
        title = section(tr("Pictures"))
        title.setFixedHeight(px(24))  # level with the headings of the left side, which have a "?"
        heading.addWidget(title)
        heading.addStretch()
        heading.addWidget(self._count)
        pictures = QVBoxLayout(self._pictures)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(0)
        pictures.addWidget(self.list_header)
        pictures.addWidget(self.view, 1)
        for page in (self._invitation, self._pictures, self._nothing_found):
            self._body.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12 - GAP), px(12), px(8), px(12))
        column.setSpacing(px(GAP))
        column.addLayout(heading)
        searching = QHBoxLayout()
        searching.setContentsMargins(px(GAP), 0, px(GAP) + self.view.scroll_bar_width(), px(GAP))
        searching.addWidget(self.search_bar)
        column.addLayout(searching)
        column.addLayout(self._body, 1)
        browsing = QHBoxLayout()
        browsing.setContentsMargins(px(GAP), px(8 - GAP), px(GAP) + self.view.scroll_bar_width(), 0)
        browsing.addWidget(self.browse_bar)
        column.addLayout(browsing)

    def _show_count(self) -> None:
        count = self._model.rowCount()
        told = f"{count:,}" if count and self._model.is_whole else ""
        found = (
            tr("{count:,} found", count=count) if self._model.is_whole else tr("more than {count:,} found", count=count)
        )
        self._count.setText(found if self._searches else told)
        is_typed_in = bool(self.search_bar.field.text())  # it would lose the keys in the middle of a word
        self.search_bar.setVisible(self._searches or is_typed_in or count > 0)
        empty = self._nothing_found if self._searches else self._invitation
        self._body.setCurrentWidget(self._pictures if count else empty)
        self.browse_bar.setVisible(count > 0)

    def _on_selection_changed(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        """Qt also says this when rows move around an unchanged selection: only a change of the picture is passed on."""
        selected = self._selected_rows()
        if selected and not self.view.currentIndex().isValid():  # Ctrl+A before any click
            first = self._model.index(min(rows.start for rows in selected))
            self.view.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        record = self.current if selected else None
        before, self._announced = self._announced, record
        if (record and record.id) == (before and before.id):
            return
        if record is None:
            self.nothing_selected.emit()
        else:
            self.picture_selected.emit(record)

    def _on_menu(self, position: QPoint) -> None:
        if self.view.indexAt(position).isValid():
            self.menu_requested.emit(self.view.viewport().mapToGlobal(position))


class _NothingFound(QWidget):
    """
    Signals:
        clear_asked()
    """

    clear_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        clear = QPushButton(tr("Show all pictures"))
        clear.setToolTip(tr("Clear the search"))
        clear.clicked.connect(self.clear_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), 0, px(8), 0)
        column.setSpacing(px(8))
        column.addStretch()
        for part in (
            label(tr("No picture is like this"), "title"),
            label(tr("Try fewer words, or only their beginning."), "muted"),
        ):
            part.setWordWrap(True)
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addSpacing(px(8))
        column.addWidget(clear, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()


def _invitation() -> QWidget:
    widget = QWidget()
    column = QVBoxLayout(widget)
    column.setContentsMargins(px(8), 0, px(8), 0)
    column.addStretch()
    title = label(tr("Your pictures will be here"), "title")
    text = label(tr("Each one remembers how it was made: make it again, or change one thing."), "muted")
    for part in (title, text):
        part.setWordWrap(True)
        part.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(part)
    column.addStretch()
    return widget
