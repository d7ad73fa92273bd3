"""The models on this machine: those that come with the program and those in the user's folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

from studio.checkpoints.catalogue import CatalogueEntry, load_catalogue
from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.weights_file import PICKLE_ENDINGS
from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointError, CheckpointNotFound, NotACheckpoint

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")

_MODEL_ENDINGS = PICKLE_ENDINGS | {".safetensors"}


class CheckpointStore:
    """Finds models. Every call looks at the disk anew, so that a model may come and go while the program runs.

    Each method raises CheckpointDamaged when the catalogue itself cannot be read.
    """

    def __init__(self, bundled_root: Path, user_folder: Path, catalogue_file: Path) -> None:
        """`bundled_root` holds the folders of the catalogue's `bundled` models; `user_folder` need not exist."""
        self._bundled_root = bundled_root
        self._user_folder = user_folder
        self._catalogue_file = catalogue_file

    def installed(self) -> tuple[Checkpoint, ...]:
        """The models that can be used: bundled ones in the catalogue's order, then the user's by name."""
        return tuple(found for found in self._scan() if isinstance(found, Checkpoint))

    def problems(self) -> tuple[CheckpointError, ...]:
        """Why the rest of what lies there cannot be used. Files that are no models at all are passed over."""
        return tuple(found for found in self._scan() if isinstance(found, CheckpointError))

    def default(self) -> Checkpoint:
        """The first model of the catalogue.

        Raises:
            CheckpointError: it is missing or damaged.
        """
        return self._inspect_bundled(load_catalogue(self._catalogue_file)[0])

    def find(self, name_or_path: str) -> Checkpoint:
        """The model with this catalogue id or name (in any case), else the one at this path.

        Raises:
            CheckpointNotFound: neither a name nor a path.
            CheckpointError: it is there and cannot be used (see `inspect_checkpoint`).
        """
        wanted = name_or_path.strip().casefold()
        for entry in load_catalogue(self._catalogue_file):
            if wanted in {entry.id.casefold(), entry.name.casefold()}:
                return self._inspect_bundled(entry)
        for path in self._user_folders():
            if wanted == path.name.casefold():
                return inspect_checkpoint(path)
        if not wanted:
            raise CheckpointNotFound(name_or_path)
        return inspect_checkpoint(Path(name_or_path))

    def _scan(self) -> Iterator[Checkpoint | CheckpointError]:
        for entry in load_catalogue(self._catalogue_file):
            yield _outcome(self._inspect_bundled, entry)
        candidates = _outcome(self._user_candidates)
        if isinstance(candidates, CheckpointError):
            yield candidates
        else:
            for path in candidates:
                yield _outcome(inspect_checkpoint, path)

    def _inspect_bundled(self, entry: CatalogueEntry) -> Checkpoint:
        checkpoint = inspect_checkpoint(self._bundled_root / entry.bundled)
        return replace(
            checkpoint,
            name=entry.name,
            recommended=entry.recommended,
            examples=entry.examples,
            good_at=entry.good_at,
        )

    def _user_folders(self) -> Iterator[Path]:
        return (path for path in self._user_candidates() if path.is_dir())

    def _user_candidates(self) -> list[Path]:
        """Folders, and files that look like models. Raises NotACheckpoint when the folder cannot be listed."""
        try:
            visible = [path for path in self._user_folder.iterdir() if not path.name.startswith(".")]
            candidates = [path for path in visible if path.is_dir() or path.suffix.lower() in _MODEL_ENDINGS]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise NotACheckpoint(self._user_folder, error.strerror or type(error).__name__) from error
        return sorted(candidates, key=lambda path: path.name.casefold())


def _outcome(
    look: Callable[Arguments, Found], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Found | CheckpointError:
    """What `look` finds, or why it cannot be used."""
    try:
        return look(*args, **kwargs)
    except CheckpointError as problem:
        return problem
