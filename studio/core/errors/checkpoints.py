"""Why a model cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from studio.core.errors.base import StudioError


@dataclass(eq=False)
class CheckpointError(StudioError):
    """Base: the model cannot be used."""


@dataclass(eq=False)
class CheckpointNotFound(CheckpointError):
    """No installed model has this name and no file or folder is at this path."""

    code: ClassVar[str] = "checkpoint_not_found"
    name: str


@dataclass(eq=False)
class NotACheckpoint(CheckpointError):
    """The path exists but holds no model that the program knows."""

    code: ClassVar[str] = "not_a_checkpoint"
    path: Path
    reason: str


@dataclass(eq=False)
class PickleRefused(CheckpointError):
    """A pickle file (.ckpt, .pt, .bin, or one by content): loading it could run code."""

    code: ClassVar[str] = "pickle_refused"
    path: Path


@dataclass(eq=False)
class CheckpointIncomplete(CheckpointError):
    """A model folder lacks `missing` (a path relative to the folder)."""

    code: ClassVar[str] = "checkpoint_incomplete"
    path: Path
    missing: str


@dataclass(eq=False)
class CheckpointDamaged(CheckpointError):
    """A file of the model is truncated, altered or does not belong to it."""

    code: ClassVar[str] = "checkpoint_damaged"
    path: Path
    reason: str
