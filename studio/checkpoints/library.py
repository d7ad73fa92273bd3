"""The models and add-ons on this machine besides the bundled one: found, brought in, verified, moved and removed.

Everything that changes the disk is safe against a crash at any moment and against a second program: a model gets its
name when it is complete, and names are given under a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from studio.checkpoints.download.file_names import folder_name
from studio.checkpoints.inspect import inspect_file
from studio.checkpoints.inspection_cache import InspectionCache, KnownModel, Model
from studio.checkpoints.installed_model import AnyModel, BrokenModel, InstalledModel, Place, Removal, SharedFile
from studio.checkpoints.library_candidates import Candidate, candidates, root_of
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import (
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    read_manifest,
    read_manifest_file,
    write_manifest,
    write_manifest_file,
)
from studio.checkpoints.model_arrival import HowToAdd, ModelArrival
from studio.checkpoints.model_copy import (
    files_of,
)
from studio.checkpoints.model_files import is_unfinished, model_in
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.model_thumbnails import ModelThumbnails
from studio.checkpoints.recommendation import with_prediction
from studio.checkpoints.registry import Registry
from studio.checkpoints.shared_files import SharedFiles, share_file
from studio.checkpoints.verification import Verification, pin, verify_files
from studio.checkpoints.work_progress import OnProgress, nobody
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.download import DownloadPlan
from studio.core.durable_file import make_folder_durably, storage_error, sync_folder
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointError,
    CheckpointNotFound,
    ModelUnmovable,
    NotACheckpoint,
    StudioError,
    TrashFailed,
)
from studio.core.session import CancelToken

_PARTS_BESIDE = "other models may use the parts that lie beside it"


@dataclass(frozen=True, slots=True)
class LibraryContent:
    """What can be used, and why the rest of what lies there cannot; `broken` are those of it that may be repaired."""

    models: tuple[InstalledModel, ...]
    problems: tuple[CheckpointError, ...]
    broken: tuple[BrokenModel, ...]


class ModelLibrary:
    """Every call looks at the disk anew: models may come and go meanwhile. Used from one thread at a time.

    Each method raises CheckpointDamaged when the list of models used in place cannot be read.
    """

    def __init__(self, places: LibraryPlaces, inspect: Callable[[Path], Model] = inspect_file) -> None:
        """`inspect` tells what is at a path, or raises CheckpointError. No folder need exist yet."""
        self._places = places
        self._inspect = inspect
        self._cache = InspectionCache(places.cache_file)
        self._registry = Registry(places.registry_file)
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
        models: list[InstalledModel] = []
        problems: list[CheckpointError] = []
        broken: list[BrokenModel] = []
        present: set[str] = set()
        for candidate in candidates(self._places, self._registry, problems):
            present.add(str(candidate.path))
            try:
                models.append(self._identified(candidate))
            except CheckpointError as problem:
                if candidate.place is Place.IN_PLACE or not is_unfinished(candidate.root):
                    problems.append(problem)
                    broken += self._broken(candidate, problem)
        self._cache.save(present)
        told = tuple(problem for problem in problems if not _is_part(problem, models))
        return LibraryContent(tuple(models), told, tuple(broken))

    def find(self, name: str, kind: ModelKind | None = None) -> InstalledModel:
        """The model of this name, file name, catalogue id or path (in any case), of this kind or of any.

        Raises:
            CheckpointNotFound: there is none.
            CheckpointError: it is there and cannot be used.
        """
        wanted = name.strip().casefold()
        problem: CheckpointError = CheckpointNotFound(name)
        for candidate in candidates(self._places, self._registry, []):
            if candidate.is_called(wanted):
                try:
                    found = self._identified(candidate)
                except CheckpointError as reason:
                    problem = reason
                else:
                    if kind in {None, found.kind}:
                        return found
        for model in self.installed():
            if wanted in {model.name.casefold(), model.entry_id} and kind in {None, model.kind}:
                return model
        raise problem

    def find_any(self, name: str) -> AnyModel:
        """As `find`, or the one of this name that cannot be used but may be repaired."""
        try:
            return self.find(name)
        except CheckpointError:
            wanted = name.strip().casefold()
            for model in self.look().broken:
                if wanted in {model.name.casefold(), model.root.name.casefold(), str(model.root), model.entry_id}:
                    return model
            raise

    def find_entry(self, entry_id: str) -> InstalledModel:
        """The model that came from this entry of the catalogue, wherever it is now. Raises as `find`."""
        problem: CheckpointError = CheckpointNotFound(entry_id)
        for candidate in sorted(
            candidates(self._places, self._registry, []), key=lambda candidate: candidate.root.name != entry_id
        ):
            try:
                found = self._identified(candidate)
            except CheckpointError as reason:
                problem = reason if candidate.root.name == entry_id else problem
            else:
                if found.entry_id == entry_id:
                    return found
        raise problem

    def addons_in_place(self, kind: AddonKind) -> tuple[Addon, ...]:
        """Those of this kind that are used where they are, in the order in which they were added.

        What is gone or cannot be used is passed over: `look` tells it.
        """
        found: list[Addon] = []
        for path in self._registry.paths():
            with suppress(CheckpointError):
                model = self._identified(Candidate(path, root_of(path, None), Place.IN_PLACE)).model
                if isinstance(model, Addon) and model.kind is kind:
                    found.append(model)
        return tuple(found)

    def manifest(self, model: AnyModel) -> Manifest | None:
        """What is written down of its files; None if nothing is. Raises CheckpointDamaged."""
        return read_manifest_file(self._manifest_file(model.root, model.place))

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
        return self._own(target)

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
            before = _manifest_in(folder)
            manifest = before.with_files_of(manifest) if before else manifest
            write_manifest(folder, manifest)
        self._share(folder, manifest, cancel or CancelToken())
        return self._own(folder)

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
        manifest = self.manifest(model) or self._first_manifest(model)
        verification = verify_files(model.folder, manifest, on_progress, cancel or CancelToken())
        if verification.pinned:
            self._write_manifest(model.root, model.place, pin(manifest, verification, published))
        return verification

    # --- what the user knows better ---

    def choose_prediction(self, model: InstalledModel, prediction: Prediction | None) -> InstalledModel:
        """From now on it is used as one that predicts this; None: what its file lets one guess.

        Raises:
            CheckpointDamaged: the manifest cannot be read.
            LibraryBusy, StorageError.
        """
        manifest = self.manifest(model) or self._first_manifest(model)
        self._write_manifest(model.root, model.place, replace(manifest, prediction=prediction))
        return self._identified(Candidate(model.path, model.root, model.place))

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
        self._places.manifest_file(model.root).unlink(missing_ok=True)
        self.thumbnails.follow(model.root, target)
        return self._identified(Candidate(path, target, Place.OWN if own else Place.IN_PLACE))

    def removal(self, model: AnyModel) -> Removal:
        """What removing it would give back, and what would still use its files."""
        if model.place is Place.IN_PLACE:
            return Removal(model.name, 0, (), model.path)
        files = files_of(model.root)
        users = self._users_of_inodes(model)
        shared = tuple(
            SharedFile(file.name, file.size, users[inode]) for file in files if (inode := _inode(file.path)) in users
        )
        freed = sum(file.size for file in files) - sum(file.size for file in shared)
        return Removal(model.name, freed, shared, None)

    def remove(self, model: AnyModel) -> Removal:
        """Move its files to the system's trash; of a model used in place only the entry in the list goes.

        Raises:
            TrashFailed: it is still there.
            LibraryBusy, StorageError.
        """
        removal = self.removal(model)
        with self._places.locked():
            if model.place is Place.IN_PLACE:
                self._registry.remove(model.path, model.root)
            else:
                _to_trash(model.root)
            self._places.manifest_file(model.root).unlink(missing_ok=True)
            self.thumbnails.forget(model.root)
        return removal

    # --- candidates ---

    def _identified(self, candidate: Candidate) -> InstalledModel:
        known = self._cache.get(candidate.path)
        if known is None:
            known = self._looked_at(candidate)
            self._cache.put(candidate.path, known)
        return _installed(known, candidate, read_manifest_file(self._manifest_file(candidate.root, candidate.place)))

    def _looked_at(self, candidate: Candidate) -> KnownModel:
        model = self._inspect(candidate.path)
        return KnownModel(model, sum(file.size for file in files_of(candidate.root)))

    def _broken(self, candidate: Candidate, problem: CheckpointError) -> Iterator[BrokenModel]:
        """It, if what is written down of it tells how to repair it."""
        if candidate.place is Place.OWN and candidate.root.is_dir() and (manifest := _manifest_in(candidate.root)):
            yield BrokenModel(
                root=candidate.root,
                place=candidate.place,
                entry_id=manifest.entry_id,
                name=manifest.name,
                problem=problem,
            )

    def _own(self, folder: Path) -> InstalledModel:
        """The model that has this folder of the program's for itself."""
        return self._identified(Candidate(model_in(folder), folder, Place.OWN))

    # --- manifests ---

    def _manifest_file(self, root: Path, place: Place) -> Path:
        inside = root / MANIFEST_NAME
        has_own_folder = root.is_dir() and (place is Place.OWN or inside.exists())
        return inside if has_own_folder else self._places.manifest_file(root)

    def _write_manifest(self, root: Path, place: Place, manifest: Manifest) -> None:
        file = self._manifest_file(root, place)
        with self._places.locked():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_manifest_file(file, manifest)

    def _first_manifest(self, model: AnyModel) -> Manifest:
        files = tuple(ManifestFile(file.name, file.size, None) for file in files_of(model.root))
        return Manifest(model.name, files, model.entry_id)

    # --- bringing in ---

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
            files = tuple(ManifestFile(file.name, file.size, None) for file in files_of(path))
            self._write_manifest(path, Place.IN_PLACE, Manifest(name, files))
        return self._identified(Candidate(path, root_of(path, None), Place.IN_PLACE))

    def _change_registry(self, change: Callable[[], None]) -> None:
        with self._places.locked():
            change()

    # --- shared files ---

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
            if model.place is Place.OWN and model.root != but and (manifest := self._readable_manifest(model))
        )

    def _readable_manifest(self, model: InstalledModel) -> Manifest | None:
        with suppress(CheckpointDamaged):  # whose files nobody knows shares none
            return self.manifest(model)
        return None

    def _users_of_inodes(self, model: AnyModel) -> dict[tuple[int, int], tuple[str, ...]]:
        """For each file of the model that has more names than one: the other models that have it."""
        inodes = {_inode(file.path) for file in files_of(model.root) if file.path.stat().st_nlink > 1}
        users: dict[tuple[int, int], tuple[str, ...]] = dict.fromkeys(inodes, ())
        for other in self.installed() if inodes else ():
            if other.root != model.root:
                for inode in inodes & {_inode(file.path) for file in files_of(other.root)}:
                    users[inode] = (*users[inode], other.name)
        return users


