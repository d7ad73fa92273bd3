"""What a list says about a picture, whichever program made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST_PROMPT = 300
"""Characters: more than a line shows."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """None is what the picture does not tell. Without a prompt its file has a name."""

    file_name: str
    created_at: datetime
    """UTC."""
    width: int
    height: int
    prompt: str | None = None
    """Its beginning."""
    model: str | None = None
    seed: int | None = None
    steps: int | None = None
