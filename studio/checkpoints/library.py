"""The models and add-ons on this machine besides the bundled one: found, brought in, verified, moved and removed.

Everything that changes the disk is safe against a crash at any moment and against a second program: a model gets its
name when it is complete, and names are given under a lock.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from studio.checkpoints.download.file_names import folder_name
from studio.checkpoints.inspect import inspect_file
from studio.checkpoints.inspection_cache import InspectionCache, KnownModel, Model
from studio.checkpoints.installed_model import AnyModel, BrokenModel, InstalledModel, Place, Removal, SharedFile
from studio.checkpoints.library_lock import locked
from studio.checkpoints.manifest import (
    MANIFEST_NAME,
    Manifest,
    ManifestFile,
    read_manifest,
    read_manifest_file,
    write_manifest,
    write_manifest_file,
)
from studio.checkpoints.model_copy import (
    ModelFile,
    check_space,
    copy_files,
    files_of,
    remove_copied,
    staging_folder,
)
from studio.checkpoints.model_files import WalkBudget, is_unfinished, model_in, models_below
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.model_thumbnails import ModelThumbnails
from studio.checkpoints.recommendation import with_prediction
from studio.checkpoints.registry import Registry
from studio.checkpoints.shared_files import SharedFiles, share_file
from studio.checkpoints.verification import Verification, pin, verify_files
from studio.checkpoints.work_progress import ByteCounter, OnProgress, nobody
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.download import DownloadPlan
from studio.core.durable_file import make_folder_durably, storage_error, sync_folder
from studio.core.errors import (
    CheckpointDamaged,
    CheckpointError,
    CheckpointNotFound,
    ModelNameTaken,
    ModelUnmovable,
    NotACheckpoint,
    StudioError,
    TrashFailed,
)
from studio.core.session import CancelToken

_PARTS_BESIDE = "other models may use the parts that lie beside it"


class HowToAdd(StrEnum):
    """What happens to the files of a model that somebody has already."""

    IN_PLACE = "in_place"
    COPY = "copy"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class LibraryPlaces:
    """`folders`: where each kind of model is kept. `state`: lists and manifests. `cache_file` may be deleted."""

    folders: Mapping[ModelKind, Path]
    state: Path
    cache_file: Path

    @property
    def registry_file(self) -> Path:
        return self.state / "in-place.json"

    @property
    def licences_file(self) -> Path:
        return self.state / "licences.json"

    @property
    def lock_file(self) -> Path:
        return self.state / "library.lock"

    @property
    def thumbnails(self) -> Path:
        return self.state / "thumbnails"

    def manifest_file(self, root: Path) -> Path:
        """Of a model that has no folder of its own, or whose folder is not the program's."""
        return self.state / "manifests" / f"{hashlib.sha256(str(root).encode()).hexdigest()[:32]}.json"


