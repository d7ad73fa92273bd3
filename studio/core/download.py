"""The vocabulary of downloads: what is to be fetched, how far it is, what came of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NewType

from studio.core.errors import StudioError

DownloadId = NewType("DownloadId", str)


def new_download_id() -> DownloadId:
    return DownloadId(uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at `url` that becomes `path` below the download's folder.

    `path` is relative with forward slashes; `size` is in bytes. `sha256` or `git_sha1` (lower-case hex; git's hash of a
    blob, which the hub has for small files) is what the bytes are compared with. With neither, whatever comes is taken
    and said to be unverified.
    """

    url: str
    path: str
    size: int | None = None
    sha256: str | None = None
    git_sha1: str | None = None


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """Files that belong together, made when the user asks for them and unchanged from then on.

    `source` is the address that a person would open or type; `revision` the commit or version that the files are of.
    `licence` is an SPDX identifier or the name that the source gives; `licence_accepted` says that the user was asked.
    """

    id: DownloadId
    title: str
    folder: Path
    files: tuple[RemoteFile, ...]
    source: str
    revision: str | None = None
    licence: str | None = None
    licence_accepted: bool = False

    @property
    def size(self) -> int | None:
        """Bytes of all files, None when one is unknown."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


class DownloadState(StrEnum):
    """Waiting ones start by themselves in their order; paused and failed ones when the user says so."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Download:
    """One of the list. `error` is why it failed, or paused itself."""

    plan: DownloadPlan
    state: DownloadState
    error: StudioError | None = None


class DownloadPhase(StrEnum):
    """What a running download does just now.

    `CHECKING` reads what is on the disk already, `RETRYING` waits before it asks the server again.
    """

    CONNECTING = "connecting"
    CHECKING = "checking"
    TRANSFERRING = "transferring"
    RETRYING = "retrying"


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a running download is. `path` is the file it is at; `bytes_per_second` None before it is known."""

    id: DownloadId
    phase: DownloadPhase
    path: str
    bytes_done: int
    bytes_total: int | None
    bytes_per_second: float | None

    @property
    def fraction(self) -> float | None:
        """0 to 1, None while the size is unknown."""
        return self.bytes_done / self.bytes_total if self.bytes_total else None

    @property
    def seconds_left(self) -> float | None:
        """Estimate for the whole download, None while it cannot be made."""
        if self.bytes_total is None or not self.bytes_per_second:
            return None
        return (self.bytes_total - self.bytes_done) / self.bytes_per_second


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """A complete file under its final name.

    `sha256` is that of its bytes; `verified` is False when the source published no hash to compare them with.
    """

    path: str
    size: int
    sha256: str
    verified: bool


@dataclass(frozen=True, slots=True)
class DownloadResult:
    """All files of `plan` are there."""

    plan: DownloadPlan
    files: tuple[DownloadedFile, ...]
