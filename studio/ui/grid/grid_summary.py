"""How many pictures a grid makes, and how long they take, in words. No Qt: the command line says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

from studio.core.language import tr, trn
from studio.core.request import GenerationRequest
from studio.core.result import PictureParameters
from studio.grids.axes import Axis
from studio.grids.plan import estimated_seconds


def summary_text(axes: Sequence[Axis], cells: Sequence[GenerationRequest], like: PictureParameters | None) -> str:
    """`like` is a picture that tells how long others take."""
    counts = " × ".join(str(len(axis.values)) for axis in axes)
    pictures = trn("{n:,} picture", "{n:,} pictures", len(cells))
    told = pictures if len(axes) == 1 else f"{counts} = {pictures}"
    if like is None:
        return tr("{told}. How long that takes is known after the first picture.", told=told)
    return tr("{told}, about {duration}.", told=told, duration=duration_text(estimated_seconds(cells, like)))


def duration_text(seconds: float) -> str:
    """ "8 s", "3 min", "2 h 10 min": as exact as an estimate is."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)
