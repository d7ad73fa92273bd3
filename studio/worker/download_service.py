"""The window's side of downloads: owns the thread with the event loop in which they run, and never waits for it."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot

from studio.checkpoints.download.options import DownloadOptions
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult
from studio.core.errors import DownloadInterrupted, StorageError, StudioError

if TYPE_CHECKING:
    from studio.checkpoints.download.session import DownloadSession

_log = logging.getLogger("studio.download")
_SECONDS_TO_STOP = 10
_SECONDS_BETWEEN_REPORTS = 1 / 8

_Command: TypeAlias = "Callable[[DownloadSession], None]"


class DownloadService(QObject):
    """Lives in the window's thread. No thread runs, and nothing of the network is imported, before the first command.

    Signals:
        changed(tuple[Download, ...]): the list, its order or a state.
        progressed(tuple[DownloadProgress, ...]): of all that run, at most 8 times a second.
        paused(DownloadPlan, StudioError): it paused itself: something must be done first, such as making room.
        finished(DownloadResult) | failed(DownloadPlan, StudioError) | cancelled(DownloadPlan): at most one of them ends
            each run, none one that is paused. A failed one stays in the list and can be resumed.
        looked_up(str, DownloadPlan) | lookup_failed(str, StudioError): exactly one answers each `look_up`.
        trouble(StudioError): a command could not be carried out; the list is as it was.
    """

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
        self._loop: _DownloadLoop | None = None
        self._stopped = False
        self._told.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def downloads(self) -> tuple[Download, ...]:
        return self._downloads

    # --- commands ---

    def restore(self) -> None:
        """Put what an earlier session left into the list, paused. Without such there is nothing to do."""
        if self._options.state_file.exists():
            self._command(lambda session: session.queue.restore())

    def look_up(self, text: str, parent: Path) -> None:
        """Ask what there is at an address (see `plan_download`): the user pressed a button that says so."""
        self._ensure_loop().look_up(text, parent)

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

    def _command(self, command: _Command) -> None:
        self._ensure_loop().command(command)

    def _ensure_loop(self) -> _DownloadLoop:
        if self._stopped:
            raise RuntimeError("the download service was stopped")
        if self._loop is None:
            self._loop = _DownloadLoop(self._options, self, self._told.emit)
        return self._loop

    @Slot(object)
    def _deliver(self, tell: Callable[[], None]) -> None:
        tell()

    def keep(self, downloads: tuple[Download, ...]) -> None:
        """The thread's news, in the window's thread."""
        self._downloads = downloads
        self.changed.emit(downloads)


class _DownloadLoop:
    """The thread and the events that come out of it; `tell` carries a call into the window's thread."""

    def __init__(
        self, options: DownloadOptions, service: DownloadService, tell: Callable[[Callable[[], None]], None]
    ) -> None:
        self._options = options
        self._service = service
        self._tell = tell
        self._commands: queue.SimpleQueue[_Command] = queue.SimpleQueue()
        self._latest: dict[DownloadId, DownloadProgress] = {}
        self._lookups: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._lock = threading.Lock()
        # A daemon: a name server that does not answer must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="downloads", daemon=True)
        self._thread.start()

    # --- called in the window's thread ---

    def command(self, command: _Command) -> None:
        self._commands.put(command)
        self._awake()

    def look_up(self, text: str, parent: Path) -> None:
        def begin(session: DownloadSession) -> None:
            task = asyncio.create_task(self._look_up(session, text, parent))
            self._lookups.add(task)
            task.add_done_callback(self._lookups.discard)

        self.command(begin)

    def stop(self, seconds: float) -> bool:
        self._stopping = True
        self._awake()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _awake(self) -> None:
        with self._lock:
            if self._loop is not None and self._wake is not None:
                self._loop.call_soon_threadsafe(self._wake.set)

    # --- the thread ---

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # the boundary of this thread: the traceback goes to the log, the fact to the user
            _log.exception("unforeseen failure in the download thread")
            self.trouble(DownloadInterrupted("", f"{type(error).__name__}: {error}"))

    async def _serve(self) -> None:
        from studio.checkpoints.download.session import download_session

        wake = asyncio.Event()
        with self._lock:
            self._loop, self._wake = asyncio.get_running_loop(), wake
        try:
            async with download_session(self._options, self) as session:
                reporting = asyncio.create_task(self._report_regularly())
                while not self._stopping:
                    self._carry_out(session)
                    await wake.wait()
                    wake.clear()
                self._carry_out(session)  # what was asked for last is in the saved list
                await _cancel({reporting, *self._lookups})
        finally:
            with self._lock:
                self._loop = None

    def _carry_out(self, session: DownloadSession) -> None:
        while not self._commands.empty():
            try:
                self._commands.get()(session)
            except StudioError as error:
                self.trouble(error)

    async def _look_up(self, session: DownloadSession, text: str, parent: Path) -> None:
        service = self._service
        try:
            plan = await session.look_up(text, parent)
        except StudioError as error:
            failure = error  # the name after `except` does not outlive it
            self._tell(lambda: service.lookup_failed.emit(text, failure))
        else:
            self._tell(lambda: service.looked_up.emit(text, plan))

    async def _report_regularly(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_REPORTS)
            if self._latest:
                latest = tuple(self._latest.values())
                self._latest.clear()
                self._tell(lambda latest=latest: self._service.progressed.emit(latest))

    # --- the queue's events (DownloadEvents) ---

    def changed(self, downloads: tuple[Download, ...]) -> None:
        self._tell(lambda: self._service.keep(downloads))

    def progressed(self, progress: DownloadProgress) -> None:
        self._latest[progress.id] = progress

    def paused(self, plan: DownloadPlan, error: StudioError) -> None:
        self._end(plan, lambda: self._service.paused.emit(plan, error))

    def finished(self, result: DownloadResult) -> None:
        self._end(result.plan, lambda: self._service.finished.emit(result))

    def failed(self, plan: DownloadPlan, error: StudioError) -> None:
        self._end(plan, lambda: self._service.failed.emit(plan, error))

    def cancelled(self, plan: DownloadPlan) -> None:
        self._end(plan, lambda: self._service.cancelled.emit(plan))

    def trouble(self, error: StudioError | StorageError) -> None:
        self._tell(lambda: self._service.trouble.emit(error))

    def _end(self, plan: DownloadPlan, tell: Callable[[], None]) -> None:
        self._latest.pop(plan.id, None)
        self._tell(tell)


async def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
