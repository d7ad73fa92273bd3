"""Several downloads: a limited number at a time, in an order that can be changed, paused and resumed one by one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from studio.checkpoints.download.in_thread import in_thread
from studio.checkpoints.download.plan_transfer import check_names, remove_parts
from studio.checkpoints.download.saved_downloads import SavedDownloads
from studio.core.download import Download, DownloadId, DownloadPlan, DownloadProgress, DownloadResult, DownloadState
from studio.core.errors import DiskFull, DownloadInterrupted, FolderUnwritable, StorageError, StudioError

_log = logging.getLogger("studio.download")
Fetch: TypeAlias = Callable[[DownloadPlan, Callable[[DownloadProgress], None]], Coroutine[None, None, DownloadResult]]


class DownloadEvents(Protocol):
    """Who is told. Called in the queue's event loop; must return at once."""

    def changed(self, downloads: tuple[Download, ...]) -> None:
        """The list, its order or a state is another one."""
        ...

    def progressed(self, progress: DownloadProgress) -> None: ...

    def paused(self, plan: DownloadPlan, error: StudioError) -> None:
        """The download paused itself because something must be done first, such as making room on the disk."""
        ...

    def finished(self, result: DownloadResult) -> None: ...

    def failed(self, plan: DownloadPlan, error: StudioError) -> None:
        """It stays in the list and can be resumed."""
        ...

    def cancelled(self, plan: DownloadPlan) -> None: ...

    def trouble(self, error: StorageError) -> None:
        """The list could not be saved, or incomplete files could not be removed."""
        ...


@dataclass(slots=True)
class _Running:
    """A transfer, and what should become of its download when it was stopped."""

    task: asyncio.Task[DownloadResult]
    is_cancelled: bool = False


