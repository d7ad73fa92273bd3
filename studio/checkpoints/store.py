"""The models on this machine that can make pictures: those that come with the program and those of the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.checkpoints.catalogue import Catalogue, CatalogueContent
from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry
from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointError, CheckpointNotFound

if TYPE_CHECKING:
    from studio.checkpoints.library import ModelLibrary


class CheckpointStore:
    """Finds models. Every call looks at the disk anew, so that a model may come and go while the program runs.

    Each method raises CheckpointDamaged when the catalogue itself cannot be read.
    """

    def __init__(self, bundled_root: Path, library: Callable[[], ModelLibrary], catalogue: Catalogue) -> None:
        """`bundled_root` holds the folders of the catalogue's bundled models; `library` gives that of the user, which
        the window starts without."""
        self._bundled_root = bundled_root
        self._library = library
        self._catalogue = catalogue

    def installed(self) -> tuple[Checkpoint, ...]:
        """The models that can be used: bundled ones in the catalogue's order, then the library's."""
        catalogue = self._catalogue.read()
        bundled = [found for found in self._bundled(catalogue) if isinstance(found, Checkpoint)]
        return (*bundled, *_checkpoints(self._library().installed(), catalogue))

    def problems(self) -> tuple[CheckpointError, ...]:
        """Why the rest of what lies there cannot be used. Files that are no models at all are passed over."""
        bundled = [found for found in self._bundled(self._catalogue.read()) if isinstance(found, CheckpointError)]
        return (*bundled, *self._library().problems())

    def default(self) -> Checkpoint:
        """The first model of the catalogue.

        Raises:
            CheckpointError: it is missing or damaged.
        """
        return self._inspect_bundled(self._catalogue.default())

    def find(self, name_or_path: str) -> Checkpoint:
        """The model with this name or catalogue id (in any case), else the one at this path.

        Raises:
            CheckpointNotFound: neither a name nor a path.
            CheckpointError: it is there and cannot be used (see `inspect_checkpoint`).
        """
        catalogue = self._catalogue.read()
        entry = catalogue.find(name_or_path)
        if entry is not None and isinstance(entry.origin, Bundled):
            return self._inspect_bundled(entry)
        if entry is not None and entry.kind is ModelKind.CHECKPOINT:
            with suppress(CheckpointNotFound):  # not from there; something else may have this name
                [checkpoint] = _checkpoints((self._library().find_entry(entry.id),), catalogue)
                return checkpoint
        try:
            [checkpoint] = _checkpoints((self._library().find(name_or_path, ModelKind.CHECKPOINT),), catalogue)
        except CheckpointNotFound:
            if not name_or_path.strip():
                raise
        else:
            return checkpoint
        return inspect_checkpoint(Path(name_or_path))

    def described(self, models: Iterable[InstalledModel]) -> tuple[InstalledModel, ...]:
        """The `models`, those checkpoints among them that came from the catalogue with its name and settings."""
        catalogue = self._catalogue.read()
        return tuple(_as_entry(model, catalogue) for model in models)

    def _bundled(self, catalogue: CatalogueContent) -> Iterator[Checkpoint | CheckpointError]:
        for entry in catalogue.entries:
            if isinstance(entry.origin, Bundled):
                try:
                    yield self._inspect_bundled(entry)
                except CheckpointError as problem:
                    yield problem

    def _inspect_bundled(self, entry: CatalogueEntry) -> Checkpoint:
        assert isinstance(entry.origin, Bundled)
        return _as_catalogued(inspect_checkpoint(self._bundled_root / entry.origin.folder), entry)


def _checkpoints(models: Iterable[InstalledModel], catalogue: CatalogueContent) -> Iterator[Checkpoint]:
    """Those among them, with the settings of the catalogue where they came from it."""
    for model in models:
        if isinstance(checkpoint := _as_entry(model, catalogue).model, Checkpoint):
            yield checkpoint


def _as_entry(model: InstalledModel, catalogue: CatalogueContent) -> InstalledModel:
    entry = catalogue.find(model.entry_id) if model.entry_id else None
    if entry is None or not isinstance(model.model, Checkpoint):
        return model
    return replace(model, model=_as_catalogued(model.model, entry))


def _as_catalogued(checkpoint: Checkpoint, entry: CatalogueEntry) -> Checkpoint:
    return replace(
        checkpoint,
        name=entry.name,
        entry_id=entry.id,
        prediction=entry.prediction or checkpoint.prediction,
        recommended=entry.recommended or checkpoint.recommended,
        examples=entry.examples,
        good_at=entry.good_at,
    )
