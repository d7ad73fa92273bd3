"""Everything that downloads need while they run, put together: for the window's thread and for the command line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.lookup import plan_download
from studio.checkpoints.download.options import DownloadOptions
from studio.checkpoints.download.plan_transfer import fetch_plan
from studio.checkpoints.download.queue import DownloadEvents, DownloadQueue
from studio.checkpoints.download.saved_downloads import SavedDownloads
from studio.core.download import DownloadPlan, DownloadProgress, DownloadResult


@dataclass(frozen=True, slots=True)
class DownloadSession:
    """Use from within the event loop that it was made in."""

    options: DownloadOptions
    http: HttpClient
    queue: DownloadQueue

    async def look_up(self, text: str, parent: Path) -> DownloadPlan:
        """As `plan_download`."""
        return await plan_download(self.http, text, parent, self.options.endpoints)


@asynccontextmanager
async def download_session(options: DownloadOptions, events: DownloadEvents) -> AsyncGenerator[DownloadSession]:
    """Downloads, until the context is left: transfers then stop, and keep what they have."""
    async with http_client(options) as http:

        async def fetch(plan: DownloadPlan, report: Callable[[DownloadProgress], None]) -> DownloadResult:
            return await fetch_plan(http, plan, report, pace=options.pace, disk=options.disk)

        queue = DownloadQueue(SavedDownloads(options.state_file), fetch, events, options.limit)
        try:
            yield DownloadSession(options, http, queue)
        finally:
            await queue.stop()


def http_client(options: DownloadOptions) -> HttpClient:
    return HttpClient(token_for=options.token_for, proxy=options.proxy(), pace=options.pace)
