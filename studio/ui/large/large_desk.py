"""Opens the gallery's current picture large in the window, follows it, and closes it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Signal

from studio.core.errors import StudioError
from studio.gallery.record import PictureRecord
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.large.large_pictures import LargePictures
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for

if TYPE_CHECKING:
    from studio.ui.large.large_page import LargePage

_NEIGHBOURS = (1, -1, 2)
"""Rows from the one that is looked at, in the direction of going on; the likeliest first."""


class LargeDesk(QObject):
    """The page is made when it is first needed. Which picture is seen is the gallery's selection.

    Signals:
        opened(): from now on the user looks at pictures of the gallery.
    """

    opened = Signal()

    def __init__(self, window: MainWindow, model: GalleryModel, pictures: LargePictures) -> None:
        super().__init__()
        self._window = window
        self._model = model
        self._pictures = pictures
        self._page: LargePage | None = None
        self._shown: PictureRecord | None = None
        self._row = 0
        pictures.arrived.connect(self._show_if_there)
        view = window.gallery_panel.view
        window.commands.show_large.triggered.connect(self.toggle)
        view.doubleClicked.connect(self._open)
        view.selectionModel().currentChanged.connect(self._on_current_changed)
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.dataChanged):
            changed.connect(self._on_changed)
        window.gallery_panel.picture_selected.connect(self._offer)
        window.gallery_panel.nothing_selected.connect(self._offer)
        self._offer()

    def toggle(self) -> None:
        """Open the current picture, or go back to where it was opened."""
        if self.is_open:
            self.hide()
        else:
            self._open()

    def hide(self, _request: object = None) -> None:
        """Back to what was there before, with the picture that was looked at last in sight."""
        if not self.is_open:
            return
        self._window.show_page(None)
        self._shown = None
        self._pictures.clear()
        view = self._window.gallery_panel.view
        view.setFocus()
        view.scrollTo(view.currentIndex())

    @property
    def is_open(self) -> bool:
        """Whether a picture is seen large; the page tells why, if it is not."""
        return self._page is not None and self._page.isVisibleTo(self._window)

    def _open(self, _index: object = None) -> None:
        record = self._window.gallery_panel.current
        if record is None:
            return
        self.opened.emit()
        page = self._made_page()
        self._window.show_page(page, alone=True, foot=page.foot.sizeHint().height())
        page.strip.setFocus()
        self._show(record)

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        record = self._model.record(current.row()) if self.is_open and current.isValid() else None
        if record is not None and record != self._shown:
            self._show(record)

    def _show(self, record: PictureRecord) -> None:
        page, view = self._made_page(), self._window.gallery_panel.view
        row = view.currentIndex().row()
        ahead = -1 if row < self._row else 1
        self._shown, self._row = record, row
        page.await_picture(record, self._model.thumbnails.whole(record.id))
        page.show_current_in_middle()
        rows = [row + ahead * step for step in _NEIGHBOURS]
        known = [self._model.record(near) for near in rows if 0 <= near < self._model.rowCount()]
        self._pictures.want([record, *(near for near in known if near is not None)])
        self._show_place()
        self._show_if_there()

    def _show_if_there(self) -> None:
        if self._page is None or self._shown is None or self._page.picture.is_sharp:
            return
        found = self._pictures.found(self._shown.id)
        if isinstance(found, StudioError):
            self._page.picture.show_fault(str(message_for(found)))
        elif found is not None:
            self._page.picture.show_picture(found)

    def _on_changed(self, *_: object) -> None:
        if self._model.rowCount():
            self._show_place()
        else:
            self.hide()

    def _show_place(self) -> None:
        if self._page is None or self._shown is None or not self.is_open:
            return
        row = self._model.row_of(self._shown.id)
        if row is not None:
            self._page.show_place(row, self._model.rowCount(), self._model.marks(self._shown.id))

    def _offer(self, *_: object) -> None:
        self._window.commands.show_large.setEnabled(self._window.gallery_panel.current is not None)

    def _made_page(self) -> LargePage:
        from studio.ui.large.large_page import LargePage

        if self._page is None:
            self._page = LargePage(self._model, self._window.commands)
            self._page.strip.setSelectionModel(self._window.gallery_panel.view.selectionModel())
            self._page.close_asked.connect(self.hide)
            self._page.picture.menu_requested.connect(self._window.show_picture_menu)
            self._window.add_page(self._page)
        return self._page
