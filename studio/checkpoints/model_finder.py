"""The models and add-ons on this machine besides the bundled one: what there is, and where.

Every look is at the disk anew: models may come and go meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from studio.checkpoints.content_identity import content_identity
from studio.checkpoints.inspection_cache import InspectionCache, KnownModel, Model
from studio.checkpoints.installed_model import AnyModel, BrokenModel, InstalledModel, Place
from studio.checkpoints.library_candidates import Candidate, candidates, root_of
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import Manifest
from studio.checkpoints.model_copy import files_of
from studio.checkpoints.model_files import is_unfinished, model_in
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.model_manifests import ModelManifests, manifest_in
from studio.checkpoints.recommendation import with_prediction
from studio.checkpoints.registry import Registry
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointDamaged, CheckpointError, CheckpointNotFound, NotACheckpoint


@dataclass(frozen=True, slots=True)
class LibraryContent:
    """What can be used, and why the rest of what lies there cannot; `broken` are those of it that may be repaired."""

    models: tuple[InstalledModel, ...]
    problems: tuple[CheckpointError, ...]
    broken: tuple[BrokenModel, ...]


class ModelFinder:
    """Looks into the program's folders and at the list of what is used in place. Used from one thread at a time.

    Each method raises CheckpointDamaged when that list cannot be read.
    """

    def __init__(
        self, places: LibraryPlaces, registry: Registry, manifests: ModelManifests, inspect: Callable[[Path], Model]
    ) -> None:
        """`inspect` tells what is at a path, or raises CheckpointError. No folder need exist yet."""
        self._places = places
        self._registry = registry
        self._manifests = manifests
        self._inspect = inspect
        self._cache = InspectionCache(places.cache_file)

    def look(self) -> LibraryContent:
        """All there is, by kind and name; those used in place last. Remembers what it saw for the next start."""
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
        for model in self.look().models:
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
                model = self.in_place(path).model
                if isinstance(model, Addon) and model.kind is kind:
                    found.append(model)
        return tuple(found)

    def identified(self, path: Path, root: Path, place: Place) -> InstalledModel:
        """The model at `path`, which has `root` for itself. Raises CheckpointError."""
        return self._identified(Candidate(path, root, place))

    def own(self, folder: Path) -> InstalledModel:
        """The model that has this folder of the program's for itself. Raises CheckpointError."""
        return self.identified(model_in(folder), folder, Place.OWN)

    def in_place(self, path: Path) -> InstalledModel:
        """The model at `path`, which is used where it is. Raises CheckpointError."""
        return self.identified(path, root_of(path, None), Place.IN_PLACE)

    def _identified(self, candidate: Candidate) -> InstalledModel:
        known = self._cache.get(candidate.path)
        if known is None:
            known = self._looked_at(candidate)
            self._cache.put(candidate.path, known)
        return _installed(known, candidate, self._manifests.written_of(candidate.root, candidate.place))

    def _looked_at(self, candidate: Candidate) -> KnownModel:
        model = self._inspect(candidate.path)
        try:
            size = sum(file.size for file in files_of(candidate.root))
            return KnownModel(model, size, content_identity(candidate.path))
        except OSError as error:
            raise CheckpointDamaged(candidate.path, error.strerror or type(error).__name__) from error

    def _broken(self, candidate: Candidate, problem: CheckpointError) -> Iterator[BrokenModel]:
        """It, if what is written down of it tells how to repair it."""
        if candidate.place is Place.OWN and candidate.root.is_dir() and (manifest := manifest_in(candidate.root)):
            yield BrokenModel(
                root=candidate.root,
                place=candidate.place,
                entry_id=manifest.entry_id,
                name=manifest.name,
                problem=problem,
            )


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
        identity=known.identity,
        chosen_prediction=manifest.prediction if manifest else None,
        source=manifest.source if manifest else None,
        licence=manifest.licence if manifest else None,
    )


def _is_part(problem: CheckpointError, models: list[InstalledModel]) -> bool:
    """What cannot be used alone, but is used as a part of the single file beside it."""
    checkpoints = (found.model for found in models if isinstance(found.model, Checkpoint))
    parts = {companion.path for checkpoint in checkpoints for companion in checkpoint.companions}
    return isinstance(problem, NotACheckpoint) and problem.path in parts
