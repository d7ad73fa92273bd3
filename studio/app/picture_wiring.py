"""What is done with pictures that exist: comparing, exporting, deleting, and keeping those that could not be saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.gallery.gallery import Gallery
from studio.imaging.decode import read_pixels
from studio.imaging.export import export_image, export_picture
from studio.imaging.export_many import export_many
from studio.imaging.infotext import to_infotext
from studio.imaging.picture_metadata import read_whole_info
from studio.ui.compare.compare_desk import CompareDesk, CompareOperations
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.picture_commands import PictureCommands, PictureOperations
from studio.ui.picture_export import PictureExport
from studio.ui.picture_stage import PictureStage
from studio.ui.unsaved_pictures import UnsavedPictures
from studio.worker.background import BackgroundThread

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.imaging.difference import Difference


class PictureWiring:
    """`disk` reads and writes single pictures, `scan` exports many."""

    def __init__(
        self,
        window: MainWindow,
        model: GalleryModel,
        stage: PictureStage,
        gallery: Gallery,
        folder: Path,
        disk: BackgroundThread,
        scan: BackgroundThread,
        checkpoint: Callable[[], Checkpoint],
        announce: Callable[[StudioError], None],
    ) -> None:
        """`folder` is that of the gallery; `checkpoint` tells the model in force."""
        comparing = CompareOperations(gallery.record, read_pixels, _difference)
        self.compare = CompareDesk(window, disk.run, comparing, announce)
        self.unsaved = UnsavedPictures(window, disk.run, gallery.add, export_image)
        self.commands = PictureCommands(
            window,
            model,
            stage,
            disk.run,
            PictureOperations(
                gallery.trash, gallery.restore, read_pixels, export_picture, to_infotext, read_whole_info
            ),
            announce,
            folder,
            checkpoint,
        )
        self.export = PictureExport(window, lambda: stage.shown_record, gallery.record, export_many, scan.run, announce)


def _difference(first: Pixels, second: Pixels) -> Difference:
    from studio.imaging.difference import difference  # with numpy: not before the window is painted

    return difference(first, second)
