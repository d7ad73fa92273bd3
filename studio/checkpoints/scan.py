"""Looks through the places of other programs: what is there, and what each thing is. Nothing is changed or loaded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.file_hash import stop_if_cancelled
from studio.checkpoints.inspect import inspect_file
from studio.checkpoints.inspection_cache import Model
from studio.checkpoints.model_copy import files_of
from studio.checkpoints.model_files import MOST_ENTRIES, WalkBudget, is_model_folder, models_below
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.usual_places import Program, ScanPlace
from studio.core.errors import CheckpointError
from studio.core.session import CancelToken

_REPORTS_PER_SECOND = 8
_REPOSITORY = "models--"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model or add-on at `model.path`, `size` bytes large. `installed`: the library has it already."""

    program: Program
    model: Model
    size: int
    installed: bool

    @property
    def kind(self) -> ModelKind:
        return ModelKind.of(self.model)

    @property
    def name(self) -> str:
        """For people: in the hub's cache a folder is called after its commit, the repository's name is above it."""
        repository = next((part for part in reversed(self.model.path.parts) if part.startswith(_REPOSITORY)), None)
        inside_cache = repository is not None and self.model.path.is_dir()
        return repository.rpartition("--")[2] if repository and inside_cache else self.model.name


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something that looks like a model and is none that the program can use; `problem` says why."""

    program: Program
    path: Path
    problem: CheckpointError


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """`looked_at` files and folders so far, `found` models among them, `place` at work."""

    place: ScanPlace
    looked_at: int
    found: int


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`links_passed` led out of their place and were not followed. `complete` is False when there was too much."""

    models: tuple[FoundModel, ...]
    unusable: tuple[Unusable, ...]
    links_passed: int
    complete: bool


def scan(
    places: Iterable[ScanPlace],
    *,
    installed: frozenset[Path] = frozenset(),
    inspect: Callable[[Path], Model] = inspect_file,
    on_progress: Callable[[ScanProgress], None] = lambda _: None,
    cancel: CancelToken | None = None,
    most_entries: int = MOST_ENTRIES,
) -> ScanResult:
    """Look through `places`, at most `most_entries` files and folders of them.

    `installed` are the paths that the library has. Parts of a model that is a single file are not told apart from it.

    Raises:
        ModelWorkCancelled.
    """
    budget = WalkBudget(most_entries)
    models: list[FoundModel] = []
    unusable: list[Unusable] = []
    reporter = _Reporter(on_progress)
    for place in places:
        for path in _candidates(place, budget):
            stop_if_cancelled(cancel or CancelToken())
            reporter.tell(ScanProgress(place, most_entries - budget.entries_left, len(models)))
            try:
                models.append(_found(place.program, path, installed, inspect))
            except CheckpointError as problem:
                unusable.append(Unusable(place.program, path, problem))
    return ScanResult(tuple(models), tuple(unusable), budget.links_passed, complete=not budget.is_spent)


def _candidates(place: ScanPlace, budget: WalkBudget) -> Iterator[Path]:
    """What is in the place, or the place itself where it is a model."""
    if not place.path.is_dir() or is_model_folder(place.path):
        yield place.path
    else:
        yield from models_below(place.path, budget)


def _found(program: Program, path: Path, installed: frozenset[Path], inspect: Callable[[Path], Model]) -> FoundModel:
    model = inspect(path)
    size = sum(file.size for file in files_of(path))
    return FoundModel(program, model, size, path in installed or path.resolve() in installed)


class _Reporter:
    """Passes on a few reports a second, however many there are."""

    def __init__(self, on_progress: Callable[[ScanProgress], None]) -> None:
        self._on_progress = on_progress
        self._last = float("-inf")

    def tell(self, progress: ScanProgress) -> None:
        now = time.monotonic()
        if now - self._last >= 1 / _REPORTS_PER_SECOND:
            self._last = now
            self._on_progress(progress)
