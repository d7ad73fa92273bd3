"""Lets a region be painted on a picture, and keeps what its branch needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from studio.core.branch import Repaint
from studio.core.errors import StudioError
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.canvas.canvas_desk import SourceOperations
from studio.ui.sampling_panel import random_seed

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.process.region_dialog import RegionWish


class RegionDesk(QObject):
    """`read` and `sources` are called in the background. They raise StorageError.

    Signals:
        chosen(PictureRecord, int, Repaint): only this goes on otherwise after so many steps of the picture.
    """

    chosen = Signal(object, int, object)

    def __init__(
        self,
        window: QWidget,
        run: RunInBackground,
        read: Callable[[Path], Pixels],
        sources: SourceOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._run = run
        self._read = read
        self._sources = sources
        self._failed = failed

    def ask(self, record: PictureRecord, step: int) -> None:
        """Where the picture may become another one after this step."""
        self._run(lambda: self._read(record.path), done=partial(self._open, record, step), failed=self._failed)

    def _open(self, record: PictureRecord, step: int, picture: Pixels) -> None:
        from studio.ui.process.region_dialog import RegionDialog

        dialog = RegionDialog(self._window, picture, step)
        dialog.decided.connect(partial(self._keep, record, step, picture))
        dialog.open()

    def _keep(self, record: PictureRecord, step: int, picture: Pixels, wish: RegionWish) -> None:
        seed = random_seed() if wish.new_noise else None

        def keep() -> Repaint:
            image, mask = self._sources.put_image(picture), self._sources.put_mask(wish.mask)
            return Repaint(image=image, mask=mask, noise_seed=seed)

        self._run(keep, done=lambda repaint: self.chosen.emit(record, step, repaint), failed=self._failed)
