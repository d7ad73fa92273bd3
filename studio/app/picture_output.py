"""Where the command line puts pictures: the gallery's folder, another folder, or a named file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.core.errors import FolderUnwritable, StorageError
from studio.core.result import GeneratedImage
from studio.core.sources import MemorySources
from studio.settings.paths import UserPaths
from studio.ui.messages import kept_text

if TYPE_CHECKING:
    from studio.gallery.source_store import SourceStore


def picture_output(
    output: Path | None, paths: UserPaths, count: int
) -> tuple[Callable[[GeneratedImage, int], Path], MemorySources | SourceStore]:
    """How to save a picture: into the gallery's folder (the window finds it there), a folder, or one named file.

    What it starts from is kept beside the gallery's pictures, so that the window can make them again.

    What cannot work is refused now, before a picture is made. When saving fails later the picture is kept elsewhere.
    """
    from studio.gallery.picture_store import PictureStore
    from studio.gallery.source_store import SourceStore
    from studio.imaging.export import check_ending, export_image

    if output is not None and output.suffix and not _is_folder(output):
        check_ending(output)
        _check_folder(output.absolute().parent)

        def save_as(image: GeneratedImage, index: int) -> Path:
            target = output if count == 1 else output.with_stem(f"{output.stem}-{index + 1}")
            export_image(image, target)
            return target

        return _or_keep_elsewhere(save_as, (paths.gallery, _temporary_folder())), MemorySources()
    store = PictureStore(output or paths.gallery)
    store.open()
    others = (paths.gallery, _temporary_folder()) if output else (_temporary_folder(),)
    sources = MemorySources() if output is not None else SourceStore(paths.gallery)
    return _or_keep_elsewhere(lambda image, _index: store.write(image, None), others), sources


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that the system cannot even look up: writing to it will say why
        return False


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FolderUnwritable(folder, "there is no such folder")
    if not os.access(folder, os.W_OK):
        raise FolderUnwritable(folder, "writing is not allowed")


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir(), "latent-studio")


def _or_keep_elsewhere(
    save: Callable[[GeneratedImage, int], Path], folders: Iterable[Path]
) -> Callable[[GeneratedImage, int], Path]:
    """`save`, but a picture that it fails to save goes into the first of `folders` that takes it; then it fails."""
    from studio.gallery.picture_store import PictureStore

    def keep(image: GeneratedImage) -> None:
        for folder in folders:
            store = PictureStore(folder)
            with suppress(StorageError):  # the first failure is the one to tell; the next folder may take it
                store.open()
                click.echo(kept_text(store.write(image, None)), err=True)
                return

    def save_or_keep(image: GeneratedImage, index: int) -> Path:
        try:
            return save(image, index)
        except StorageError:
            keep(image)
            raise

    return save_or_keep
