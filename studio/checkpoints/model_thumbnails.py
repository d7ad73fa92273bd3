"""A small picture for each model, one that was made with it: what lists of models show beside its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from studio.checkpoints.installed_model import InstalledModel
from studio.core.durable_file import make_folder_durably, replace_durably, storage_error, write_durably


class ModelThumbnails:
    """JPEG files in one folder, each called after the identity of its model: it stays with it wherever that goes.

    Two copies of one model have one picture. A model without one is nothing special.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, model: InstalledModel) -> Path | None:
        """The picture of this model. Raises StorageError."""
        file = self._file(model.identity)
        if not file.exists() and (old := self._file_of_place(model.root)).exists():
            replace_durably(old, file)
        return file if file.exists() else None

    def keep(self, identity: str, jpeg: bytes) -> None:
        """From now on it is this one. Raises StorageError."""
        make_folder_durably(self._folder)
        write_durably(self._file(identity), jpeg, overwrite=True)

    def forget(self, model: InstalledModel) -> None:
        """The last copy of the model is gone. Raises StorageError."""
        for file in (self._file(model.identity), self._file_of_place(model.root)):
            try:
                file.unlink(missing_ok=True)
            except OSError as error:
                raise storage_error(error, file) from error

    def _file(self, identity: str) -> Path:
        return self._folder / f"{identity}.jpg"

    def _file_of_place(self, root: Path) -> Path:
        """Where earlier versions kept the picture of the model whose file or folder is `root`."""
        return self._folder / f"{hashlib.sha256(str(root).encode()).hexdigest()[:32]}.jpg"
