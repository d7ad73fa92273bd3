"""Keeps how pictures came about, beside everything else and after it: no picture waits for its steps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial

from PySide6.QtCore import QObject, Signal

from studio.core.picture_id import PictureId
from studio.core.trajectory import Trajectory
from studio.worker.background import BackgroundThread


class TrajectoryKeeper(QObject):
    """Lives in the window's thread, writes in one of its own.

    Signals:
        kept(PictureId): its steps can be read from now on.
        failed(StudioError): those of a picture are lost, as they could not be written. The picture is not.
    """

    kept = Signal(object)
    failed = Signal(object)

    def __init__(self, put: Callable[[PictureId, Trajectory], None]) -> None:
        """`put` writes them; it raises StorageError."""
        super().__init__()
        self._put = put
        self._thread = BackgroundThread("trajectories")
        self._writing: list[Future[None]] = []

    def keep(self, picture: PictureId, trajectory: Trajectory) -> None:
        """Called in the thread that saves pictures. Waits while the one before is being written: a slow disk must not
        pile them up in memory.
        """
        wait(self._writing)
        done = partial(self._tell, picture)
        self._writing = [self._thread.run(partial(self._put, picture, trajectory), done=done, failed=self.failed.emit)]

    def stop(self) -> None:
        """Write what was given, and end the thread."""
        self._thread.stop()

    def _tell(self, picture: PictureId, _written: None) -> None:
        self.kept.emit(picture)
