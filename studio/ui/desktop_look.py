"""What a desktop says about looks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DesktopLook:
    """`accent` is the desktop's as #rrggbb, None where it has none. `less_motion`: nothing should move by itself.

    `dark` is None where it does not say; Qt may know all the same.
    """

    accent: str | None = None
    less_motion: bool = False
    dark: bool | None = None


PLAIN_LOOK = DesktopLook()
"""Of a desktop that says nothing."""