@dataclass(frozen=True, slots=True)
class LibraryContent:
    """What can be used, and why the rest of what lies there cannot; `broken` are those of it that may be repaired."""

    models: tuple[InstalledModel, ...]
    problems: tuple[CheckpointError, ...]
    broken: tuple[BrokenModel, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    root: Path
    place: Place

    def is_called(self, wanted: str) -> bool:
        """By file or folder name, with or without ending, or by its path; `wanted` in lower case."""
        names = (self.path.name, self.path.stem, self.root.name, str(self.path))
        return wanted in {name.casefold() for name in names}


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
        for candidate in self._candidates(problems):
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
        for candidate in self._candidates([]):
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
        for candidate in sorted(self._candidates([]), key=lambda candidate: candidate.root.name != entry_id):
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
                model = self._identified(_Candidate(path, _root_of(path, None), Place.IN_PLACE)).model
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
        self._bring(path, target, manifest, how, on_progress, cancel or CancelToken(), beside)
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
        with self._locked():
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
        return self._identified(_Candidate(model.path, model.root, model.place))

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
            self._bring(model.root, target, manifest, HowToAdd.MOVE, on_progress, cancel or CancelToken())
        except StudioError:
            if new_in_list:
                self._change_registry(lambda: self._registry.remove(path))
            raise
        self._change_registry(lambda: self._registry.remove(model.path, model.root))
        self._places.manifest_file(model.root).unlink(missing_ok=True)
        self.thumbnails.follow(model.root, target)
        return self._identified(_Candidate(path, target, Place.OWN if own else Place.IN_PLACE))

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
        with self._locked():
            if model.place is Place.IN_PLACE:
                self._registry.remove(model.path, model.root)
            else:
                _to_trash(model.root)
            self._places.manifest_file(model.root).unlink(missing_ok=True)
            self.thumbnails.forget(model.root)
        return removal

    # --- candidates ---

    def _candidates(self, problems: list[CheckpointError]) -> Iterator[_Candidate]:
        budget = WalkBudget()
        for folder in self._places.folders.values():
            if not folder.is_dir() and folder.exists():
                problems.append(NotACheckpoint(folder, "a file, where the folder of the models should be"))
            for path in (*models_below(folder, budget), *_links_to_models(folder)):
                yield _Candidate(path, _root_of(path, folder), Place.OWN)
        for path in self._registry.paths():
            yield _Candidate(path, _root_of(path, None), Place.IN_PLACE)

    def _identified(self, candidate: _Candidate) -> InstalledModel:
        known = self._cache.get(candidate.path)
        if known is None:
            known = self._looked_at(candidate)
            self._cache.put(candidate.path, known)
        return _installed(known, candidate, read_manifest_file(self._manifest_file(candidate.root, candidate.place)))

    def _looked_at(self, candidate: _Candidate) -> KnownModel:
        model = self._inspect(candidate.path)
        return KnownModel(model, sum(file.size for file in files_of(candidate.root)))

    def _broken(self, candidate: _Candidate, problem: CheckpointError) -> Iterator[BrokenModel]:
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
        return self._identified(_Candidate(model_in(folder), folder, Place.OWN))

    # --- manifests ---

    def _manifest_file(self, root: Path, place: Place) -> Path:
        inside = root / MANIFEST_NAME
        has_own_folder = root.is_dir() and (place is Place.OWN or inside.exists())
        return inside if has_own_folder else self._places.manifest_file(root)

    def _write_manifest(self, root: Path, place: Place, manifest: Manifest) -> None:
        file = self._manifest_file(root, place)
        with self._locked():
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
        return self._identified(_Candidate(path, _root_of(path, None), Place.IN_PLACE))

    def _change_registry(self, change: Callable[[], None]) -> None:
        with self._locked():
            change()

    def _bring(
        self,
        source: Path,
        target: Path,
        manifest: Manifest,
        how: HowToAdd,
        on_progress: OnProgress,
        cancel: CancelToken,
        beside: tuple[Path, ...] = (),
    ) -> None:
        """Copy or move `source`, and copy the files `beside` it, into the new folder `target`, with a manifest."""
        make_folder_durably(target.parent)
        if target.exists():
            raise ModelNameTaken(manifest.name, target)
        files = (*files_of(source), *(file for path in beside for file in files_of(path)))
        if how is HowToAdd.MOVE and any(file.path.is_symlink() for file in files):
            raise ModelUnmovable(source, "it is made of links into the cache of another program")
        if how is HowToAdd.MOVE and _same_disk(source, target.parent):
            self._rename(source, target, files, manifest)
            return
        self._copy(files, target, manifest, ByteCounter(sum(file.size for file in files), on_progress), cancel)
        if how is HowToAdd.MOVE:
            remove_copied(files, source)

    def _rename(self, source: Path, target: Path, files: tuple[ModelFile, ...], manifest: Manifest) -> None:
        """On one disk nothing is copied, and nothing has to be read: the hashes wait for the first verification."""
        facts = {file.path: file for file in manifest.files}
        known = tuple(facts.get(file.name, ManifestFile(file.name, file.size, None)) for file in files)
        with self._locked():
            if target.exists():
                raise ModelNameTaken(manifest.name, target)
            try:
                if source.is_dir():
                    source.rename(target)
                else:
                    target.mkdir()
                    source.rename(target / source.name)
                    sync_folder(target)
                sync_folder(target.parent)
                sync_folder(source.parent)
            except OSError as error:
                raise storage_error(error, target) from error
            write_manifest(target, replace(manifest, files=known))

    def _copy(
        self, files: tuple[ModelFile, ...], target: Path, manifest: Manifest, counter: ByteCounter, cancel: CancelToken
    ) -> None:
        check_space(target.parent, sum(file.size for file in files))
        shared = self._shared_files()
        with staging_folder(target.parent) as staging:
            copied = copy_files(files, staging, manifest, shared, counter, cancel)
            write_manifest(staging, replace(manifest, files=copied))
            with self._locked():
                if target.exists():
                    raise ModelNameTaken(manifest.name, target)
                staging.rename(target)
                sync_folder(target.parent)

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

    def _locked(self) -> AbstractContextManager[None]:
        self._places.state.mkdir(parents=True, exist_ok=True)
        return locked(self._places.lock_file)


def _installed(known: KnownModel, candidate: _Candidate, manifest: Manifest | None) -> InstalledModel:
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


def _root_of(path: Path, folder: Path | None) -> Path:
    """The folder that the model has for itself, which is not `folder`; or the file among others."""
    return path.parent if path.parent != folder and (path.parent / MANIFEST_NAME).exists() else path


def _links_to_models(folder: Path) -> Iterator[Path]:
    """Links that the user made in the program's folder to models elsewhere."""
    try:
        links = sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_symlink())
    except OSError:
        return
    yield from (link for link in links if link.is_dir() and not link.resolve().is_relative_to(folder.resolve()))


def _is_part(problem: CheckpointError, models: list[InstalledModel]) -> bool:
    """What cannot be used alone, but is used as a part of the single file beside it."""
    checkpoints = (found.model for found in models if isinstance(found.model, Checkpoint))
    parts = {companion.path for checkpoint in checkpoints for companion in checkpoint.companions}
    return isinstance(problem, NotACheckpoint) and problem.path in parts


def _same_disk(source: Path, folder: Path) -> bool:
    return source.stat().st_dev == folder.stat().st_dev


def _inode(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _to_trash(path: Path) -> None:
    from send2trash import send2trash

    try:
        send2trash(path)
    except OSError as error:
        raise TrashFailed(path, error.strerror or str(error) or type(error).__name__) from error
