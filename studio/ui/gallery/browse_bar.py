"""Below the pictures: how large they are, and the way to a date."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from studio.core.language import tr
from studio.settings.model import GallerySettings
from studio.ui.controls import icon_button
from studio.ui.theme import px

_STEP = 8


class BrowseBar(QWidget):
    """
    Signals:
        size_changed(int): of thumbnails, in design pixels.
        list_chosen(bool): a list is wanted, or squares.
        date_asked()
    """

    size_changed = Signal(int)
    date_asked = Signal()
    list_chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(GallerySettings.SMALLEST_THUMBNAIL, GallerySettings.LARGEST_THUMBNAIL)
        self._slider.setSingleStep(_STEP)
        self._slider.setPageStep(4 * _STEP)
        self._slider.setValue(GallerySettings().thumbnail_size)
        self._slider.setAccessibleName(tr("Size of the pictures"))
        self._slider.setToolTip(tr("Size of the pictures  (Ctrl+wheel, Ctrl++ and Ctrl+-)"))
        self._slider.valueChanged.connect(self.size_changed)
        self.date_button = icon_button("calendar", tr("Go to a date…"))
        self.date_button.clicked.connect(self.date_asked)
        self.list_button = icon_button("list", tr("As a list with what they were made of"), tr("List"))
        self.list_button.setCheckable(True)
        self.list_button.toggled.connect(self.list_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(8))
        row.addWidget(self._slider, 1)
        row.addWidget(self.list_button)
        row.addWidget(self.date_button)

    @property
    def size_of_pictures(self) -> int:
        return self._slider.value()

    @property
    def is_list(self) -> bool:
        return self.list_button.isChecked()

    def set_list(self, chosen: bool) -> None:
        self.list_button.setChecked(chosen)

    def set_size(self, size: int) -> None:
        self._slider.setValue(size)

    def change_size(self, steps: int) -> None:
        """Larger by so many steps, or smaller."""
        self._slider.setValue(self._slider.value() + steps * _STEP)

    def offer_dates(self, command: QAction, *, sorted_by_date: bool) -> None:
        """A way to a date is there while pictures are sorted by it; else the button says why not."""
        self.date_button.setEnabled(sorted_by_date)
        self.date_button.setToolTip(command.toolTip() if sorted_by_date else tr("Sort by date to go to a date"))
