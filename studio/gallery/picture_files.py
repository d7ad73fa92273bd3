"""Picture files in folders of the user's."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

PICTURE_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif"}
)

FileEntry: TypeAlias = "os.DirEntry[str]"
"""A name in a folder. Unlike a `Path` it costs next to nothing, and it knows whether it is a link."""
_OnError: TypeAlias = Callable[[OSError], None]
_log = logging.getLogger("studio.gallery")


def walk_pictures(folder: Path, on_error: _OnError, without: Path | None = None) -> Iterator[FileEntry]:
    """The picture files in `folder` and below it in a stable order, but not in the folder `without`.

    Hidden files, hidden folders and links to folders are left alone; `on_error` is told what cannot be looked into.
    """
    for entry in walk_files(folder, on_error, without):
        if not entry.name.startswith(".") and _ending(entry.name) in PICTURE_ENDINGS:
            yield entry


def walk_files(folder: Path, on_error: _OnError, without: Path | None = None) -> Iterator[FileEntry]:
    """The same of all files, hidden ones too. A folder's own files come before those of the folders in it."""
    not_into = None if without is None else str(without)
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                found = sorted(entries, key=_name)
        except OSError as error:
            on_error(error)
            continue
        below: list[str] = []
        for entry in found:
            if not _is_folder(entry):
                yield entry
            elif not entry.name.startswith(".") and not entry.is_symlink() and entry.path != not_into:
                below.append(entry.path)
        waiting += reversed(below)


def _ending(name: str) -> str:
    """Of a name that begins with no point."""
    _, point, ending = name.rpartition(".")
    return point + ending.lower()


def log_unseen(error: OSError) -> None:
    """What cannot be looked into is neither new nor gone."""
    _log.info("not looked into: %s", error)


def _name(entry: FileEntry) -> str:
    return entry.name


def _is_folder(entry: FileEntry) -> bool:
    """Also a link to one; what cannot be asked is taken for a file, whose reading says more."""
    try:
        return entry.is_dir()
    except OSError:
        return False
