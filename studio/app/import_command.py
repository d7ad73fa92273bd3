"""`studio import`: pictures and folders from elsewhere are copied into the gallery, or watched where they are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from studio.app.opened_gallery import opened_gallery, paths_of_gallery
from studio.app.terminal import EXIT_INTERRUPTED, HOME, cancelled_by_interrupt, errors_as_sentences
from studio.ui.messages import import_text, message_for, watched_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.core.errors import PictureUnreadable
    from studio.gallery.picture_import import ImportProgress, ImportReport
    from studio.settings.paths import UserPaths


@click.command("import")
@click.argument("files", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--in-place", "how", flag_value="watch", help="Show the pictures of folders where they are.")
@click.option("--forget", "how", flag_value="forget", help="Show those of watched folders no longer; files stay.")
@HOME
@click.pass_obj
def import_(group_home: Path | None, files: tuple[Path, ...], how: str | None, home: Path | None) -> None:
    """Copy pictures, and those in folders, into the gallery with what they tell. What is there already is left out."""
    with errors_as_sentences():
        paths = paths_of_gallery(home or group_home)
        if how is not None:
            unreadable = _look_after_folders(paths, files, watched=how == "watch")
            _exit_with(unreadable, cancelled=False)
        report = _import(paths, files)
        for record in report.added:
            click.echo(str(record.path))
        click.echo(import_text(len(report.added), len(report.known), len(report.unreadable)), err=True)
        _exit_with(report.unreadable, cancelled=report.cancelled)


def _exit_with(unreadable: Sequence[PictureUnreadable], *, cancelled: bool) -> NoReturn:
    """Each is told with its reason; the rest was brought in."""
    for fault in unreadable:
        click.echo(f"studio: {message_for(fault)}", err=True)
    sys.exit(EXIT_INTERRUPTED if cancelled else 1 if unreadable else 0)


def _import(paths: UserPaths, files: tuple[Path, ...]) -> ImportReport:
    """Raises StorageError."""
    from studio.gallery.picture_import import import_pictures

    with opened_gallery(paths, compared=True) as gallery, cancelled_by_interrupt() as cancel:
        return import_pictures(gallery, files, _show, cancel)


def _look_after_folders(paths: UserPaths, folders: tuple[Path, ...], *, watched: bool) -> tuple[PictureUnreadable, ...]:
    """Returns what could not be read of them. Raises StorageError."""
    from studio.gallery.folder_watch import forget_folders, watch_folders

    with opened_gallery(paths, compared=True) as gallery:
        report = watch_folders(gallery, folders) if watched else forget_folders(gallery, folders)
        click.echo(watched_text(report.more), err=True)
        for place in gallery.watched():
            click.echo(str(place.root))
    return report.unreadable


def _show(progress: ImportProgress) -> None:
    """On a terminal, in one line."""
    if sys.stderr.isatty():
        end = "\r" if progress.done < progress.total else "\r\033[K"
        click.echo(f"{progress.done} / {progress.total}{end}", err=True, nl=False)