def _installed(known: KnownModel, candidate: Candidate, manifest: Manifest | None) -> InstalledModel:
    """A checkpoint is called as its manifest says, an add-on as its file: prompts name it so."""
    model = known.model
    if manifest and manifest.name and isinstance(model, Checkpoint):
        model = replace(model, name=manifest.name)
    if manifest and manifest.prediction and isinstance(model, Checkpoint):
        model = with_prediction(model, manifest.prediction)
    return InstalledModel(
        root=candidate.root,
        place=candidate.place,
        entry_id=manifest.entry_id if manifest else None,
        model=model,
        size=known.size,
        chosen_prediction=manifest.prediction if manifest else None,
    )


def _manifest_in(folder: Path) -> Manifest | None:
    """None also where it cannot be read: then nothing is known."""
    with suppress(CheckpointDamaged):
        return read_manifest(folder)
    return None


def _companions_of(model: Model) -> tuple[Path, ...]:
    return tuple(companion.path for companion in model.companions) if isinstance(model, Checkpoint) else ()


def _is_part(problem: CheckpointError, models: list[InstalledModel]) -> bool:
    """What cannot be used alone, but is used as a part of the single file beside it."""
    checkpoints = (found.model for found in models if isinstance(found.model, Checkpoint))
    parts = {companion.path for checkpoint in checkpoints for companion in checkpoint.companions}
    return isinstance(problem, NotACheckpoint) and problem.path in parts


def _inode(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _to_trash(path: Path) -> None:
    from send2trash import send2trash

    try:
        send2trash(path)
    except OSError as error:
        raise TrashFailed(path, error.strerror or str(error) or type(error).__name__) from error
