"""The gallery in the window: searching, ratings and favourites, and its pictures seen large."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.grid import PlaceInGrid
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.folder_watch import watch_folders
from studio.gallery.gallery import Gallery
from studio.gallery.picture_import import ImportReport
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.ui.drop_zones import DropZones
from studio.ui.family.family_desk import FamilyDesk, FamilyOperations
from studio.ui.gallery.albums import Albums
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_search import GallerySearch
from studio.ui.gallery.mark_commands import MarkCommands
from studio.ui.gallery.thumbnails import Thumbnails, Wanted
from studio.ui.large.large_desk import LargeDesk
from studio.ui.large.large_pictures import Found, LargePictures
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice
from studio.ui.picture_renaming import PictureRenaming, RenameOperations
from studio.ui.watched_folders import FolderOperations, FolderState, WatchedFolders
from studio.worker.background import BackgroundThread
from studio.worker.background_pool import BackgroundPool

_THUMBNAIL_THREADS = max(1, (os.cpu_count() or 1) // 2)
"""The window has to be painted meanwhile."""
_SHOWN_ONE_BY_ONE = 20
"""Pictures that are brought in; the view of more is read anew."""


def large_pictures() -> LargePictures:
    """They have a thread of their own, which is to be stopped."""
    pool: BackgroundPool[PictureId, Found] = BackgroundPool("large pictures", 1)
    return LargePictures(read_pixels, pool)


def gallery_model(gallery: Gallery) -> GalleryModel:
    """Its thumbnails have threads of their own, which are to be stopped."""
    pool: BackgroundPool[Wanted, QImage] = BackgroundPool("thumbnails", _THUMBNAIL_THREADS)
    return GalleryModel(gallery, Thumbnails(gallery.thumbnail, pool))


def folder_operations(gallery: Gallery) -> FolderOperations:
    return FolderOperations(partial(_folder_states, gallery), gallery.stop_watching, partial(watch_folders, gallery))


def _folder_states(gallery: Gallery) -> list[FolderState]:
    """Raises StorageError."""
    return [FolderState(at.root, gallery.count_below(at.root), at.is_there) for at in gallery.watched()]


class GalleryWiring:
    """`typing` searches, as that must not wait for the disk; `disk` writes marks; `scan` looks through folders."""

    def __init__(
        self,
        window: MainWindow,
        model: GalleryModel,
        gallery: Gallery,
        disk: BackgroundThread,
        scan: BackgroundThread,
        typing: BackgroundThread,
        announce: Callable[[StudioError], None],
    ) -> None:
        self._window = window
        self._gallery = gallery
        self._disk = disk
        self._announce = announce
        panel = window.gallery_panel
        self.search = GallerySearch(
            panel,
            model,
            typing.run,
            gallery.browse,
            announce,
            gallery.known_values,
            gallery.get_ready_to_search,
            words=gallery.words,
        )
        window.commands.similar_colours.triggered.connect(self.search.find_similar_colours)
        self.marks = MarkCommands(window.commands, panel, model, window.notices, disk.run, gallery, announce)
        self.albums = Albums(panel, self.marks, window.notices, disk.run, gallery.marks, announce)
        window.offer_albums(self.albums.of_selection)
        naming = RenameOperations(gallery.record, gallery.rename, gallery.rename_to)
        self.renaming = PictureRenaming(window, model, disk.run, naming, announce)
        self.folders = WatchedFolders(window, disk.run, scan.run, folder_operations(gallery), announce)
        self.folders.changed.connect(self.search.refresh)
        model.files_left_out.connect(self._say_left_out)
        self._large_pictures = large_pictures()
        self.large = LargeDesk(window, model, self._large_pictures)

    def offer_albums_in(self, zones: DropZones) -> None:
        """Pictures can be dropped on them there."""
        self.albums.changed.connect(zones.albums.offer)
        zones.put_in_album.connect(self.albums.put_selected_in)

    def tell_families(self, place_in_grid: Callable[[PictureRecord], PlaceInGrid | None]) -> None:
        """Of the shown picture, and which cell of a grid it is."""
        operations = FamilyOperations(self._gallery.family, self._gallery.thumbnail, place_in_grid)
        self.family = FamilyDesk(self._window, self.search, self._disk.run, operations, self._announce)

    def start(self) -> None:
        """The gallery is open."""
        self.albums.look()

    def show_imported(self, report: ImportReport) -> None:
        """One by one, as new ones come, unless they are many."""
        if len(report.added) > _SHOWN_ONE_BY_ONE:
            self.search.refresh(report.added[-1].id)
            return
        for record in report.added:
            self.search.add(record)

    def _say_left_out(self, files: int, dragged: int) -> None:
        self._window.notices.show_notice(
            Notice(
                tr("Not all of these files are there"),
                tr(
                    "Other programs get {files:,} of {dragged:,}, albums get all. Connect the drive of the others to "
                    "drag them out.",
                    files=files,
                    dragged=dragged,
                ),
                key="drag",
            )
        )

    def close(self) -> None:
        """End the threads."""
        self._large_pictures.stop()
