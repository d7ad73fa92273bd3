"""Gives the files of pictures other names, in their folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from studio.core.errors import StorageError
from studio.core.result import PictureId
from studio.gallery.index import PictureIndex
from studio.gallery.naming import Renamed, files_beside, new_names
from studio.gallery.picture_store import PictureStore


class FileNaming:
    def __init__(self, store: PictureStore, index: PictureIndex) -> None:
        self._store = store
        self._index = index

    def rename(self, pictures: Sequence[PictureId], pattern: str) -> Renamed:
        """By a pattern without faults (see `naming`). The journal of what was done is the answer: `rename_to` takes it
        back."""
        records = [record for picture in pictures if (record := self._index.record(picture)) is not None]
        names = new_names(records, pattern, files_beside(records))
        return self.rename_to({record.id: name for record, name in zip(records, names, strict=True)})

    def rename_to(self, names: Mapping[PictureId, str]) -> Renamed:
        """Give the files these names; one that cannot have its name stops the rest."""
        moved: dict[PictureId, Path] = {}
        before: dict[PictureId, str] = {}
        failure: StorageError | None = None
        for picture, name in names.items():
            record = self._index.record(picture)
            if record is None or record.path.name == name:
                continue
            try:
                moved[picture] = self._store.rename(record.path, name)
            except StorageError as error:
                failure = error
                break
            before[picture] = record.path.name
        if moved:
            self._index.move(moved)
        return Renamed(before, failure)
