"""Downloads a model until it is complete or killed, as the program does after a restart.

    python -m tests.helpers.downloading_child SERVER HOME [--nursery]

As a nursery it makes a process for each line of its input, kills it (-9) after as many seconds as the line says, and
says ENDED with the exit code: what takes long when a process starts, the imports, is done then.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from studio.checkpoints.download.options import DiskRules, DownloadOptions, Endpoints, Pace
from studio.checkpoints.download.session import DownloadSession, download_session
from studio.core.download import Download, DownloadPlan, DownloadProgress, DownloadResult
from studio.core.errors import StudioError

BLOCK = 64 * 1024
REPOSITORY = "owner/model"


async def no_token(_server: str) -> str | None:
    return None


class Events:
    """Ends the child when the download has ended, one way or the other."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def changed(self, downloads: tuple[Download, ...]) -> None: ...

    def progressed(self, progress: DownloadProgress) -> None: ...

    def paused(self, plan: DownloadPlan, error: StudioError) -> None:
        self.ended.set_result(f"PAUSED {error}")

    def finished(self, result: DownloadResult) -> None:
        self.ended.set_result("DONE")

    def failed(self, plan: DownloadPlan, error: StudioError) -> None:
        self.ended.set_result(f"FAILED {error}")

    def cancelled(self, plan: DownloadPlan) -> None: ...

    def trouble(self, error: StudioError) -> None:
        self.ended.set_result(f"TROUBLE {error}")


async def main(server: str, home: Path) -> None:
    options = DownloadOptions(
        state_file=home / "downloads.json",
        token_for=no_token,
        endpoints=Endpoints(hub=server),
        proxy=lambda: None,
        pace=Pace(first_wait=0.01, longest_wait=0.05),
        disk=DiskRules(block=BLOCK, reserve=0),
    )
    events = Events()
    async with download_session(options, events) as session:
        await begin_or_go_on(session, home)
        print("READY", flush=True)
        print(await events.ended, flush=True)


async def begin_or_go_on(session: DownloadSession, home: Path) -> None:
    session.queue.restore()
    if not session.queue.downloads:
        session.queue.add(await session.look_up(REPOSITORY, home / "models"))
    for download in session.queue.downloads:
        session.queue.resume(download.plan.id)


def nursery(server: str, home: Path) -> None:
    import anyio._backends._asyncio  # noqa: F401, what httpx2 imports at its first request
    import httpcore2  # noqa: F401

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(main(server, home))
            os._exit(0)
        print("ENDED", end_within(pid, float(line)), flush=True)


def end_within(pid: int, seconds: float) -> int:
    """Wait for the end of the child `pid`, killed when it takes longer; its exit code."""

    def kill(*_: object) -> None:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status = os.waitpid(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    if "--nursery" in sys.argv:
        nursery(sys.argv[1], Path(sys.argv[2]))
    else:
        asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
