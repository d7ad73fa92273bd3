"""The models that the program uses where they are: a list of paths in the user's data."""

from __future__ import annotations

import json
from pathlib import Path

from studio.checkpoints.catalogue_entry import as_list
from studio.checkpoints.json_file import read_json_object
from studio.core.durable_file import write_durably
from studio.core.errors import CheckpointDamaged

VERSION = 1


class Registry:
    """The file with the list. Whoever changes it holds the library's lock."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def paths(self) -> tuple[Path, ...]:
        """In the order in which they were added; what they lead to may be gone. Raises CheckpointDamaged."""
        if not self._file.exists():
            return ()
        document = read_json_object(self._file)
        try:
            if document.get("version") != VERSION:
                raise ValueError(f"version {str(document.get('version'))[:20]}, expected {VERSION}")
            return tuple(Path(path) for path in as_list(document.get("paths")) if isinstance(path, str))
        except (TypeError, ValueError) as error:
            raise CheckpointDamaged(self._file, str(error)) from error

    def add(self, path: Path) -> None:
        """Raises CheckpointDamaged, StorageError."""
        self._write(tuple(dict.fromkeys((*self.paths(), path))))

    def remove(self, *paths: Path) -> None:
        """Raises CheckpointDamaged, StorageError."""
        self._write(tuple(known for known in self.paths() if known not in paths))

    def _write(self, paths: tuple[Path, ...]) -> None:
        document = {"version": VERSION, "paths": [str(path) for path in paths]}
        write_durably(self._file, json.dumps(document, ensure_ascii=False, indent=1).encode(), overwrite=True)
