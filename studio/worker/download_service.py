"""The window's side of downloads: owns the thread with the event loop in which they run, and never waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot

from studio.checkpoints.download.options import DownloadOptions
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadState
from studio.core.errors import StudioError

if TYPE_CHECKING:
    from studio.worker.download_loop import Command, DownloadLoop

_log = logging.getLogger("studio.download")
_SECONDS_TO_STOP = 10


class DownloadService(QObject):
    """Lives in the window's thread. No thread runs, and nothing of the network is imported, before the first command.

    Signals:
        restored(tuple[Download, ...]): the list after `restore`, all that an earlier session left in it paused.
        changed(tuple[Download, ...]): the list, its order or a state.
        progressed(tuple[DownloadProgress, ...]): of all that run, at most 8 times a second.
        paused(DownloadPlan, StudioError): it paused itself: something must be done first, such as making room.
        finished(DownloadResult) | failed(DownloadPlan, StudioError) | cancelled(DownloadPlan): at most one of them ends
            each run, none one that is paused. A failed one stays in the list and can be resumed.
        looked_up(str, DownloadPlan) | lookup_failed(str, StudioError): exactly one answers each `look_up`.
        trouble(StudioError): a command could not be carried out; the list is as it was, but nothing runs if the thread
            ended with it. The next command begins another thread.
    """

    restored = Signal(object)
    changed = Signal(object)
    progressed = Signal(object)
    paused = Signal(object, object)
    finished = Signal(object)
    failed = Signal(object, object)
    cancelled = Signal(object)
    looked_up = Signal(str, object)
    lookup_failed = Signal(str, object)
    trouble = Signal(object)

    _told = Signal(object)

    def __init__(self, options: DownloadOptions) -> None:
        super().__init__()
        self._options = options
        self._downloads: tuple[Download, ...] = ()
        self._loop: DownloadLoop | None = None
        self._stopped = False
        self._told.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def downloads(self) -> tuple[Download, ...]:
        return self._downloads

    # --- commands ---

    def restore(self) -> None:
        """Put what an earlier session left into the list, paused. Without such there is nothing to do."""
        if self._options.state_file.exists():
            self._send(lambda loop: loop.restore())

    def look_up(self, text: str, parent: Path) -> None:
        """Ask what there is at an address (see `plan_download`): the user pressed a button that says so."""
        self._send(lambda loop: loop.look_up(text, parent))

    def add(self, plan: DownloadPlan) -> None:
        """Fetch `plan` when it is its turn."""
        self._command(lambda session: session.queue.add(plan))

    def pause(self, download_id: DownloadId) -> None:
        self._command(lambda session: session.queue.pause(download_id))

    def resume(self, download_id: DownloadId) -> None:
        """Go on with a paused or failed one when it is its turn."""
        self._command(lambda session: session.queue.resume(download_id))

    def cancel(self, download_id: DownloadId) -> None:
        """Take it off the list; its incomplete files are removed."""
        self._command(lambda session: session.queue.cancel(download_id))

    def move(self, download_id: DownloadId, position: int) -> None:
        self._command(lambda session: session.queue.move(download_id, position))

    def set_limit(self, limit: int) -> None:
        """How many run at a time."""
        self._command(lambda session: session.queue.set_limit(limit))

    def stop(self) -> bool:
        """End the thread; what is not finished is offered at the next start. False if it hangs (10 s)."""
        self._stopped = True
        stopped = self._loop is None or self._loop.stop(_SECONDS_TO_STOP)
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall.value)  # what was said last is too late
        if not stopped:
            _log.error("the download thread did not end within %s s", _SECONDS_TO_STOP)
        return stopped

    # --- the thread ---

    def _command(self, command: Command) -> None:
        self._send(lambda loop: loop.command(command))

    def _send(self, send: Callable[[DownloadLoop], bool]) -> None:
        """Give the loop something to do. The first one is made for it, and another one in the place of a dead one."""
        if self._stopped:
            raise RuntimeError("the download service was stopped")
        if self._loop is not None and send(self._loop):
            return
        replaces_a_dead_one = self._loop is not None
        self._loop = self._new_loop()
        if replaces_a_dead_one:
            self._loop.command(lambda session: session.queue.restore())
        send(self._loop)
        self._loop.start()

    def _new_loop(self) -> DownloadLoop:
        from studio.worker.download_loop import DownloadLoop, Listeners

        listeners = Listeners(
            restored=self.restored.emit,
            changed=self._keep,
            progressed=self.progressed.emit,
            paused=self.paused.emit,
            finished=self.finished.emit,
            failed=self.failed.emit,
            cancelled=self.cancelled.emit,
            looked_up=self.looked_up.emit,
            lookup_failed=self.lookup_failed.emit,
            trouble=self.trouble.emit,
            died=self._pause_all,
        )
        return DownloadLoop(self._options, listeners, self._told.emit)

    @Slot(object)
    def _deliver(self, tell: Callable[[], None]) -> None:
        tell()

    def _pause_all(self, error: StudioError) -> None:
        """Nothing runs any more: a person can resume what was running, which begins another thread."""
        active = {DownloadState.WAITING, DownloadState.RUNNING}
        self._keep(
            tuple(
                replace(download, state=DownloadState.PAUSED, error=error) if download.state in active else download
                for download in self._downloads
            )
        )

    def _keep(self, downloads: tuple[Download, ...]) -> None:
        self._downloads = downloads
        self.changed.emit(downloads)
