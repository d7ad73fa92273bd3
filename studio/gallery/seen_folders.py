"""Which folder each watched one was when pictures were seen in it: an empty one may be a mount point without its drive.

Kept in the index, since it says something about its rows: without them nothing can be taken for deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from studio.gallery.database import Database
from studio.gallery.watched_folder import WatchedFolder


class SeenFolders:
    """Identities by the paths of folders. Each method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def identities(self) -> Mapping[Path, str]:
        rows = self._database.read("SELECT path, identity FROM seen_folder")
        return {Path(str(path)): str(identity) for path, identity in rows}

    def remember(self, folders: Iterable[WatchedFolder]) -> None:
        """Those in which something is now, unless they are known already."""
        found = [
            (str(folder.root), identity)
            for folder in folders
            if folder.has_content and (identity := folder.identity) not in {None, folder.seen_as}
        ]
        if found:
            with self._database.transaction() as connection:
                connection.executemany("INSERT OR REPLACE INTO seen_folder VALUES (?, ?)", found)

    def forget(self, folder: Path) -> None:
        self._database.write("DELETE FROM seen_folder WHERE path = ?", (str(folder),))
