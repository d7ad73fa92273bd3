"""Write a file so that a crash, a full disk or a power cut leaves either the old content or the new, never half."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from studio.core.errors import DiskFull, FolderUnwritable, StorageError, WriteFailed

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_ACCESS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}
_WINDOWS_RETRIES = 8


def write_durably(path: Path, content: bytes, *, overwrite: bool, temporary: Path | None = None) -> None:
    """Write `content` to `path`: temporary file beside it, fsync, rename, fsync of the folder.

    With `overwrite=False` an existing file is never replaced. The folder must exist. The temporary file has a new name
    each time; a file with one writer may give it a fixed one, so that kills leave no more than one of them.

    Raises:
        DiskFull, FolderUnwritable, WriteFailed: and the temporary file is gone.
    """
    first = temporary or path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        _write_synced(first, content)
        if overwrite:
            _retry_while_locked(lambda: os.replace(first, path))
            sync_folder(path.parent)
        else:
            _move_without_replacing(first, path)
            _sync_new_name(path)
    except OSError as error:
        with suppress(OSError):  # the first failure is the one to tell
            first.unlink(missing_ok=True)
        raise storage_error(error, path, len(content)) from error


def replace_durably(source: Path, target: Path) -> None:
    """Give the synced file `source` the name `target` in the same folder, in place of what was there.

    Raises:
        DiskFull, FolderUnwritable, WriteFailed: `source` may still be there.
    """
    try:
        _retry_while_locked(lambda: os.replace(source, target))
        sync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error


def make_folder_durably(folder: Path) -> None:
    """Make `folder` and what is missing above it, so that a power cut leaves its name.

    Raises:
        DiskFull, FolderUnwritable, WriteFailed.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in missing:
            sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, folder) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, for example that of a new folder. Raises OSError."""
    if sys.platform == "win32":  # folders cannot be opened for fsync; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage_error(error: OSError, path: Path, needed: int = 0) -> StorageError:
    """The facts of an OSError that happened while writing `path`."""
    reason = error.strerror or type(error).__name__
    if error.errno in _NO_SPACE:
        return DiskFull(path, needed, _free_bytes(path))
    if error.errno in _NO_ACCESS:
        return FolderUnwritable(path.parent, reason)
    return WriteFailed(path, reason)


def _write_synced(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        remaining = memoryview(content)
        while remaining:
            remaining = remaining[os.write(descriptor, remaining) :]
        sync_to_drive(descriptor)
    finally:
        os.close(descriptor)


def sync_to_drive(descriptor: int) -> None:
    """Make what was written to the open file survive a power cut. Raises OSError.

    macOS: fsync leaves the data in the drive's cache; F_FULLFSYNC does not, but not every volume has it.
    """
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in {errno.ENOTSUP, errno.EINVAL}:
                raise
        else:
            return
    os.fsync(descriptor)


def _move_without_replacing(temporary: Path, path: Path) -> None:
    """A hard link fails when the name is taken, where a rename would replace; not every file system has links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise
        _retry_while_locked(lambda: os.replace(temporary, path))
    else:
        with suppress(OSError):  # the file is there under its name; a second one costs nothing but a look
            temporary.unlink()


def _retry_while_locked(replace: Callable[[], None]) -> None:
    """Windows: a virus scanner may hold a fresh file for a moment (WinError 5, 32, 33)."""
    for attempt in range(_WINDOWS_RETRIES):
        try:
            replace()
        except PermissionError:
            if sys.platform != "win32" or attempt == _WINDOWS_RETRIES - 1:
                raise
            time.sleep(0.05 * 2**attempt)
        else:
            return


def _sync_new_name(path: Path) -> None:
    """A file whose name may not last was not written: without this, writing it again would find its name taken."""
    try:
        sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _free_bytes(path: Path) -> int | None:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return None
