"""What looks like a model where the library looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.installed_model import Place
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import MANIFEST_NAME
from studio.checkpoints.model_files import WalkBudget, models_below
from studio.checkpoints.registry import Registry
from studio.core.errors import CheckpointError, NotACheckpoint


@dataclass(frozen=True, slots=True)
class Candidate:
    """What looks like a model at `path`; `root` is the folder that it has for itself, or the file among others."""

    path: Path
    root: Path
    place: Place

    def is_called(self, wanted: str) -> bool:
        """By file or folder name, with or without ending, or by its path; `wanted` in lower case."""
        names = (self.path.name, self.path.stem, self.root.name, str(self.path))
        return wanted in {name.casefold() for name in names}


def candidates(places: LibraryPlaces, registry: Registry, problems: list[CheckpointError]) -> Iterator[Candidate]:
    """Those in the folders of the program, then those used in place; what stands in the way goes to `problems`."""
    budget = WalkBudget()
    for folder in places.folders.values():
        if not folder.is_dir() and folder.exists():
            problems.append(NotACheckpoint(folder, "a file, where the folder of the models should be"))
        for path in (*models_below(folder, budget), *_links_to_models(folder)):
            yield Candidate(path, root_of(path, folder), Place.OWN)
    for path in registry.paths():
        yield Candidate(path, root_of(path, None), Place.IN_PLACE)


def root_of(path: Path, folder: Path | None) -> Path:
    """The folder that the model has for itself, which is not `folder`; or the file among others."""
    return path.parent if path.parent != folder and (path.parent / MANIFEST_NAME).exists() else path


def _links_to_models(folder: Path) -> Iterator[Path]:
    """Links that the user made in the program's folder to models elsewhere."""
    try:
        links = sorted(Path(entry.path) for entry in os.scandir(folder) if entry.is_symlink())
    except OSError:
        return
    yield from (link for link in links if link.is_dir() and not link.resolve().is_relative_to(folder.resolve()))