class DownloadQueue:
    """Use from within one event loop. A transfer that is stopped keeps its bytes; only `cancel` removes them.

    Methods that change the list raise StorageError when it cannot be saved; the change is then not made.
    """

    def __init__(self, saved: SavedDownloads, fetch: Fetch, events: DownloadEvents, limit: int = 2) -> None:
        self._saved = saved
        self._fetch = fetch
        self._events = events
        self._limit = limit
        self._downloads: list[Download] = []
        self._running: dict[DownloadId, _Running] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def downloads(self) -> tuple[Download, ...]:
        return tuple(self._downloads)

    def restore(self) -> None:
        """Put in what an earlier session left, paused: no byte is fetched before the user says so."""
        known = {download.plan.id for download in self._downloads}
        left = [Download(plan, DownloadState.PAUSED) for plan in self._saved.load() if plan.id not in known]
        self._downloads = left + self._downloads
        self._events.changed(self.downloads)

    def add(self, plan: DownloadPlan) -> None:
        """Put `plan` at the end; it starts when it is its turn.

        Raises:
            UnsafeFileName: and nothing is added.
        """
        check_names(plan)
        self._change([*self._downloads, Download(plan, DownloadState.WAITING)])

    def pause(self, download_id: DownloadId) -> None:
        """Stop fetching; unknown ids change nothing."""
        self._set_state(download_id, DownloadState.PAUSED)
        if (running := self._running.get(download_id)) is not None:
            running.task.cancel()

    def resume(self, download_id: DownloadId) -> None:
        """Go on with a paused or failed one when it is its turn."""
        self._set_state(download_id, DownloadState.WAITING, only_from={DownloadState.PAUSED, DownloadState.FAILED})

    def cancel(self, download_id: DownloadId) -> None:
        """Take it off the list and remove its incomplete files."""
        running = self._running.get(download_id)
        if running is not None:
            running.is_cancelled = True
            running.task.cancel()
        elif (download := self._find(download_id)) is not None:
            self._begin_ending(self._remove(download.plan))

    def move(self, download_id: DownloadId, position: int) -> None:
        """Put it at `position` of the list (clamped): those in front start first."""
        download = self._find(download_id)
        if download is None:
            return
        others = [other for other in self._downloads if other is not download]
        others.insert(max(0, min(position, len(others))), download)
        self._change(others)

    def set_limit(self, limit: int) -> None:
        """How many run at a time (at least one). Those that run already go on."""
        self._limit = max(1, limit)
        self._start_next()

    async def stop(self) -> None:
        """End all transfers; their bytes and the saved list stay for the next session."""
        self._stopping = True
        for running in self._running.values():
            running.task.cancel()
        while self._endings:
            await asyncio.wait(self._endings)

    # --- the list ---

    def _find(self, download_id: DownloadId) -> Download | None:
        return next((download for download in self._downloads if download.plan.id == download_id), None)

    def _change(self, downloads: list[Download]) -> None:
        """Which plans there are, and their order, is on the disk before it is so."""
        if [download.plan for download in downloads] != [download.plan for download in self._downloads]:
            self._saved.save(download.plan for download in downloads)
        self._downloads = downloads
        self._events.changed(self.downloads)
        self._start_next()

    def _set_state(
        self,
        download_id: DownloadId,
        state: DownloadState,
        error: StudioError | None = None,
        only_from: set[DownloadState] | None = None,
    ) -> None:
        found = self._find(download_id)
        if found is None or (only_from is not None and found.state not in only_from):
            return
        changed = replace(found, state=state, error=error)
        self._change([changed if download is found else download for download in self._downloads])

    # --- what runs ---

    def _start_next(self) -> None:
        if self._stopping:
            return
        for download in tuple(self._downloads):
            if len(self._running) >= self._limit:
                return
            if download.state is DownloadState.WAITING and download.plan.id not in self._running:
                self._start(download.plan)

    def _start(self, plan: DownloadPlan) -> None:
        running = _Running(asyncio.create_task(self._fetch(plan, self._events.progressed)))
        self._running[plan.id] = running
        self._set_state(plan.id, DownloadState.RUNNING)
        self._begin_ending(self._follow(plan, running))

    def _begin_ending(self, ending: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(ending)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _follow(self, plan: DownloadPlan, running: _Running) -> None:
        """Wait for the end of a transfer and tell it, once."""
        await asyncio.wait([running.task])
        del self._running[plan.id]
        if running.is_cancelled:
            await self._remove(plan)
        elif not running.task.cancelled():
            self._tell_end(plan, running.task)
        self._start_next()

    def _tell_end(self, plan: DownloadPlan, task: asyncio.Task[DownloadResult]) -> None:
        match task.exception():
            case None:
                self._forget(plan)
                self._events.finished(task.result())
            case DiskFull() | FolderUnwritable() as error:
                self._set_state(plan.id, DownloadState.PAUSED, error)
                self._events.paused(plan, error)
            case StudioError() as error:
                self._fail(plan, error)
            case error:
                _log.error("unforeseen failure of the download %s", plan.source, exc_info=error)
                self._fail(plan, DownloadInterrupted(plan.source, f"{type(error).__name__}: {error}"))

    def _fail(self, plan: DownloadPlan, error: StudioError) -> None:
        self._set_state(plan.id, DownloadState.FAILED, error)
        self._events.failed(plan, error)

    async def _remove(self, plan: DownloadPlan) -> None:
        self._forget(plan)
        try:
            await in_thread(remove_parts, plan)
        except StorageError as error:
            self._events.trouble(error)
        self._events.cancelled(plan)

    def _forget(self, plan: DownloadPlan) -> None:
        """Off the list, also where that cannot be saved: it is then offered once more, and found to be complete."""
        try:
            self._change([download for download in self._downloads if download.plan.id != plan.id])
        except StorageError as error:
            self._downloads = [download for download in self._downloads if download.plan.id != plan.id]
            self._events.changed(self.downloads)
            self._events.trouble(error)
