"""A gallery in a folder, and what a test wants to know of it."""

from __future__ import annotations

from pathlib import Path

from studio.gallery.gallery import Gallery
from studio.gallery.marks import MarkStore


def a_gallery(home: Path) -> Gallery:
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    gallery.open()
    return gallery


def opened_marks(home: Path) -> MarkStore:
    marks = MarkStore(home / "user.db")
    marks.open()
    return marks


def files_in(home: Path) -> list[Path]:
    return sorted(path for path in (home / "pictures").rglob("*.png") if ".undo" not in path.parts)


def reconcile(gallery: Gallery) -> int:
    """How many changes the index needed."""
    return sum([progress.changed for progress in gallery.reconcile()])
