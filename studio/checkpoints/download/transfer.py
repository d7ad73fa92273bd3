"""One file from its address to its final name, through cuts, waits, restarts and wrong bytes."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import httpx2

from studio.checkpoints.download.file_names import target_path
from studio.checkpoints.download.http_answers import check_not_a_page, refusal
from studio.checkpoints.download.http_client import Answer, HttpClient
from studio.checkpoints.download.in_thread import in_thread
from studio.checkpoints.download.options import DISK_RULES, PACE, DiskRules, Pace
from studio.checkpoints.download.pace import StallGuard, seconds_from_retry_after
from studio.checkpoints.download.part_file import PartFacts, PartFile, WholeFile, remove_part
from studio.core.download import DownloadedFile, DownloadPhase, RemoteFile
from studio.core.durable_file import make_folder_durably, storage_error
from studio.core.errors import (
    DiskFull,
    DownloadDamaged,
    DownloadInterrupted,
    RateLimited,
    RemoteChanged,
    ServerUnusable,
)

Report: TypeAlias = Callable[[DownloadPhase, int], None]
"""Called often: what is being done, and how many bytes of the file are there."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524})


class _TryAgain(Exception):
    """This try failed in a way that another may not: the reason, and the seconds that the server asks to wait."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


async def fetch_file(
    http: HttpClient,
    file: RemoteFile,
    folder: Path,
    report: Report,
    *,
    revision: str | None = None,
    pace: Pace = PACE,
    disk: DiskRules = DISK_RULES,
) -> DownloadedFile:
    """Fetch `file` below `folder`. A right file that is there already is kept and no server asked.

    What was fetched when this ends early, in whatever way, is kept for the next call.

    Raises:
        DownloadError, StorageError: see their leaves.
        asyncio.CancelledError: the bytes received so far are on the disk.
    """
    target = target_path(folder, file.path)
    wanted = PartFacts.of(file, revision)
    if (there := await _right_file(file, target, wanted, report)) is not None:
        return there
    await in_thread(make_folder_durably, target.parent)
    part = await in_thread(PartFile, target, wanted)
    try:
        return await _Transfer(http, file, part, report, pace, disk).run()
    finally:
        part.close()


async def _right_file(file: RemoteFile, target: Path, wanted: PartFacts, report: Report) -> DownloadedFile | None:
    """The complete file under its final name, read and compared; None when there is none or another one."""
    try:
        whole = await in_thread(WholeFile, target, wanted)
        if not whole.may_be_right:
            return None
        while await in_thread(whole.read):
            report(DownloadPhase.CHECKING, whole.position)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, target) from error
    if (found := whole.verified(file.path)) is not None:
        await in_thread(remove_part, target)  # what a kill left between the last two steps
    return found


class _Transfer:
    """The tries for one file; `part` is where the bytes go."""

    def __init__(
        self, http: HttpClient, file: RemoteFile, part: PartFile, report: Report, pace: Pace, disk: DiskRules
    ) -> None:
        self._http = http
        self._file = file
        self._part = part
        self._report = report
        self._pace = pace
        self._disk = disk
        self._ended = False
        self._furthest = 0
        self._unchecked = 0
        self._forwarded_refusals = 0

    async def run(self) -> DownloadedFile:
        await self._read_back()
        await self._check_space()
        try:
            return await self._fetch_right()
        except RemoteChanged:
            await in_thread(self._part.restart)
            raise

    async def _fetch_right(self) -> DownloadedFile:
        difference = await self._fetch_until_whole()
        if difference is not None:  # a server may have mixed two files up: once more, from the beginning
            await in_thread(self._part.restart)
            difference = await self._fetch_until_whole()
        if difference is not None:
            await in_thread(self._part.restart)
            raise DownloadDamaged(self._part.target, *difference)
        return await in_thread(self._part.complete, self._file.path)

    async def _read_back(self) -> None:
        while await in_thread(self._part.read_back):
            self._report(DownloadPhase.CHECKING, self._part.position)

    async def _fetch_until_whole(self) -> tuple[str, str] | None:
        """Try until all bytes are there; then what `PartFile.difference` says about them."""
        self._ended = False
        self._furthest = self._part.position
        attempt = 0
        while not (self._ended or self._part.has_all):
            self._report(DownloadPhase.CONNECTING, self._part.position)
            try:
                await self._try()
            except (_TryAgain, httpx2.TransportError) as failure:
                attempt = 1 if self._part.position > self._furthest else attempt + 1
                self._furthest = max(self._furthest, self._part.position)
                await self._wait(failure, attempt)
        return self._part.difference()

    async def _wait(self, failure: _TryAgain | httpx2.TransportError, attempt: int) -> None:
        reason = str(failure) or type(failure).__name__
        if attempt >= self._pace.most_tries:
            raise DownloadInterrupted(self._file.url, reason) from failure
        asked = failure.seconds if isinstance(failure, _TryAgain) else None
        if asked is not None and asked > self._pace.longest_retry_after:
            raise RateLimited(self._file.url, round(asked)) from failure
        self._report(DownloadPhase.RETRYING, self._part.position)
        await asyncio.sleep(max(self._pace.wait_before(attempt), asked or 0))

    # --- one try ---

    async def _try(self) -> None:
        async with self._http.get(self._file.url, self._range_headers()) as answer:
            self._check_content_hash(answer)
            match answer.status:
                case 206:
                    last = await self._continue_with(answer)
                case 200:
                    last = await self._begin_with(answer)
                case 416:
                    await self._after_416(answer)
                    return
                case status:
                    raise self._failure(answer, status)
            await self._receive(answer)
        self._after_body(last)

    def _range_headers(self) -> dict[str, str]:
        if self._part.position == 0:
            return {}
        headers = {"Range": f"bytes={self._part.position}-"}
        if self._part.facts.etag is not None:
            headers["If-Range"] = self._part.facts.etag
        return headers

    def _check_content_hash(self, answer: Answer) -> None:
        """The hub says on the way which file it is about to send: the news of a changed one costs no gigabytes."""
        said, file = answer.content_hash, self._file
        if said is not None and file.sha256 is not None and len(said) == 64 and said != file.sha256:
            raise RemoteChanged(file.url, f"its SHA-256 is now {said[:16]}…")

    async def _continue_with(self, answer: Answer) -> int:
        """Check that the answer goes on where the part ends; the position of the byte after its last."""
        found = _CONTENT_RANGE.fullmatch(answer.header("content-range") or "")
        if found is None or int(found[1]) != self._part.position:
            raise ServerUnusable(self._file.url, f"another range than asked for: {answer.header('content-range')}")
        self._check_body_kind(answer)
        if found[3] != "*":
            self._check_size(int(found[3]))
            self._part.learn_size(int(found[3]))
        await self._check_same_file(answer)
        return int(found[2]) + 1

    async def _check_same_file(self, answer: Answer) -> None:
        """Where no hash will tell in the end, the ETag must not change on the way."""
        facts = self._part.facts
        if facts.sha256 is None and facts.git_sha1 is None and answer.strong_etag != facts.etag:
            await in_thread(self._part.restart)
            raise _TryAgain("the file on the server has changed")

    async def _begin_with(self, answer: Answer) -> int | None:
        """The whole file comes: no range was asked for, the server has none, or it is another file than before."""
        self._check_body_kind(answer)
        length = answer.header("content-length")
        size = int(length) if length is not None and length.isdigit() else None
        if size is not None:
            self._check_size(size, whole=True)
        elif not self._will_know_the_end(answer):
            raise ServerUnusable(self._file.url, "it does not say how long the file is")
        await in_thread(self._part.restart, etag=answer.strong_etag, size=size)
        await self._check_space()
        return size

    def _will_know_the_end(self, answer: Answer) -> bool:
        """False when the body just ends with the connection, so that a cut looks like the end."""
        known = self._file.size is not None or self._file.sha256 is not None
        return known or "chunked" in (answer.header("transfer-encoding") or "").lower()

    async def _after_416(self, answer: Answer) -> None:
        """Nothing lies behind what we have: either we have all, or it is another file."""
        size = re.fullmatch(r"bytes \*/(\d+)", answer.header("content-range") or "")
        if size is not None and int(size[1]) == self._part.position and self._part.facts.size is None:
            self._ended = True
            return
        await in_thread(self._part.restart)
        raise _TryAgain("the server has no such range")

    def _failure(self, answer: Answer, status: int) -> Exception:
        if status in _TRY_AGAIN:
            return _TryAgain(f"HTTP status {status}", seconds_from_retry_after(answer.header("retry-after")))
        if status in {401, 403} and answer.forwarded and self._forwarded_refusals == 0:
            self._forwarded_refusals += 1  # the signed address ran out: the first server makes a new one
            return _TryAgain(f"HTTP status {status}")
        return refusal(answer, self._file.url)

    def _check_body_kind(self, answer: Answer) -> None:
        check_not_a_page(answer, self._file.url)
        if (answer.header("content-encoding") or "identity") != "identity":
            raise ServerUnusable(self._file.url, "the file comes compressed, though that was not asked for")

    def _check_size(self, size: int, *, whole: bool = False) -> None:
        """Of a file that is begun anew only the planned size counts, of a continued one also that found before."""
        expected = self._file.size if whole else self._part.facts.size
        if expected is not None and size != expected:
            raise RemoteChanged(self._file.url, f"it has {size} bytes now, not {expected}")

    async def _receive(self, answer: Answer) -> None:
        """The body onto the disk, block by block. When it is cut, what came is kept."""
        chunks: list[bytes] = []
        waiting = 0
        guard = StallGuard(self._pace)
        try:
            async for chunk in answer.chunks():
                chunks.append(chunk)
                waiting += len(chunk)
                self._report(DownloadPhase.TRANSFERRING, self._part.position + waiting)
                if waiting >= self._disk.block:
                    block, chunks, waiting = chunks, [], 0  # first: a cancel must not store the block once more
                    await self._store(block)
                if guard.has_stalled(len(chunk)):
                    raise _TryAgain("the server sends next to nothing")
        except (httpx2.TransportError, _TryAgain, asyncio.CancelledError):
            await self._store(chunks)
            raise
        await self._store(chunks)

    async def _store(self, chunks: list[bytes]) -> None:
        """Put `chunks`, together a block, onto the disk."""
        count = sum(map(len, chunks))
        if count == 0:
            return
        size = self._part.facts.size
        if size is not None and self._part.position + count > size:
            raise RemoteChanged(self._file.url, f"it is longer than {size} bytes")
        await in_thread(self._part.append, chunks)
        self._unchecked += count
        if self._unchecked >= self._disk.check_every:
            await self._check_space()

    def _after_body(self, last: int | None) -> None:
        """The body came to its end: at the place that was announced, or else it was cut."""
        position = self._part.position
        if last is not None and position < last:
            raise _TryAgain(f"the connection ended after {position} bytes")
        if self._part.facts.size is None:
            self._ended = True

    async def _check_space(self) -> None:
        self._unchecked = 0
        if self._part.facts.size is None:
            return
        rest = self._part.facts.size - self._part.position
        folder = self._part.target.parent
        free = (await in_thread(shutil.disk_usage, folder)).free
        if free < rest + self._disk.reserve:
            raise DiskFull(self._part.target, rest, free, self._disk.reserve)
