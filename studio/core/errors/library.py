"""Why a model cannot be brought in, moved, verified or removed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from studio.core.errors.base import StudioError


@dataclass(eq=False)
class LibraryError(StudioError):
    """Base: models could not be added, moved, verified or removed. What was there is still there."""


@dataclass(eq=False)
class ModelNameTaken(LibraryError):
    """There is another model at `path`, where one called `name` would go."""

    code: ClassVar[str] = "model_name_taken"
    name: str
    path: Path


@dataclass(eq=False)
class ModelUnmovable(LibraryError):
    """The model at `path` cannot be moved, copied or removed; `reason` is a fact such as "it came with the program"."""

    code: ClassVar[str] = "model_unmovable"
    path: Path
    reason: str


@dataclass(eq=False)
class LibraryBusy(LibraryError):
    """Another program holds the lock `path` of the library."""

    code: ClassVar[str] = "library_busy"
    path: Path


@dataclass(eq=False)
class RepairImpossible(LibraryError):
    """The file `file` of the model `name` is bad and not fetched again; `reason` is a fact such as "not known"."""

    code: ClassVar[str] = "repair_impossible"
    name: str
    file: str
    reason: str


@dataclass(eq=False)
class LicenceNotAccepted(LibraryError):
    """The model `name` comes under the licence `licence` (its text: `url`), which the user has not accepted."""

    code: ClassVar[str] = "licence_not_accepted"
    name: str
    licence: str
    url: str


@dataclass(eq=False)
class ModelWorkCancelled(LibraryError):
    """The user's cancel of a scan, a copy or a verification took effect."""

    code: ClassVar[str] = "model_work_cancelled"
