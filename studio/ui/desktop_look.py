"""What a desktop says about looks, beside light and dark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DesktopLook:
    """`accent` is the desktop's as #rrggbb, None where it has none. `less_motion`: nothing should move by itself."""

    accent: str | None = None
    less_motion: bool = False


PLAIN_LOOK = DesktopLook()
"""Of a desktop that says nothing."""
