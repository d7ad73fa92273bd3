"""The gallery that a command of the command line works in: where the settings say that it is."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.app.terminal import start_paths
from studio.settings.model import Settings
from studio.settings.paths import UserPaths
from studio.settings.store import SettingsStore
from studio.ui.messages import settings_text

if TYPE_CHECKING:
    from studio.gallery.gallery import Gallery


def paths_of_gallery(home: Path | None) -> UserPaths:
    """As `start_paths`, with the folder of the pictures that the user chose. Raises StorageError."""
    paths = start_paths(home)
    loaded = SettingsStore(paths.settings_file).load()
    for notice in loaded.notices:
        click.echo(settings_text(notice), err=True)
    return with_chosen_gallery(paths, loaded.settings)


def with_chosen_gallery(paths: UserPaths, settings: Settings) -> UserPaths:
    """With the folder of the pictures that the user chose, if one was chosen."""
    folder = settings.gallery.folder
    return paths if folder is None else replace(paths, gallery=Path(folder))


@contextmanager
def opened_gallery(paths: UserPaths, *, compared: bool) -> Generator[Gallery]:
    """What was mended is said; `compared` with its folder, it knows what came since the window was closed.

    Raises:
        StorageError
    """
    from studio.gallery.gallery import Gallery

    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    for notice in gallery.open():
        click.echo(notice, err=True)
    try:
        if compared:
            for notice in gallery.mend_index():
                click.echo(notice, err=True)
            for _ in gallery.reconcile():
                pass
        yield gallery
    finally:
        gallery.close()
