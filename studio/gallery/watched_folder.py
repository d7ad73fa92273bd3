"""Folders of the user's whose pictures are in the gallery and stay where they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.gallery.picture_files import FileEntry, log_unseen, walk_pictures


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """Nothing is ever written into it. The pictures in the folder `without`, the gallery's own, are not its.

    `seen_as` is the `identity` that it had when something was in it last; None where nobody knows.
    """

    root: Path
    without: Path
    seen_as: str | None = None

    @property
    def is_there(self) -> bool:
        """False while the folder, or the drive that it is on, is gone. A mount point without its drive is an empty
        folder, but another one; the same one that is empty now is there, and its files are gone."""
        return self.has_content or (self.seen_as is not None and self.seen_as == self.identity)

    @property
    def has_content(self) -> bool:
        """Anything that is not hidden."""
        try:
            with os.scandir(self.root) as entries:
                return any(not entry.name.startswith(".") for entry in entries)
        except OSError:
            return False

    @property
    def identity(self) -> str | None:
        """What the file system knows the folder by, whatever its path: its device and its number there."""
        try:
            status = self.root.stat()
        except OSError:
            return None
        return f"{status.st_dev}:{status.st_ino}"

    def files(self) -> Iterator[FileEntry]:
        """Every picture file in it and below it, but no links and nothing hidden."""
        for entry in walk_pictures(self.root, log_unseen, self.without):
            if not entry.is_symlink():
                yield entry
