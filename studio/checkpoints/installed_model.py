"""What the library knows of a model that is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from studio.checkpoints.inspection_cache import Model
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import ModelFamily, Prediction
from studio.core.errors import CheckpointError


class Place(StrEnum):
    """Whose files they are."""

    OWN = "own"
    """In the program's folders: removing the model removes them."""
    IN_PLACE = "in_place"
    """Somewhere else, used where they are: removing the model leaves them alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryModel:
    """`root` is the folder or file that is moved or removed.

    `entry_id`: of the catalogue's entry that it came from, None where it did not.
    """

    root: Path
    place: Place
    entry_id: str | None

    @property
    def has_own_folder(self) -> bool:
        """A folder of the program's, with nothing but this model in it."""
        return self.place is Place.OWN and self.root.is_dir()

    @property
    def folder(self) -> Path:
        """Where the paths of its manifest begin."""
        return self.root if self.root.is_dir() else self.root.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel(LibraryModel):
    """A model that can be used, `size` bytes large; its own path may be the one file in `root`.

    `identity` is the same wherever it lies and however it is called (`content_identity`).
    `chosen_prediction`: the user said that it predicts this, whatever its file lets one guess.
    `source` is the address or repository that it was fetched from, `licence` the one that was named there.
    """

    model: Model
    size: int
    identity: str
    chosen_prediction: Prediction | None = None
    source: str | None = None
    licence: str | None = None

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def path(self) -> Path:
        return self.model.path

    @property
    def kind(self) -> ModelKind:
        return ModelKind.of(self.model)

    @property
    def prompt_part(self) -> str | None:
        """What a prompt has to say so that it is used; None for what prompts do not name."""
        in_folder = self.has_own_folder and self.root != self.path and self.root.name != self.name
        name = f"{self.root.name}/{self.name}" if in_folder else self.name
        return {ModelKind.LORA: f"<lora:{name}:1>", ModelKind.TEXTUAL_INVERSION: name}.get(self.kind)

    @property
    def family(self) -> ModelFamily | None:
        return self.model.family


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenModel(LibraryModel):
    """A model in a folder of its own that cannot be used: `problem` says why, its manifest of which files it is."""

    name: str
    problem: CheckpointError

    @property
    def path(self) -> Path:
        return self.root


AnyModel: TypeAlias = InstalledModel | BrokenModel
"""What can be verified, repaired and removed."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of `size` bytes that is stored once for this model and for those called `users`."""

    path: str
    size: int
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing the model `name` gives back: `freed` bytes once the trash is emptied, but not the `shared` files.

    `kept_at` is the place of the files of a model that was used in place: they are left alone.
    """

    name: str
    freed: int
    shared: tuple[SharedFile, ...]
    kept_at: Path | None
