"""One program at a time changes the library: a lock file that the system lets go of when its holder dies."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from studio.core.errors import LibraryBusy

_PATIENCE = 10.0
"""Seconds. The lock is held for renames and small files only, never while gigabytes are copied."""


@contextmanager
def locked(path: Path, patience: float = _PATIENCE) -> Generator[None]:
    """Hold the lock file `path`, whose folder must exist. Not reentrant.

    Raises:
        LibraryBusy: another program holds it for longer than `patience` seconds.
    """
    import filelock

    lock = filelock.FileLock(path, timeout=patience)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise LibraryBusy(path) from error
    try:
        yield
    finally:
        lock.release()


def remove_lock(path: Path) -> None:
    """Delete the lock file `path`, if the system lets one go that is still held.

    Windows does not: there `filelock` deletes it when it is released.
    """
    with suppress(OSError):
        path.unlink()


def is_abandoned(path: Path) -> bool:
    """Nobody holds the lock file `path` (any more)."""
    import filelock

    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        return False
    lock.release()
    return True
