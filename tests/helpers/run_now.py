"""A `studio.ui.background.RunInBackground` for tests of widgets: nothing is left to wait for."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.errors import StudioError


def run_now(
    work: Callable[[], object], *, failed: Callable[[StudioError], None], done: Callable[[object], None] | None = None
) -> None:
    """Do the work here and hand over its result; an error fails the test."""
    result = work()
    if done is not None:
        done(result)


def run_or_fail_now(
    work: Callable[[], object], *, failed: Callable[[StudioError], None], done: Callable[[object], None] | None = None
) -> None:
    """Do the work here and hand over its result or its error."""
    try:
        result = work()
    except StudioError as error:
        failed(error)
        return
    if done is not None:
        done(result)
