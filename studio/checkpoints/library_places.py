"""Where the library keeps models and what it knows of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.library_lock import locked
from studio.checkpoints.model_kind import ModelKind


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

    def locked(self) -> AbstractContextManager[None]:
        """While names are given or taken away: a second program waits. Raises LibraryBusy, StorageError."""
        self.state.mkdir(parents=True, exist_ok=True)
        return locked(self.lock_file)
