"""What the library has written down of its models: a manifest in the folder of each, or for it among its own."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from studio.checkpoints.installed_model import AnyModel, Place
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import (
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    read_manifest,
    read_manifest_file,
    write_manifest_file,
)
from studio.checkpoints.model_copy import files_of
from studio.core.errors import CheckpointDamaged


class ModelManifests:
    """Reads and writes the manifests of models, wherever they lie."""

    def __init__(self, places: LibraryPlaces) -> None:
        self._places = places

    def of(self, model: AnyModel) -> Manifest | None:
        """What is written down of its files; None if nothing is. Raises CheckpointDamaged."""
        return self.written_of(model.root, model.place)

    def written_of(self, root: Path, place: Place) -> Manifest | None:
        """As `of`, for what is at `root`."""
        return read_manifest_file(self._file(root, place))

    def readable(self, model: AnyModel) -> Manifest | None:
        """As `of`; None also where it cannot be read: then nothing is known."""
        with suppress(CheckpointDamaged):
            return self.of(model)
        return None

    def of_or_first(self, model: AnyModel) -> Manifest:
        """As `of`, or the names and sizes of its files alone. Raises CheckpointDamaged."""
        return self.of(model) or first_manifest(model.name, model.root, model.entry_id)

    def write(self, root: Path, place: Place, manifest: Manifest) -> None:
        """Raises LibraryBusy, StorageError."""
        file = self._file(root, place)
        with self._places.locked():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_manifest_file(file, manifest)

    def forget(self, root: Path) -> None:
        """What lies among the library's own of a model that is gone from `root`; its folder took the rest along."""
        self._places.manifest_file(root).unlink(missing_ok=True)

    def _file(self, root: Path, place: Place) -> Path:
        inside = root / MANIFEST_NAME
        has_own_folder = root.is_dir() and (place is Place.OWN or inside.exists())
        return inside if has_own_folder else self._places.manifest_file(root)


def first_manifest(name: str, root: Path, entry_id: str | None = None) -> Manifest:
    """Of a model whose files nobody has read yet: their names and sizes."""
    files = tuple(ManifestFile(file.name, file.size, None) for file in files_of(root))
    return Manifest(name, files, entry_id)


def manifest_in(folder: Path) -> Manifest | None:
    """The one in the model's own folder; None also where it cannot be read: then nothing is known."""
    with suppress(CheckpointDamaged):
        return read_manifest(folder)
    return None
