"""The gallery in the window: searching, ratings and favourites."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.gallery.gallery import Gallery
from studio.ui.gallery.albums import Albums
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_search import GallerySearch
from studio.ui.gallery.mark_commands import MarkCommands
from studio.ui.gallery.thumbnails import Thumbnails, Wanted
from studio.ui.main_window import MainWindow
from studio.worker.background import BackgroundThread
from studio.worker.background_pool import BackgroundPool

_THUMBNAIL_THREADS = max(1, (os.cpu_count() or 1) // 2)
"""The window has to be painted meanwhile."""


def gallery_model(gallery: Gallery) -> GalleryModel:
    """Its thumbnails have threads of their own, which are to be stopped."""
    pool: BackgroundPool[Wanted, QImage] = BackgroundPool("thumbnails", _THUMBNAIL_THREADS)
    return GalleryModel(gallery, Thumbnails(gallery.thumbnail, pool))


class GalleryWiring:
    """`typing` searches, as that must not wait for the disk; `disk` writes marks."""

    def __init__(
        self,
        window: MainWindow,
        model: GalleryModel,
        gallery: Gallery,
        disk: BackgroundThread,
        typing: BackgroundThread,
        announce: Callable[[StudioError], None],
    ) -> None:
        panel = window.gallery_panel
        self.search = GallerySearch(panel, model, typing.run, gallery.browse, announce)
        self.marks = MarkCommands(window.commands, panel, model, window.notices, disk.run, gallery, announce)
        self.albums = Albums(panel, self.marks, window.notices, disk.run, lambda: gallery.marks, announce)
        window.offer_albums(self.albums.of_selection)

    def start(self) -> None:
        """The gallery is open."""
        self.albums.look()
