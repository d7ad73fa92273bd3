"""Identical files of several models are stored once: as hard links, where the file system has them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from studio.checkpoints.file_hash import sha256_of
from studio.checkpoints.manifest import Manifest
from studio.core.session import CancelToken

_NOT_WORTH_IT = 1024 * 1024
"""Bytes. Below this a second copy costs less than the trouble."""


class SharedFiles:
    """The files of the library's own models by their hash."""

    def __init__(self, models: Iterable[tuple[Path, Manifest]]) -> None:
        """Each with the folder that the paths of its manifest begin in."""
        self._files = {
            (file.size, file.sha256): folder / file.path
            for folder, manifest in models
            for file in manifest.files
            if file.sha256 is not None and file.size >= _NOT_WORTH_IT
        }

    def twin_of(self, size: int, sha256: str | None, cancel: CancelToken) -> Path | None:
        """Another file with this content. It is read again, because it may have changed since its hash was written.

        Raises:
            ModelWorkCancelled.
        """
        twin = self._files.get((size, sha256)) if sha256 else None
        with suppress(OSError):  # gone, or unreadable: then it is no twin
            if twin is not None and twin.stat().st_size == size and sha256_of(twin, _uncounted, cancel) == sha256:
                return twin
        return None


def share_file(path: Path, twin: Path) -> bool:
    """Make `path` another name of the identical file `twin`. False where the file system cannot: it stays a copy."""
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        os.link(twin, temporary)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    return True


def _uncounted(_size: int) -> None:
    """Reading a twin is not part of what the user waits for in bytes."""
