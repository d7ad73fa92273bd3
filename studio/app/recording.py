"""How pictures come about is recorded, kept within a budget of bytes, and gone when they are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.gallery.gallery import Gallery
from studio.gallery.trajectory_store import TrajectoryStore
from studio.settings.model import ProcessSettings
from studio.ui.messages import message_for
from studio.ui.notice_bar import Notice, NoticeBar
from studio.worker.background import BackgroundThread
from studio.worker.picture_saver import KeepSteps
from studio.worker.trajectory_keeper import TrajectoryKeeper

_log = logging.getLogger("studio.app")


class Recording(QObject):
    """`store` has what was recorded, `keeper` tells of each that comes. `scan` looks for those of pictures that are
    gone.
    """

    def __init__(
        self,
        folder: Path,
        settings: ProcessSettings,
        gallery: Gallery,
        disk: BackgroundThread,
        scan: BackgroundThread,
        announce: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._is_on = settings.kept_megabytes > 0
        self._gallery = gallery
        self._disk = disk
        self._scan = scan
        self._announce = announce
        self.store = TrajectoryStore(folder, settings.kept_megabytes * 10**6)
        self.keeper = TrajectoryKeeper(self.store.put)

    @property
    def keep_steps(self) -> KeepSteps | None:
        """What the worker hands them to; None where none are wanted."""
        return self.keeper.keep if self._is_on else None

    def tell_losses(self, notices: NoticeBar) -> None:
        """Of steps, which no picture is lost with."""

        def tell(error: StudioError) -> None:
            text = tr("The picture is. {words}", words=message_for(error).text)
            notices.show_notice(Notice(tr("The steps of a picture could not be kept"), text, key="steps"))

        self.keeper.failed.connect(tell)

    def open(self) -> None:
        """Before the first picture is made."""
        self._disk.run(self.store.open, failed=self._announce)

    def forget_gone(self) -> None:
        """After the gallery was compared with its folder: what its trash still holds can come back, and stays."""
        self._scan.run(self._remove_gone, failed=_leave_gone)

    def close(self) -> None:
        """After the worker: write what it made, and end the thread."""
        self.keeper.stop()

    def _remove_gone(self) -> None:
        recorded = self.store.pictures()  # first: of those that come meanwhile nothing is asked
        self.store.remove(self._gallery.gone(recorded))


def _leave_gone(error: StudioError) -> None:
    """They cost room within their budget and nothing else; the next start tries again."""
    _log.info("steps of pictures that are gone were left: %s", error)
