"""A picture in the gallery, as the rest of the program sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from studio.core.job import JobId
from studio.core.result import PictureId, PictureParameters


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """`parameters` is None for a picture that does not tell how it was made."""

    id: PictureId
    path: Path
    created_at: datetime
    """UTC."""
    width: int
    height: int
    parameters: PictureParameters | None
    job_id: JobId | None
