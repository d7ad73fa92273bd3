"""Copies of many pictures at once: as files in a folder, as one ZIP file, or small on one contact sheet."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from studio.core.durable_file import make_folder_durably, replace_durably, storage_error, sync_to_drive, write_durably
from studio.core.errors import PictureUnreadable
from studio.core.session import CancelToken
from studio.imaging.contact_sheet import ContactSheet, contact_sheet
from studio.imaging.export import check_ending, exported

Progress = Callable[[int], None]
"""Called with how many of the pictures are done."""


class Packing(StrEnum):
    """What many pictures become."""

    FILES = "files"
    ZIP = "zip"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class ExportWish:
    """`target` is a folder for files, else the file to write; `ending` is the format of the pictures (not of a sheet).

    Without settings the names are numbers: those of the gallery have a part of the prompt in them.
    """

    packing: Packing
    target: Path
    ending: str = ".png"
    with_settings: bool = True


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, and which pictures could not be read; nothing is written where that is all of them."""

    written: tuple[Path, ...]
    unreadable: tuple[PictureUnreadable, ...]


def export_many(sources: Sequence[Path], wish: ExportWish, on_progress: Progress, cancel: CancelToken) -> ExportReport:
    """Export pictures in order. One that cannot be read does not stop the others; no file of a folder is replaced.

    Raises:
        StorageError: the target cannot be written. Files that were written before stay; half a ZIP does not.
        GenerationCancelled: as above.
    """
    check_ending(Path(f"x{wish.ending}"))
    unreadable: list[PictureUnreadable] = []

    def copies() -> Iterator[tuple[str, bytes]]:
        for number, source in enumerate(sources, 1):
            cancel.raise_if_cancelled()
            name = PurePath(source.stem if wish.with_settings else f"{number:04}").with_suffix(wish.ending).name
            try:
                yield name, exported(source, Path(name), with_settings=wish.with_settings)
            except PictureUnreadable as error:
                unreadable.append(error)
            on_progress(number)

    match wish.packing:
        case Packing.FILES:
            written = _write_files(copies(), wish.target)
        case Packing.ZIP:
            written = _write_zip(copies(), wish.target)
        case Packing.SHEET:
            sheet = contact_sheet(sources, on_progress, cancel, with_names=wish.with_settings)
            written, unreadable = _write_sheet(sheet, wish.target), list(sheet.unreadable)
    return ExportReport(written, tuple(unreadable))


def _write_files(copies: Iterator[tuple[str, bytes]], folder: Path) -> tuple[Path, ...]:
    make_folder_durably(folder)
    written: list[Path] = []
    for name, content in copies:
        path = _free(folder / name, lambda path: path.exists())
        write_durably(path, content, overwrite=False)
        written.append(path)
    return tuple(written)


def _write_zip(copies: Iterator[tuple[str, bytes]], target: Path) -> tuple[Path, ...]:
    """Not compressed once more: pictures are. Beside the target first, so that half a ZIP never has its name."""
    import zipfile  # not at the start of the window

    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    names: set[Path] = set()
    try:
        with temporary.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, content in copies:
                    path = _free(Path(name), names.__contains__)
                    names.add(path)
                    archive.writestr(path.name, content)
            if not names:
                return ()
            file.flush()
            sync_to_drive(file.fileno())
        replace_durably(temporary, target)
    except OSError as error:
        raise storage_error(error, target) from error
    finally:
        with suppress(OSError):  # the first failure is the one to tell; after a success there is none
            temporary.unlink(missing_ok=True)
    return (target,)


def _write_sheet(sheet: ContactSheet, target: Path) -> tuple[Path, ...]:
    check_ending(target)
    if sheet.is_empty:
        return ()
    write_durably(target, sheet.encoded(target), overwrite=True)
    return (target,)


def _free(path: Path, is_taken: Callable[[Path], bool]) -> Path:
    """`path`, or the first of `path-2`, `path-3`, ... that is not taken."""
    free, number = path, 2
    while is_taken(free):
        free = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return free
