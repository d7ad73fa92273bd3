"""What the pictures of the gallery were made from: as long as one names it, it is kept."""

from __future__ import annotations

from pathlib import Path

from studio.core.durable_file import storage_error
from studio.core.errors import FolderUnwritable
from studio.core.sources import sources_named_in
from studio.gallery.index import PictureIndex
from studio.gallery.picture_store import PictureStore

_TEXTS_END_BEFORE = 2**20
"""Of a PNG file: ours come before the pixels, and are not compressed."""


def used_sources(store: PictureStore, index: PictureIndex) -> set[str]:
    """After `reconcile`. Files whose rows do not tell are asked themselves: they may be a newer program's, or
    unreadable, and those that went to the trash can come back.

    Raises:
        StorageError: a file or the folder cannot be read.
    """
    if not store.is_there:
        raise FolderUnwritable(store.root, "the folder is gone; is its drive connected?")
    telling = index.files_that_tell()
    silent = [path for path in map(Path, store.files()) if path not in telling]
    found = index.sources()
    for path in (*silent, *store.trashed_files()):
        found |= _sources_named_in(path)
    return found


def _sources_named_in(path: Path) -> set[str]:
    """Without decoding anything: also of a file that is damaged further on."""
    try:
        with path.open("rb") as file:
            return sources_named_in(file.read(_TEXTS_END_BEFORE).decode("latin-1"))
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise storage_error(error, path) from error
