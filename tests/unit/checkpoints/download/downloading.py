"""A quick transfer from the server of the tests: short waits, small blocks, no reserve on the disk."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.hub import Hub
from studio.checkpoints.download.options import DiskRules, Pace
from studio.checkpoints.download.transfer import fetch_file
from studio.core.download import DownloadedFile, DownloadPhase, RemoteFile
from tests.helpers.hub_server import HubServer

Result = TypeVar("Result")

REPOSITORY = "owner/model"
WEIGHTS = "model.safetensors"
SIZE = 300_000
CONTENT = random.Random(1).randbytes(SIZE)
QUICK = Pace(first_wait=0.01, longest_wait=0.02, most_tries=4, stall_seconds=0.3, connect_seconds=5)
DISK = DiskRules(block=64 * 1024, reserve=0, check_every=128 * 1024)


async def no_token(_server: str) -> str | None:
    return None


def with_client(work: Callable[[HttpClient], Awaitable[Result]], pace: Pace = QUICK) -> Result:
    """What `work` gives, in an event loop of its own."""

    async def run() -> Result:
        async with HttpClient(token_for=no_token, pace=pace) as http:
            return await work(http)

    return asyncio.run(run())


def remote_file(server: HubServer, path: str = WEIGHTS) -> RemoteFile:
    """As the hub tells it."""

    async def ask(http: HttpClient) -> RemoteFile:
        repository = await Hub(http, server.url).repository(REPOSITORY)
        return next(file for file in repository.files if file.path == path)

    return with_client(ask)


@dataclass
class Fetched:
    """What came of a transfer and what it told on the way."""

    file: DownloadedFile
    reports: list[tuple[DownloadPhase, int]] = field(default_factory=list[tuple[DownloadPhase, int]])


def fetch(file: RemoteFile, folder: Path, *, pace: Pace = QUICK, disk: DiskRules = DISK) -> Fetched:
    reports: list[tuple[DownloadPhase, int]] = []

    async def transfer(http: HttpClient) -> DownloadedFile:
        return await fetch_file(
            http, file, folder, lambda phase, count: reports.append((phase, count)), pace=pace, disk=disk
        )

    return Fetched(with_client(transfer, pace), reports)
