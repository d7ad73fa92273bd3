"""The base of all expected failures."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(eq=False)
class StudioError(Exception):
    """Base of all expected failures. Construct leaves only."""

    code: ClassVar[str] = "error"

    def __post_init__(self) -> None:
        self.args = tuple(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        facts = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{self.code}({facts})"
