"""How many pictures a grid makes, and how long they take, in words. No Qt: the command line says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.core.request import GenerationRequest
from studio.core.result import PictureParameters
from studio.grids.axes import Axis
from studio.grids.plan import estimated_seconds


def summary_text(axes: Sequence[Axis], cells: Sequence[GenerationRequest], like: PictureParameters | None) -> str:
    """`like` is a picture that tells how long others take."""
    counts = " × ".join(str(len(axis.values)) for axis in axes)
    pictures = f"{len(cells):,} picture{'s' * (len(cells) > 1)}"
    told = pictures if len(axes) == 1 else f"{counts} = {pictures}"
    if like is None:
        return f"{told}. How long that takes is known after the first picture."
    return f"{told}, about {duration_text(estimated_seconds(cells, like))}."


def duration_text(seconds: float) -> str:
    """ "8 s", "3 min", "2 h 10 min": as exact as an estimate is."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
