"""A small picture for each model, one that was made with it: what lists of models show beside its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from studio.core.durable_file import make_folder_durably, replace_durably, storage_error, write_durably


class ModelThumbnails:
    """JPEG files in one folder, each called after the place of its model. A model without one is nothing special."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, root: Path) -> Path | None:
        """The picture of the model whose file or folder is `root`."""
        file = self._file(root)
        return file if file.exists() else None

    def keep(self, root: Path, jpeg: bytes) -> None:
        """From now on it is this one. Raises StorageError."""
        make_folder_durably(self._folder)
        write_durably(self._file(root), jpeg, overwrite=True)

    def follow(self, old: Path, new: Path) -> None:
        """The model was moved from `old` to `new`. Raises StorageError."""
        if self.of(old) is not None:
            replace_durably(self._file(old), self._file(new))

    def forget(self, root: Path) -> None:
        """The model is gone. Raises StorageError."""
        file = self._file(root)
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, file) from error

    def _file(self, root: Path) -> Path:
        return self._folder / f"{hashlib.sha256(str(root).encode()).hexdigest()[:32]}.jpg"
