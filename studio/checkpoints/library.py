"""The models and add-ons on this machine besides the bundled one: found, brought in, verified, moved and removed.

Everything that changes the disk is safe against a crash at any moment and against a second program: a model gets its
name when it is complete, and names are given under a lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from studio.checkpoints.download.file_names import folder_name
from studio.checkpoints.inspect import inspect_file
from studio.checkpoints.inspection_cache import Model
from studio.checkpoints.installed_model import AnyModel, InstalledModel, Place, Removal
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import Manifest, write_manifest
from studio.checkpoints.model_arrival import HowToAdd, ModelArrival
from studio.checkpoints.model_files import model_in
from studio.checkpoints.model_finder import LibraryContent, ModelFinder
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.model_manifests import ModelManifests, first_manifest, manifest_in
from studio.checkpoints.model_removal import move_to_trash, removal_of
from studio.checkpoints.model_thumbnails import ModelThumbnails
from studio.checkpoints.registry import Registry
from studio.checkpoints.shared_files import SharedFiles, share_file
from studio.checkpoints.verification import Verification, pin, verify_files
from studio.checkpoints.work_progress import OnProgress, nobody
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.download import DownloadPlan
from studio.core.durable_file import make_folder_durably, storage_error, sync_folder
from studio.core.errors import CheckpointError, ModelUnmovable, StudioError
from studio.core.session import CancelToken

_PARTS_BESIDE = "other models may use the parts that lie beside it"


class ModelLibrary:
    """Every call looks at the disk anew: models may come and go meanwhile. Used from one thread at a time.

    Each method raises CheckpointDamaged when the list of models used in place cannot be read.
    """

    def __init__(self, places: LibraryPlaces, inspect: Callable[[Path], Model] = inspect_file) -> None:
        """`inspect` tells what is at a path, or raises CheckpointError. No folder need exist yet."""
        self._places = places
        self._inspect = inspect
        self._registry = Registry(places.registry_file)
        self._manifests = ModelManifests(places)
        self._finder = ModelFinder(places, self._registry, self._manifests, inspect)
        self._arrival = ModelArrival(places, self._shared_files)
        self.thumbnails = ModelThumbnails(places.thumbnails)

    # --- finding ---

    def installed(self) -> tuple[InstalledModel, ...]:
        """By kind and name; those used in place last."""
        return self.look().models

    def problems(self) -> tuple[CheckpointError, ...]:
        return self.look().problems

    def look(self) -> LibraryContent:
        """`installed` and `problems` at once. Remembers what it saw for the next start."""
        return self._finder.look()

    def find(self, name: str, kind: ModelKind | None = None) -> InstalledModel:
        """The model of this name, file name, catalogue id or path (in any case), of this kind or of any.

        Raises:
            CheckpointNotFound: there is none.
            CheckpointError: it is there and cannot be used.
        """
        return self._finder.find(name, kind)

    def find_any(self, name: str) -> AnyModel:
        """As `find`, or the one of this name that cannot be used but may be repaired."""
        return self._finder.find_any(name)

    def find_entry(self, entry_id: str) -> InstalledModel:
        """The model that came from this entry of the catalogue, wherever it is now. Raises as `find`."""
        return self._finder.find_entry(entry_id)

    def addons_in_place(self, kind: AddonKind) -> tuple[Addon, ...]:
        """Those of this kind that are used where they are, in the order in which they were added."""
        return self._finder.addons_in_place(kind)

    def manifest(self, model: AnyModel) -> Manifest | None:
        """What is written down of its files; None if nothing is. Raises CheckpointDamaged."""
        return self._manifests.of(model)

    # --- bringing in ---

    def add_local(
        self,
        path: Path,
        how: HowToAdd,
        *,
        name: str | None = None,
        on_progress: OnProgress = nobody,
        cancel: CancelToken | None = None,
    ) -> InstalledModel:
        """Add the model folder or single file at `path`, called `name` or as its file is.

        Raises:
            CheckpointError: it is no model that can be used.
            ModelNameTaken, ModelUnmovable, ModelWorkCancelled, LibraryBusy, StorageError.
        """
        path = path.absolute()
        model = self._inspect(path)
        if how is HowToAdd.IN_PLACE:
            return self._use_in_place(path, name)
        folder = self._places.folders[ModelKind.of(model)]
        if path.is_relative_to(folder):
            raise ModelUnmovable(path, "it is in the program's folder already")
        target = folder / folder_name(name or model.name)
        manifest = Manifest(name or model.name, ())
        beside = _companions_of(model)
        if beside and how is HowToAdd.MOVE:
            raise ModelUnmovable(path, _PARTS_BESIDE)
        self._arrival.bring(path, target, manifest, how, on_progress, cancel or CancelToken(), beside)
        return self._finder.own(target)

    def adopt(self, folder: Path, manifest: Manifest, *, cancel: CancelToken | None = None) -> InstalledModel:
        """Take in the finished download in `folder`, which is one of the program's; identical files become one.

        It may be the rest, or the repair, of a model that is there: its manifest is merged then. What is known to be a
        LoRA, say, only when it is there goes where LoRAs are.

        Raises:
            CheckpointError: it is no model that can be used. It stays where it is.
            ModelWorkCancelled: it is taken in; only that its files are another model's too was not found out.
            LibraryBusy, StorageError.
        """
        kind = ModelKind.of(self._inspect(model_in(folder)))
        with self._places.locked():
            folder = self._in_folder_of_its_kind(folder, kind)
            before = manifest_in(folder)
            manifest = before.with_files_of(manifest) if before else manifest
            write_manifest(folder, manifest)
        self._share(folder, manifest, cancel or CancelToken())
        return self._finder.own(folder)

    def folder_for(self, kind: ModelKind, name: str) -> Path:
        """Where a download of this name belongs. It is not made."""
        return self._places.folders[kind] / folder_name(name)

    def reuse_files(self, plan: DownloadPlan) -> int:
        """Put files that the library has already where the download `plan` expects them; how many bytes that saves.

        Nothing is copied: where the file system has no hard links, they are fetched. Raises StorageError.
        """
        shared = self._shared_files(but=plan.folder)
        saved = 0
        for file in plan.files:
            target = plan.folder / file.path
            twin = shared.twin_of(file.size or 0, file.sha256, CancelToken())
            if twin is not None and not target.exists():
                make_folder_durably(target.parent)
                saved += twin.stat().st_size if share_file(target, twin) else 0
        return saved

    # --- verifying ---

    def verify(
        self,
        model: AnyModel,
        *,
        published: frozenset[str] = frozenset(),
        on_progress: OnProgress = nobody,
        cancel: CancelToken | None = None,
    ) -> Verification:
        """Read every file and compare. A hash nobody knew is written down; among `published` it counts as published.

        Raises:
            CheckpointDamaged: the manifest cannot be read.
            ModelWorkCancelled, LibraryBusy, StorageError.
        """
        manifest = self._manifests.of_or_first(model)
        verification = verify_files(model.folder, manifest, on_progress, cancel or CancelToken())
        if verification.pinned:
            self._manifests.write(model.root, model.place, pin(manifest, verification, published))
        return verification

    # --- what the user knows better ---

    def choose_prediction(self, model: InstalledModel, prediction: Prediction | None) -> InstalledModel:
        """From now on it is used as one that predicts this; None: what its file lets one guess.

        Raises:
            CheckpointDamaged: the manifest cannot be read.
            LibraryBusy, StorageError.
        """
        manifest = self._manifests.of_or_first(model)
        self._manifests.write(model.root, model.place, replace(manifest, prediction=prediction))
        return self._finder.identified(model.path, model.root, model.place)

    # --- moving and removing ---

    def move(
        self,
        model: InstalledModel,
        folder: Path,
        *,
        on_progress: OnProgress = nobody,
        cancel: CancelToken | None = None,
    ) -> InstalledModel:
        """Move the model into `folder`, for example on another disk; from then on it is used there.

        Raises:
            ModelNameTaken, ModelUnmovable, ModelWorkCancelled, LibraryBusy, StorageError.
        """
        if any(not part.is_relative_to(model.root) for part in _companions_of(model.model)):
            raise ModelUnmovable(model.path, _PARTS_BESIDE)
        target = folder.absolute() / (model.root.name if model.root.is_dir() else model.root.stem)
        path = target if model.path.is_dir() else target / model.path.name
        manifest = self.manifest(model) or Manifest(model.name, (), model.entry_id)
        own = target.parent == self._places.folders[model.kind]
        new_in_list = not own and path not in self._registry.paths()
        if new_in_list:  # before it is there: a crash must not leave it where nobody looks
            self._change_registry(lambda: self._registry.add(path))
        try:
            self._arrival.bring(model.root, target, manifest, HowToAdd.MOVE, on_progress, cancel or CancelToken())
        except StudioError:
            if new_in_list:
                self._change_registry(lambda: self._registry.remove(path))
            raise
        self._change_registry(lambda: self._registry.remove(model.path, model.root))
        self._manifests.forget(model.root)
        return self._finder.identified(path, target, Place.OWN if own else Place.IN_PLACE)

    def removal(self, model: AnyModel) -> Removal:
        """What removing it would give back, and what would still use its files."""
        return removal_of(model, self.installed)

    def remove(self, model: AnyModel) -> Removal:
        """Move its files to the system's trash; of a model used in place only the entry in the list goes.

        Raises:
            TrashFailed: it is still there.
            LibraryBusy, StorageError.
        """
        removal = self.removal(model)
        is_last = isinstance(model, InstalledModel) and not self._has_copy_of(model)
        with self._places.locked():
            if model.place is Place.IN_PLACE:
                self._registry.remove(model.path, model.root)
            else:
                move_to_trash(model.root)
            self._manifests.forget(model.root)
            if isinstance(model, InstalledModel) and is_last:
                self.thumbnails.forget(model)
        return removal

    # --- parts of the above ---

    def _has_copy_of(self, model: InstalledModel) -> bool:
        return any(other.identity == model.identity and other.root != model.root for other in self.installed())

    def _in_folder_of_its_kind(self, folder: Path, kind: ModelKind) -> Path:
        target = self._places.folders[kind] / folder.name
        if target == folder or target.exists():
            return folder
        make_folder_durably(target.parent)
        try:
            folder.rename(target)
            sync_folder(target.parent)
            sync_folder(folder.parent)
        except OSError as error:
            raise storage_error(error, target) from error
        return target

    def _use_in_place(self, path: Path, name: str | None) -> InstalledModel:
        self._change_registry(lambda: self._registry.add(path))
        if name is not None:
            self._manifests.write(path, Place.IN_PLACE, first_manifest(name, path))
        return self._finder.in_place(path)

    def _change_registry(self, change: Callable[[], None]) -> None:
        with self._places.locked():
            change()

    def _share(self, folder: Path, manifest: Manifest, cancel: CancelToken) -> None:
        shared = self._shared_files(but=folder)
        for file in manifest.files:
            twin = shared.twin_of(file.size, file.sha256, cancel)
            if twin is not None:
                share_file(folder / file.path, twin)

    def _shared_files(self, but: Path | None = None) -> SharedFiles:
        return SharedFiles(
            (model.folder, manifest)
            for model in self.installed()
            if model.place is Place.OWN and model.root != but and (manifest := self._manifests.readable(model))
        )


def _companions_of(model: Model) -> tuple[Path, ...]:
    return tuple(companion.path for companion in model.companions) if isinstance(model, Checkpoint) else ()
