"""While a picture of the gallery is dragged: the albums that it can be put into."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout

from studio.core.language import tr
from studio.gallery.picture_marks import Album
from studio.ui.controls import label
from studio.ui.icons import icon
from studio.ui.theme import px

_NEW = tr("New album…")
_SCROLLS_WITHIN = 24
"""Design pixels from the upper and the lower end of the list, where a drag moves it."""


class AlbumZone(QFrame):
    """A row for each album, and one for a new one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dropZone")
        self._albums: tuple[Album, ...] = ()
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Albums"))
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setIconSize(QSize(px(20), px(20)))
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        title = label(tr("Put into an album"), "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(16), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(title)
        column.addWidget(self.rows, 1)

    def offer(self, albums: Sequence[Album]) -> None:
        """Those that hold pictures; a kept search finds its own."""
        self._albums = tuple(album for album in albums if album.query is None)
        self.rows.clear()
        for name in (*(album.name for album in self._albums), _NEW):
            self.rows.addItem(QListWidgetItem(icon("album"), name))

    def light_up_at(self, place: QPoint | None) -> bool:
        """Show what would take a drop at this place of the zone. Whether anything would."""
        row = -1 if place is None else self._row_at(place)
        self.rows.setCurrentRow(row)
        if place is not None:
            self._scroll_towards(self.rows.mapFrom(self, place))
        return row >= 0

    def has_target_at(self, place: QPoint) -> bool:
        return self._row_at(place) >= 0

    def album_at(self, place: QPoint) -> Album | None:
        """None for a new one."""
        row = self._row_at(place)
        return self._albums[row] if 0 <= row < len(self._albums) else None

    def _row_at(self, place: QPoint) -> int:
        viewport = self.rows.viewport()
        return self.rows.indexAt(viewport.mapFrom(self, place)).row()

    def _scroll_towards(self, place: QPoint) -> None:
        bar, edge = self.rows.verticalScrollBar(), px(_SCROLLS_WITHIN)
        if 0 <= place.y() < edge:
            bar.setValue(bar.value() - bar.singleStep())
        elif self.rows.height() - edge < place.y() <= self.rows.height():
            bar.setValue(bar.value() + bar.singleStep())
