"""Why something on the disk could not be read or written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from studio.core.errors.base import StudioError


@dataclass(eq=False)
class StorageError(StudioError):
    """Base: something could not be written or read."""


@dataclass(eq=False)
class DiskFull(StorageError):
    """No space (or quota) left for `needed` bytes at `path`, besides a `reserve` that is to stay free."""

    code: ClassVar[str] = "disk_full"
    path: Path
    needed: int
    free: int | None
    reserve: int = 0


@dataclass(eq=False)
class FolderUnwritable(StorageError):
    """The folder is missing, read-only or forbidden."""

    code: ClassVar[str] = "folder_unwritable"
    path: Path
    reason: str


@dataclass(eq=False)
class WriteFailed(StorageError):
    """A write or its fsync failed for another reason; nothing was left half done."""

    code: ClassVar[str] = "write_failed"
    path: Path
    reason: str


@dataclass(eq=False)
class PictureUnreadable(StorageError):
    """The file is no picture, is damaged, or is too large to open safely."""

    code: ClassVar[str] = "picture_unreadable"
    path: Path
    reason: str


@dataclass(eq=False)
class PictureGone(PictureUnreadable):
    """There is no file of this name now: it was moved, or lies on a disk that is away."""

    code: ClassVar[str] = "picture_gone"


@dataclass(eq=False)
class TrajectoryUnreadable(StorageError):
    """The recorded steps of a picture are damaged, or of a newer version."""

    code: ClassVar[str] = "trajectory_unreadable"
    path: Path
    reason: str


@dataclass(eq=False)
class CanvasUnreadable(StorageError):
    """The file is no canvas, is damaged, of a newer version, or too large to open safely."""

    code: ClassVar[str] = "canvas_unreadable"
    path: Path
    reason: str


@dataclass(eq=False)
class SourceMissing(StorageError):
    """The picture or mask with this content, which a request starts from, is not there (any more)."""

    code: ClassVar[str] = "source_missing"
    sha256: str


@dataclass(eq=False)
class NoParameters(StorageError):
    """The picture carries no settings."""

    code: ClassVar[str] = "no_parameters"
    path: Path


@dataclass(eq=False)
class NothingToExport(StorageError):
    """No picture was named, or the search found none."""

    code: ClassVar[str] = "nothing_to_export"


@dataclass(eq=False)
class TrashFailed(StorageError):
    """The system's trash did not take the file; it is still where it was."""

    code: ClassVar[str] = "trash_failed"
    path: Path
    reason: str


@dataclass(eq=False)
class RestoreFailed(StorageError):
    """A deleted picture could not be put back; it is still in the system's trash."""

    code: ClassVar[str] = "restore_failed"
    path: Path
    reason: str


@dataclass(eq=False)
class FolderNotWatchable(StorageError):
    """The pictures of a folder cannot be shown where they are."""

    code: ClassVar[str] = "folder_not_watchable"
    path: Path
    reason: str


@dataclass(eq=False)
class DatabaseTooNew(StorageError):
    """A database written by a newer version of the program: it is left untouched."""

    code: ClassVar[str] = "database_too_new"
    path: Path
    found: int
    known: int


@dataclass(eq=False)
class SettingsTooNew(StorageError):
    """A settings file written by a newer version of the program: it is left untouched."""

    code: ClassVar[str] = "settings_too_new"
    path: Path
    found: int
    known: int


@dataclass(eq=False)
class AlreadyRunning(StorageError):
    """Another instance of the program uses this home."""

    code: ClassVar[str] = "already_running"
    path: Path


@dataclass(eq=False)
class NoScreen(StudioError):
    """There is no desktop for a window: neither X nor Wayland is reachable."""

    code: ClassVar[str] = "no_screen"
