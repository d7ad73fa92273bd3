"""A file that is not complete yet: its bytes in `NAME.part`, what is known about them in `NAME.part.json`.

The first line of `NAME.part.json` is an object: where the bytes come from and what they should become. Each further
line is a number: so many bytes have reached the disk. It is written only after they have, and the last whole line
counts: after a kill or a power cut the transfer goes on exactly there, and trusts no byte that may not be on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

from studio.checkpoints.download.file_names import PART_ENDING
from studio.core.download import DownloadedFile, RemoteFile
from studio.core.durable_file import replace_durably, storage_error, sync_to_drive, write_durably

_READ_BACK = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What the bytes are of: the first line of the sidecar. `etag` is the strong ETag of the last answer, if any."""

    url: str
    revision: str | None
    size: int | None
    sha256: str | None
    git_sha1: str | None
    etag: str | None = None

    @classmethod
    def of(cls, file: RemoteFile, revision: str | None) -> PartFacts:
        return cls(file.url, revision, file.size, file.sha256, file.git_sha1)

    def continues(self, earlier: PartFacts) -> bool:
        """True when bytes fetched for `earlier` are the beginning of this file: the same hash, or the same place."""
        if self.sha256 is not None or self.git_sha1 is not None:
            return (self.sha256, self.git_sha1) == (earlier.sha256, earlier.git_sha1)
        same_place = (self.url, self.revision) == (earlier.url, earlier.revision)
        return same_place and earlier.etag is not None and self.size in {None, earlier.size}


class PartFile:
    """The beginning of a file, appended to in order. Use from one thread at a time; `close` at the end.

    Every method that writes raises DiskFull, FolderUnwritable or WriteFailed; what was written before stays.
    """

    def __init__(self, target: Path, wanted: PartFacts) -> None:
        """Open `NAME.part` for `target`. Bytes of the same file that are there count after `read_back`."""
        self.target = target
        self._wanted = wanted
        self._part = target.with_name(target.name + PART_ENDING)
        self._sidecar = target.with_name(f"{target.name}{PART_ENDING}.json")
        self._descriptor: int | None = None
        self._journal: int | None = None
        earlier, kept = _read_sidecar(self._sidecar)
        if earlier is None or not wanted.continues(earlier):
            earlier, kept = wanted, 0
        self.facts = replace(wanted, size=wanted.size or earlier.size, etag=earlier.etag)
        self._hashes = _Hashes(self.facts)
        self._position = 0
        try:
            self._descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            self._kept = min(kept, os.fstat(self._descriptor).st_size)
        except OSError as error:
            self.close()
            raise storage_error(error, self._part) from error

    @property
    def position(self) -> int:
        """How many bytes are on the disk and in the hash."""
        return self._position

    @property
    def kept(self) -> int:
        """How many bytes of an earlier run `read_back` brings in."""
        return self._kept

    @property
    def has_all(self) -> bool:
        return self.facts.size is not None and self._position == self.facts.size

    def read_back(self) -> bool:
        """Take the next piece of the kept bytes into the hash. False when there is no more."""
        try:
            wanted = min(_READ_BACK, self._kept - self._position)
            piece = _read_at(self._file, wanted, self._position) if wanted > 0 else b""
        except OSError as error:
            raise storage_error(error, self._part) from error
        self._hashes.update(piece)
        self._position += len(piece)
        if piece and self._position < self._kept:
            return True
        self._begin_at(self._position)
        return False

    def restart(self, *, etag: str | None = None, size: int | None = None) -> None:
        """Drop what was fetched: from here on it is a file with this ETag and size."""
        self.facts = replace(self._wanted, size=self._wanted.size or size, etag=etag)
        self._kept = self._position = 0
        self._hashes = _Hashes(self.facts)
        self._begin_at(0)

    def learn_size(self, size: int) -> None:
        """The server said how long the whole is; a size that was known already stays."""
        self.facts = replace(self.facts, size=self.facts.size or size)

    def append(self, chunks: Sequence[bytes]) -> None:
        """Add the next bytes; when this returns they are on the disk, and the sidecar says so."""
        count = sum(map(len, chunks))
        try:
            os.lseek(self._file, self._position, os.SEEK_SET)
            for chunk in chunks:
                _write_all(self._file, chunk)
            sync_to_drive(self._file)
            self._position += count
            for chunk in chunks:
                self._hashes.update(chunk)
            if self._journal is not None:
                os.write(self._journal, f"{self._position}\n".encode())
        except OSError as error:
            raise storage_error(error, self._part, count) from error

    def difference(self) -> tuple[str, str] | None:
        """The published hash and the one found, where they differ; None when they agree or none was published."""
        return self._hashes.difference()

    def complete(self, path: str) -> DownloadedFile:
        """Give the file its final name. Call only when it is whole and `difference` is None."""
        self.close()
        replace_durably(self._part, self.target)
        remove_part(self.target)
        verified = self.facts.sha256 is not None or self.facts.git_sha1 is not None
        return DownloadedFile(path, self._position, self._hashes.sha256, verified)

    def close(self) -> None:
        for descriptor in (self._descriptor, self._journal):
            if descriptor is not None:
                os.close(descriptor)
        self._descriptor = self._journal = None

    @property
    def _file(self) -> int:
        if self._descriptor is None:
            raise ValueError("the file is closed")
        return self._descriptor

    def _begin_at(self, position: int) -> None:
        """Drop what lies behind `position` and write the sidecar anew, in this order: it never promises too much."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None
        try:
            os.ftruncate(self._file, position)
            sync_to_drive(self._file)
        except OSError as error:
            raise storage_error(error, self._part) from error
        lines = f"{json.dumps(asdict(self.facts))}\n{position}\n".encode()
        write_durably(self._sidecar, lines, overwrite=True, temporary=_temporary(self._sidecar))
        try:
            self._journal = os.open(self._sidecar, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise storage_error(error, self._sidecar) from error


def remove_part(target: Path) -> None:
    """Remove what was fetched of `target` so far. The complete file, if any, stays.

    Raises:
        StorageError.
    """
    part = target.with_name(target.name + PART_ENDING)
    sidecar = part.with_name(f"{part.name}.json")
    for path in (part, sidecar, _temporary(sidecar)):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) from error


class WholeFile:
    """A file under its final name, compared with what it should be. Read it piece by piece, then ask."""

    def __init__(self, path: Path, wanted: PartFacts) -> None:
        """Raises OSError when there is no such file."""
        self._path = path
        self._wanted = wanted
        self._hashes = _Hashes(wanted)
        self.size = path.stat().st_size
        self.position = 0

    @property
    def may_be_right(self) -> bool:
        """False when the size alone tells that it is another one."""
        return self._wanted.size in {None, self.size}

    def read(self) -> bool:
        """Take the next piece into the hash; False when there is no more. Raises OSError."""
        with self._path.open("rb") as file:
            file.seek(self.position)
            piece = file.read(_READ_BACK)
        self._hashes.update(piece)
        self.position += len(piece)
        return bool(piece)

    def verified(self, path: str) -> DownloadedFile | None:
        """The file as downloaded; None when it is not the one that is wanted."""
        if self._hashes.difference() is not None:
            return None
        known = self._wanted.sha256 is not None or self._wanted.git_sha1 is not None
        return DownloadedFile(path, self.position, self._hashes.sha256, known)


class _Hashes:
    """SHA-256 always, because the manifest wants it; git's of a blob where that is what the source publishes."""

    def __init__(self, facts: PartFacts) -> None:
        self._facts = facts
        self._sha256 = hashlib.sha256()
        self._git = hashlib.sha1(f"blob {facts.size}\0".encode(), usedforsecurity=False)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)
        if self._facts.git_sha1 is not None:
            self._git.update(piece)

    def difference(self) -> tuple[str, str] | None:
        if self._facts.sha256 is not None:
            expected, found = self._facts.sha256, self.sha256
        elif self._facts.git_sha1 is not None:
            expected, found = self._facts.git_sha1, self._git.hexdigest()
        else:
            return None
        return None if expected == found else (expected, found)


