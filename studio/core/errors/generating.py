"""Why a picture was not made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from studio.core.errors.base import StudioError


@dataclass(eq=False)
class GenerationCancelled(StudioError):
    """The user's cancel took effect. Not a failure: it ends a job as `cancelled`."""

    code: ClassVar[str] = "cancelled"


@dataclass(eq=False)
class OutOfMemory(StudioError):
    """The device has no room: `needed` and `free` in bytes where the allocator said so."""

    code: ClassVar[str] = "out_of_memory"
    device: str
    needed: int | None
    free: int | None


@dataclass(eq=False)
class DeviceLost(StudioError):
    """The accelerator stopped answering; only a restart of the program helps."""

    code: ClassVar[str] = "device_lost"
    device: str
    reason: str


@dataclass(eq=False)
class BrokenPicture(StudioError):
    """The model gave no picture: `reason` is "not finite" (NaN or infinity) or "all black"."""

    code: ClassVar[str] = "broken_picture"
    reason: str


@dataclass(eq=False)
class EngineFailed(StudioError):
    """Something unforeseen in the engine; the traceback is in the log."""

    code: ClassVar[str] = "engine_failed"
    reason: str
