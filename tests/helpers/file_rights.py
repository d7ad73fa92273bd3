"""Folders that nobody may write into: also for root, whom the rights of files do not stop."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CAPABILITY_VERSION_3 = 0x20080522
_OVERRIDES = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, see capabilities(7)."""
_READING = 0o555


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Until the context is left these folders, and those in them, are read-only for this thread."""
    inside = [folder for top in folders for folder in (top, *(path for path in top.rglob("*") if path.is_dir()))]
    before = {folder: folder.stat().st_mode for folder in inside}
    for folder in inside:
        folder.chmod(_READING)
    try:
        with _as_anybody():
            yield
    finally:
        for folder, mode in before.items():
            folder.chmod(mode)


@contextmanager
def _as_anybody() -> Iterator[None]:
    """Without what lets root write everywhere. On Linux each thread has its own capabilities."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        yield
        return
    system = ctypes.CDLL(None, use_errno=True)
    header, kept = _Header(_CAPABILITY_VERSION_3, 0), (_Set * 2)()
    _check(system.capget(ctypes.byref(header), kept))
    fewer = (_Set * 2)(*(_Set(part.effective, part.permitted, part.inheritable) for part in kept))
    fewer[0].effective &= ~_OVERRIDES
    _check(system.capset(ctypes.byref(header), fewer))
    try:
        yield
    finally:
        _check(system.capset(ctypes.byref(header), kept))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
