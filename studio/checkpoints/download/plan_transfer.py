"""All files of a plan, one after the other, with the progress of the whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from studio.checkpoints.download.file_names import PART_ENDING, target_path
from studio.checkpoints.download.http_client import HttpClient
from studio.checkpoints.download.in_thread import in_thread
from studio.checkpoints.download.missing_bytes import missing_bytes
from studio.checkpoints.download.options import DISK_RULES, PACE, DiskRules, Pace
from studio.checkpoints.download.pace import SpeedMeter
from studio.checkpoints.download.part_file import remove_part
from studio.checkpoints.download.transfer import fetch_file
from studio.checkpoints.library_lock import remove_lock
from studio.core.download import DownloadedFile, DownloadPhase, DownloadPlan, DownloadProgress, DownloadResult
from studio.core.durable_file import make_folder_durably, storage_error
from studio.core.errors import DiskFull, DownloadBusy, UnsafeFileName

LOCK_NAME = ".download.lock"
NEW_NAME = f".download{PART_ENDING}"
"""Lies in a folder that a download made, until all of it is there: what is in it came by that download."""


async def fetch_plan(
    http: HttpClient,
    plan: DownloadPlan,
    report: Callable[[DownloadProgress], None],
    *,
    pace: Pace = PACE,
    disk: DiskRules = DISK_RULES,
) -> DownloadResult:
    """Fetch the files of `plan` into its folder; those that are there already and right are kept.

    `report` is called often. What was fetched when this ends early is kept for the next call.

    Raises:
        DownloadBusy: another program does the same.
        DiskFull: there is no room for what is missing and the reserve.
        DownloadError, StorageError: as `fetch_file`.
    """
    check_names(plan)
    await in_thread(_make_folder, plan.folder)
    progress = _Progress(plan, report)
    with _locked(plan.folder):
        await in_thread(_check_space, plan, disk.reserve)
        for file in plan.files:
            progress.begin(file.path)
            done = await fetch_file(
                http, file, plan.folder, progress.on_file, revision=plan.revision, pace=pace, disk=disk
            )
            progress.end(done)
        await in_thread(_remove, plan.folder / NEW_NAME)
    return DownloadResult(plan, progress.files)


def check_names(plan: DownloadPlan) -> None:
    """Raises UnsafeFileName when a name is not allowed, or two are the same where case does not count."""
    seen: set[str] = set()
    for file in plan.files:
        target_path(plan.folder, file.path)
        if file.path.casefold() in seen:
            raise UnsafeFileName(file.path, "another file has the same name")
        seen.add(file.path.casefold())


def remove_parts(plan: DownloadPlan) -> None:
    """Remove what is incomplete, and the folders that are then empty. Raises StorageError.

    Complete files go too where the download made the folder; elsewhere they may have been there before.
    """
    targets = [target_path(plan.folder, file.path) for file in plan.files]
    if (plan.folder / NEW_NAME).exists():
        for path in (*targets, plan.folder / NEW_NAME):
            _remove(path)
    for target in targets:
        remove_part(target)
    folders = {folder for target in targets for folder in target.parents if folder.is_relative_to(plan.folder)}
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):  # not empty, or never made
            folder.rmdir()


def _make_folder(folder: Path) -> None:
    is_new = not folder.exists()
    make_folder_durably(folder)
    if is_new:
        try:
            (folder / NEW_NAME).touch()  # lost in a power cut, it makes a cancel only more careful
        except OSError as error:
            raise storage_error(error, folder / NEW_NAME) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, path) from error


def _check_space(plan: DownloadPlan, reserve: int) -> None:
    missing = missing_bytes(plan)
    free = shutil.disk_usage(plan.folder).free
    if missing and free < missing + reserve:
        raise DiskFull(plan.folder, missing, free, reserve)


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """One program at a time writes to the folder. The system frees the lock of a program that was killed."""
    lock = FileLock(folder / LOCK_NAME)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise DownloadBusy(folder) from error
    try:
        yield
    finally:
        remove_lock(folder / LOCK_NAME)
        lock.release()


class _Progress:
    """Adds the files up."""

    def __init__(self, plan: DownloadPlan, report: Callable[[DownloadProgress], None]) -> None:
        self._plan = plan
        self._report = report
        self._speed = SpeedMeter()
        self._done: list[DownloadedFile] = []
        self._path = ""
        self._received: int | None = None

    @property
    def files(self) -> tuple[DownloadedFile, ...]:
        return tuple(self._done)

    def begin(self, path: str) -> None:
        self._path = path
        self._received = None

    def on_file(self, phase: DownloadPhase, count: int) -> None:
        if phase is DownloadPhase.TRANSFERRING:
            self._speed.add(max(0, count - self._received) if self._received is not None else 0)
        self._received = count
        before = sum(file.size for file in self._done)
        self._report(
            DownloadProgress(
                self._plan.id, phase, self._path, before + count, self._plan.size, self._speed.bytes_per_second
            )
        )

    def end(self, file: DownloadedFile) -> None:
        self._done.append(file)
