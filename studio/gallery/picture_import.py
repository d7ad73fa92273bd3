"""Bringing in pictures from elsewhere: files and whole folders are copied into the gallery, each content once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import PictureUnreadable
from studio.core.session import CancelToken
from studio.gallery.gallery import Gallery
from studio.gallery.picture_files import walk_pictures
from studio.gallery.record import PictureRecord
from studio.imaging.export import as_telling_png

_log = logging.getLogger("studio.gallery")


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """`done` of the `total` files were looked at."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each file. With `cancelled` the rest was not looked at; what was brought in stays."""

    added: tuple[PictureRecord, ...]
    known: tuple[Path, ...]
    """The gallery had a picture with the same content already."""
    unreadable: tuple[PictureUnreadable, ...]
    cancelled: bool = False


def import_pictures(
    gallery: Gallery, paths: Sequence[Path], on_progress: Callable[[ImportProgress], None], cancel: CancelToken
) -> ImportReport:
    """Copy the picture files among `paths`, and below those that are folders, into the gallery with what they tell.

    Hidden files, folders and links to folders are left alone, and so are files that are in the gallery's own folder.
    A file that cannot be read stops nothing.

    Raises:
        StorageError: the gallery cannot be written to; what was brought in before stays.
    """
    unreadable: list[PictureUnreadable] = []
    files = [path for path in _files(paths, unreadable) if not path.is_relative_to(gallery.root.absolute())]
    contents = _Contents(gallery.sizes())
    added: list[PictureRecord] = []
    known: list[Path] = []
    for number, path in enumerate(files, 1):
        if cancel.is_cancelled:
            return ImportReport(tuple(added), tuple(known), tuple(unreadable), cancelled=True)
        try:
            png = as_telling_png(path)
            if contents.have(png):
                known.append(path)
            else:
                record = gallery.add_png(png, path.stem)
                contents.add(png, record.path)
                added.append(record)
        except PictureUnreadable as error:
            _log.info("not brought in: %s", error)
            unreadable.append(error)
        on_progress(ImportProgress(number, len(files)))
    return ImportReport(tuple(added), tuple(known), tuple(unreadable))


class _Contents:
    """The files of the gallery by their size: only those of the same size are compared byte for byte."""

    def __init__(self, sizes: dict[int, list[Path]]) -> None:
        self._sizes = sizes

    def have(self, content: bytes) -> bool:
        return any(_has_content(path, content) for path in self._sizes.get(len(content), ()))

    def add(self, content: bytes, path: Path) -> None:
        self._sizes.setdefault(len(content), []).append(path)


def _has_content(path: Path, content: bytes) -> bool:
    """False for a file that is gone or unreadable: better twice in the gallery than not at all."""
    try:
        return path.read_bytes() == content
    except OSError as error:
        _log.info("not compared: %s", error)
        return False


def _files(paths: Sequence[Path], unreadable: list[PictureUnreadable]) -> Iterator[Path]:
    """Each file once, in a stable order. Folders that cannot be looked into are told in `unreadable`."""

    def on_error(error: OSError) -> None:
        unreadable.append(PictureUnreadable(Path(error.filename), error.strerror or type(error).__name__))

    seen: set[Path] = set()
    for path in paths:
        found = map(Path, walk_pictures(path, on_error)) if path.is_dir() else (path,)
        for file in found:
            absolute = file.absolute()  # not resolved: a link can lead to itself
            if absolute not in seen:
                seen.add(absolute)
                yield absolute
