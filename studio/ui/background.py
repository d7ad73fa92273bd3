"""What widgets know of background work: a way to have it done. `studio.worker` provides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from studio.core.errors import StudioError

Result = TypeVar("Result")


class RunInBackground(Protocol):
    """Runs `work` away from the window, then `done` or `failed` in the window's thread."""

    def __call__(
        self,
        work: Callable[[], Result],
        *,
        failed: Callable[[StudioError], None],
        done: Callable[[Result], None] | None = None,
    ) -> object: ...
