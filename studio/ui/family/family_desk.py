"""Looks for relatives of the shown picture, and opens their tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.grid import PlaceInGrid
from studio.core.picture_id import PictureId
from studio.gallery.family import Family
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.gallery.gallery_search import GallerySearch
from studio.ui.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class FamilyOperations:
    """Called in the background. Each raises StorageError."""

    family: Callable[[PictureRecord], Family]
    thumbnail: Callable[[PictureId], bytes | None]
    """A JPEG."""
    place_in_grid: Callable[[PictureRecord], PlaceInGrid | None]
    """None for a picture that is no cell of one."""


class FamilyDesk(QObject):
    """Lives in the window's thread."""

    def __init__(
        self,
        window: MainWindow,
        search: GallerySearch,
        run: RunInBackground,
        operations: FamilyOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._search = search
        self._run = run
        self._operations = operations
        self._failed = failed
        self._family: Family | None = None
        window.gallery_panel.picture_selected.connect(self.look)
        window.details.family_button.clicked.connect(self._open)

    def look(self, record: PictureRecord) -> None:
        """Say in the details whether this selected picture has relatives, and which cell of a grid it is."""
        self._family = None
        self._window.details.show_relatives(record)

        def look() -> tuple[Family, PlaceInGrid | None]:
            return self._operations.family(record), self._operations.place_in_grid(record)

        def show(found: tuple[Family, PlaceInGrid | None]) -> None:
            family, in_grid = found
            if self._window.gallery_panel.current == record:
                self._family = family
                self._window.details.show_relatives(record, known=not family.is_alone, in_grid=in_grid)

        self._run(look, done=show, failed=self._failed)

    def _open(self) -> None:
        family = self._family
        if family is None:
            return
        relatives = (*family.ancestors, family.picture, *family.children)

        def read() -> dict[PictureId, QImage]:
            read = {record.id: self._operations.thumbnail(record.id) for record in relatives}
            return {picture: QImage.fromData(jpeg) for picture, jpeg in read.items() if jpeg is not None}

        def show(thumbnails: dict[PictureId, QImage]) -> None:
            from studio.ui.family.family_popup import FamilyPopup

            popup = FamilyPopup(self._window, family, thumbnails)
            popup.chosen.connect(self._search.go_to)
            popup.show_above(self._window.details.family_button)

        self._run(read, done=show, failed=self._failed)
