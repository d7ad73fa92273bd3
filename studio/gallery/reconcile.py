"""The folder against the index: files without a row are adopted, rows without a file are dropped."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.core.errors import PictureUnreadable
from studio.core.result import PictureId
from studio.gallery.index import FileState, PictureIndex
from studio.gallery.picture_store import PictureStore
from studio.gallery.record import PictureRecord
from studio.imaging.picture_metadata import read_picture_info

_log = logging.getLogger("studio.gallery")


@dataclass(frozen=True, slots=True)
class ReconcileProgress:
    """One file was looked at; `changed` says whether the index was."""

    path: Path
    changed: bool


def reconcile(store: PictureStore, index: PictureIndex) -> Iterator[ReconcileProgress]:
    """Bring the index in line with the folder. Does nothing while the folder, or its drive, is gone.

    A file that cannot be read is skipped and logged: it stays where it is and stops nothing.
    """
    if not store.is_there:
        return
    known = index.known_files()
    for path in store.files():
        picture, state = known.pop(path, (None, None))
        try:
            found = file_state(path)
            changed = found != state
            if changed:
                index.add(_read_record(path, picture), found)
        except (PictureUnreadable, FileNotFoundError) as error:
            _log.info("not taken into the gallery: %s", error)
            changed = False
        yield ReconcileProgress(path, changed)
    if known and store.is_there:
        index.remove([picture for picture, _ in known.values()])
        for path in known:
            yield ReconcileProgress(path, changed=True)


def file_state(path: Path) -> FileState:
    status = path.stat()
    return FileState(status.st_size, status.st_mtime_ns)


def _read_record(path: Path, known_id: PictureId | None) -> PictureRecord:
    info = read_picture_info(path)
    return PictureRecord(
        id=known_id or info.picture_id or PictureId(uuid.uuid4().hex),
        path=path,
        created_at=info.created_at or datetime.fromtimestamp(path.stat().st_mtime, UTC),
        width=info.width,
        height=info.height,
        parameters=info.parameters,
        job_id=info.job_id,
    )
