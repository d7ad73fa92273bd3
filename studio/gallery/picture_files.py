"""Picture files in folders of the user's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

PICTURE_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif"}
)


def walk_pictures(folder: Path, on_error: Callable[[OSError], None], without: Path | None = None) -> Iterator[Path]:
    """The picture files in `folder` and below it in a stable order, but not in the folder `without`.

    Hidden files, hidden folders and links to folders are left alone; `on_error` is told what cannot be looked into.
    """
    for place, folders, names in os.walk(folder, onerror=on_error):
        inside = (name for name in folders if not name.startswith(".") and Path(place, name) != without)
        folders[:] = sorted(inside)
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in PICTURE_ENDINGS:
                yield Path(place, name)