def _temporary(sidecar: Path) -> Path:
    """The one writer of a sidecar holds the lock on its folder: a fixed name, so that kills leave nothing behind."""
    return sidecar.with_name(f".{sidecar.name}.tmp")


def _read_sidecar(path: Path) -> tuple[PartFacts | None, int]:
    """The facts and the number of bytes that are on the disk; (None, 0) when that cannot be known."""
    try:
        lines = path.read_bytes().split(b"\n")
        facts = _facts_from(json.loads(lines[0]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, 0
    counts = [int(line) for line in lines[1:-1] if line.isdigit()]
    return facts, counts[-1] if counts else 0


def _facts_from(value: object) -> PartFacts:
    """Raises KeyError or TypeError for anything but an object of such facts."""
    if not isinstance(value, dict):
        raise TypeError(value)
    entry = cast("dict[str, object]", value)
    size = entry["size"]
    if not isinstance(size, int | None):
        raise TypeError(size)
    return PartFacts(
        url=_text(entry["url"]) or "",
        revision=_text(entry["revision"]),
        size=size,
        sha256=_text(entry["sha256"]),
        git_sha1=_text(entry["git_sha1"]),
        etag=_text(entry["etag"]),
    )


def _text(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise TypeError(value)
    return value


def _write_all(descriptor: int, content: bytes) -> None:
    remaining = memoryview(content)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]


def _read_at(descriptor: int, size: int, position: int) -> bytes:
    os.lseek(descriptor, position, os.SEEK_SET)
    return os.read(descriptor, size)
