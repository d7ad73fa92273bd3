"""The thread in which downloads run: an event loop, commands in, calls of the service's signals out."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from studio.checkpoints.download.options import DownloadOptions
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult
from studio.core.errors import DownloadInterrupted, StorageError, StudioError

if TYPE_CHECKING:
    from studio.checkpoints.download.session import DownloadSession

_log = logging.getLogger("studio.download")
_SECONDS_BETWEEN_REPORTS = 1 / 8

Command: TypeAlias = "Callable[[DownloadSession], None]"


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears what, as the signals of `DownloadService` of the same names; called where `tell` brings the call."""

    restored: Callable[[tuple[Download, ...]], None]
    changed: Callable[[tuple[Download, ...]], None]
    progressed: Callable[[tuple[DownloadProgress, ...]], None]
    paused: Callable[[DownloadPlan, StudioError], None]
    finished: Callable[[DownloadResult], None]
    failed: Callable[[DownloadPlan, StudioError], None]
    cancelled: Callable[[DownloadPlan], None]
    looked_up: Callable[[str, DownloadPlan], None]
    lookup_failed: Callable[[str, StudioError], None]
    trouble: Callable[[StudioError], None]
    died: Callable[[StudioError], None]


class DownloadLoop:
    """The thread and the events that come out of it; `tell` carries a call into the window's thread.

    When it dies of an error it says so, and answers the look-ups that wait. From then on it takes no command.
    """

    def __init__(
        self, options: DownloadOptions, listeners: Listeners, tell: Callable[[Callable[[], None]], None]
    ) -> None:
        self._options = options
        self._listeners = listeners
        self._tell = tell
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._latest: dict[DownloadId, DownloadProgress] = {}
        self._lookups: set[asyncio.Task[None]] = set()
        self._unanswered: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._stopping = False
        self._is_dead = False
        self._lock = threading.Lock()
        # A daemon: a name server that does not answer must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="downloads", daemon=True)

    # --- called in the window's thread ---

    def start(self) -> None:
        """What was commanded before is carried out first, or answered if the thread dies at once."""
        self._thread.start()

    def command(self, command: Command) -> bool:
        """False if it died: the command is not taken."""
        with self._lock:
            return self._take(command)

    def restore(self) -> bool:
        def restore(session: DownloadSession) -> None:
            session.queue.restore()
            downloads = session.queue.downloads
            self._tell(lambda: self._listeners.restored(downloads))

        return self.command(restore)

    def look_up(self, text: str, parent: Path) -> bool:
        def begin(session: DownloadSession) -> None:
            task = asyncio.create_task(self._look_up(session, text, parent))
            self._lookups.add(task)
            task.add_done_callback(lambda ended: self._on_lookup_ended(ended, text))

        with self._lock:
            if not self._is_dead:
                self._unanswered.append(text)
            return self._take(begin)

    def stop(self, seconds: float) -> bool:
        self._stopping = True
        with self._lock:
            self._awake()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _take(self, command: Command) -> bool:
        if self._is_dead:
            return False
        self._commands.put(command)
        self._awake()
        return True

    def _awake(self) -> None:
        if self._loop is not None and self._wake is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    # --- the thread ---

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except StudioError as error:
            self._die(error)
        except Exception as error:  # the boundary of this thread: the traceback goes to the log, the fact to the user
            _log.exception("unforeseen failure in the download thread")
            self._die(DownloadInterrupted("", f"{type(error).__name__}: {error}"))

    def _die(self, error: StudioError) -> None:
        with self._lock:  # whoever starts another thread has heard of the death of this one before
            self._is_dead = True
            self._tell(lambda: self._listeners.died(error))
            for text in self._unanswered:
                self._tell(lambda text=text: self._listeners.lookup_failed(text, error))
            if not self._unanswered:
                self.trouble(error)

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
        listeners = self._listeners
        try:
            plan = await session.look_up(text, parent)
        except StudioError as error:
            failure = error  # the name after `except` does not outlive it
            self._answer(text, lambda: listeners.lookup_failed(text, failure))
        else:
            self._answer(text, lambda: listeners.looked_up(text, plan))

    def _on_lookup_ended(self, task: asyncio.Task[None], text: str) -> None:
        self._lookups.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("unforeseen failure of the look-up of %s", text, exc_info=error)
            failure = DownloadInterrupted(text, f"{type(error).__name__}: {error}")
            self._answer(text, lambda: self._listeners.lookup_failed(text, failure))

    def _answer(self, text: str, tell: Callable[[], None]) -> None:
        with self._lock:
            self._unanswered.remove(text)
        self._tell(tell)

    async def _report_regularly(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_REPORTS)
            if self._latest:
                latest = tuple(self._latest.values())
                self._latest.clear()
                self._tell(lambda latest=latest: self._listeners.progressed(latest))

    # --- the queue's events (DownloadEvents) ---

    def changed(self, downloads: tuple[Download, ...]) -> None:
        self._tell(lambda: self._listeners.changed(downloads))

    def progressed(self, progress: DownloadProgress) -> None:
        self._latest[progress.id] = progress

    def paused(self, plan: DownloadPlan, error: StudioError) -> None:
        self._end(plan, lambda: self._listeners.paused(plan, error))

    def finished(self, result: DownloadResult) -> None:
        self._end(result.plan, lambda: self._listeners.finished(result))

    def failed(self, plan: DownloadPlan, error: StudioError) -> None:
        self._end(plan, lambda: self._listeners.failed(plan, error))

    def cancelled(self, plan: DownloadPlan) -> None:
        self._end(plan, lambda: self._listeners.cancelled(plan))

    def trouble(self, error: StudioError | StorageError) -> None:
        self._tell(lambda: self._listeners.trouble(error))

    def _end(self, plan: DownloadPlan, tell: Callable[[], None]) -> None:
        self._latest.pop(plan.id, None)
        self._tell(tell)


async def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
