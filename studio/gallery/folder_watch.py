"""Pictures from elsewhere that stay where they are: the gallery shows whole folders, with whatever comes into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import PictureUnreadable
from studio.gallery.gallery import Gallery

_TOLD_EVERY = 100


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What watching more folders, or fewer, has changed: `more` pictures in the gallery, or less than none."""

    more: int
    unreadable: tuple[PictureUnreadable, ...] = ()
    """Files of the folders that are no pictures, in spite of their names, or cannot be opened. They stop nothing."""


def watch_folders(
    gallery: Gallery, folders: Sequence[Path], on_looked: Callable[[int], None] = lambda _: None
) -> WatchReport:
    """Show the pictures of `folders` where they are, from now on. `on_looked` hears how many files of the gallery were
    looked at, now and then.

    Raises:
        StorageError: the gallery cannot be written to, or a folder not be watched.
    """
    before = len(gallery.ids())
    for folder in folders:
        gallery.watch(folder)
    roots = [folder.absolute() for folder in folders]
    unreadable: list[PictureUnreadable] = []
    for count, looked_at in enumerate(gallery.reconcile(), 1):
        fault = looked_at.fault
        if fault is not None and any(fault.path.is_relative_to(root) for root in roots):
            unreadable.append(fault)
        if count % _TOLD_EVERY == 0:
            on_looked(count)
    return WatchReport(len(gallery.ids()) - before, tuple(unreadable))


def forget_folders(gallery: Gallery, folders: Sequence[Path]) -> WatchReport:
    """Show their pictures no longer; the files stay. Raises StorageError."""
    before = len(gallery.ids())
    for folder in folders:
        gallery.stop_watching(folder)
    return WatchReport(len(gallery.ids()) - before)
