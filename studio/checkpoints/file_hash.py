"""The sha256 of large files, with progress and a way to stop."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from studio.core.errors import ModelWorkCancelled
from studio.core.session import CancelToken

_BLOCK = 4 * 1024 * 1024


def sha256_of(path: Path, on_bytes: Callable[[int], None], cancel: CancelToken) -> str:
    """In lower-case hex. `on_bytes` is told how many bytes each block had. Raises OSError, ModelWorkCancelled."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            on_bytes(len(block))
            stop_if_cancelled(cancel)
    return digest.hexdigest()


def copy_hashed(source: Path, target: Path, on_bytes: Callable[[int], None], cancel: CancelToken) -> str:
    """Copy to the new file `target`, synced to the drive; the sha256 of what was copied. Raises as `sha256_of`."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("xb") as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            writing.write(block)
            on_bytes(len(block))
            stop_if_cancelled(cancel)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def stop_if_cancelled(cancel: CancelToken) -> None:
    if cancel.is_cancelled:
        raise ModelWorkCancelled
