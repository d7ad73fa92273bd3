"""Random work on a canvas, the same for the same seed, and what a canvas is known by."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import numpy as np

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.imaging.brush import Brush, StrokePoint
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels


def a_photo(width: int, height: int, seed: int = 1) -> Pixels:
    """Soft shapes with a little grain."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x * a + y * b + c) for a, b, c in chance.uniform(0.002, 0.02, (3, 3))]
    grain = chance.integers(-3, 4, (height, width, 1))
    return frozen_pixels(np.clip(np.stack(waves, axis=2) * 100 + 128 + grain, 0, 255).astype(np.uint8))


def fingerprint(picture: Pixels, mask: MaskPixels) -> str:
    digest = hashlib.sha256(repr(picture.shape).encode())
    digest.update(np.ascontiguousarray(picture).data)
    digest.update(np.ascontiguousarray(mask).data)
    return digest.hexdigest()


def fingerprint_of(canvas: Canvas) -> str:
    return fingerprint(canvas.picture, canvas.mask)


def do_something(canvas: Canvas, chance: random.Random) -> None:
    """A stroke mostly; now and then an area, undo, redo, a result of the same or another size, a larger canvas."""
    kinds = ("stroke", "area", "undo", "redo", "accept", "other size", "extend")
    kind = chance.choices(kinds, (50, 15, 15, 15, 3, 2, 2))[0]
    if kind == "undo":
        canvas.undo()
    elif kind == "redo":
        canvas.redo()
    elif kind == "extend" and canvas.width < 900:
        canvas.extend(*(chance.choice((0, 8, 100)) for _ in range(4)), label="extend")
    elif kind == "accept":
        canvas.accept(a_photo(canvas.width, canvas.height, chance.randrange(99)), "accept")
    elif kind == "other size":
        canvas.accept(a_photo(chance.randrange(50, 700), chance.randrange(50, 700), chance.randrange(99)), "accept")
    elif kind == "area":
        area = Rect(chance.randrange(canvas.width), chance.randrange(canvas.height), 90, 60)
        coverage = frozen_pixels(np.full((60, 90), 255, np.uint8))
        canvas.paint_area(LayerName.MASK, area, coverage, chance.choice((0, 128, 255)), "area")
    else:
        paint_stroke(canvas, chance, diameter=chance.choice((5, 40, 120)))


def paint_stroke(canvas: Canvas, chance: random.Random, diameter: float) -> None:
    """As few dabs as make a line: what they cost is not what is tried."""
    layer, paint = chance.choice(((LayerName.MASK, 255), (LayerName.MASK, 0), (LayerName.PICTURE, (200, 30, 60))))
    points = [StrokePoint(chance.uniform(0, canvas.width), chance.uniform(0, canvas.height)) for _ in range(4)]
    canvas.begin_stroke(layer, Brush(diameter=diameter, hardness=0.5, spacing=1), paint, points[0])
    for point in points[1:]:
        canvas.continue_stroke(point)
    canvas.end_stroke("stroke")
