"""Folders of the user's whose pictures are in the gallery and stay where they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.gallery.picture_files import FileEntry, log_unseen, walk_pictures


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """Nothing is ever written into it. The pictures in the folder `without`, the gallery's own, are not its."""

    root: Path
    without: Path

    @property
    def is_there(self) -> bool:
        """False while the folder, or the drive that it is on, is gone: a mount point without its drive is empty."""
        try:
            with os.scandir(self.root) as entries:
                return any(not entry.name.startswith(".") for entry in entries)
        except OSError:
            return False

    def files(self) -> Iterator[FileEntry]:
        """Every picture file in it and below it, but no links and nothing hidden."""
        for entry in walk_pictures(self.root, log_unseen, self.without):
            if not entry.is_symlink():
                yield entry
