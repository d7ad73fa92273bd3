"""What painting costs on a picture of 4096 x 4096 pixels with a soft brush of 300. Prints JSON.

    python tests/benchmarks/canvas.py [--steps 200]

A stroke is 200 moves of the pointer along loops over the whole picture, about 6500 pixels in all; every twentieth is
four times as far as its neighbours. "undo, packed" is the undo of a step so old that its tiles were packed. "wall" is
what the clock says, "cpu" the time that the thread was running: on a busy machine they differ. The memory is that of
strokes of 1500 pixels, half of them on the mask and half on a grainy photograph.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from studio.imaging.brush import Brush, StrokePoint  # noqa: E402
from studio.imaging.canvas import Canvas  # noqa: E402
from studio.imaging.layer import LayerName, Paint  # noqa: E402
from studio.imaging.selection import ellipse, feathered, grown  # noqa: E402

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

SIDE = 4096
BRUSH = Brush(diameter=300, hardness=0.0, opacity=0.9)
STROKES = 5
PAINTS: dict[LayerName, Paint] = {LayerName.MASK: 255, LayerName.PICTURE: (200, 30, 90)}

Result = TypeVar("Result")


class Times:
    """Milliseconds of each kind of call, by the clock and of the thread."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, list[float]] = defaultdict(list)
        self.cpu: defaultdict[str, list[float]] = defaultdict(list)

    def measure(self, name: str, call: Callable[[], Result]) -> Result:
        wall, cpu = time.perf_counter(), time.thread_time()
        result = call()
        self.cpu[name].append((time.thread_time() - cpu) * 1000)
        self.wall[name].append((time.perf_counter() - wall) * 1000)
        return result

    def summary(self) -> dict[str, dict[str, float]]:
        return {name: quantiles(self.wall[name], "wall") | quantiles(self.cpu[name], "cpu") for name in self.wall}


def quantiles(times: list[float], kind: str) -> dict[str, float]:
    return {f"{kind}_ms_p{share}": round(float(np.percentile(times, share)), 2) for share in (50, 99)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    steps = parser.parse_args().steps
    picture = grainy_photograph()
    # Memory first: what is freed later would be used again unseen.
    measured: dict[str, object] = {f"{steps} steps": memory(picture, steps)}
    measured |= {f"stroke on the {layer}": strokes(picture, layer) for layer in LayerName}
    measured["the whole canvas"] = whole_canvas(picture)
    print(json.dumps(measured, indent=2))


def grainy_photograph() -> Pixels:
    """Smooth areas, an edge and the grain of a camera: what tiles take packed depends on that."""
    chance = np.random.default_rng(0)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    disc = (np.hypot(x - 0.5, y - 0.5) < 0.3) * np.float32(60)
    channels = [
        np.sin(20 * (a * x + b * y) + c) * 60 + 128 + disc + chance.normal(0, 2, (SIDE, SIDE)).astype(np.float32)
        for a, b, c in chance.uniform(-3, 3, (3, 3)).astype(np.float32)
    ]
    return np.stack([np.clip(channel, 0, 255).astype(np.uint8) for channel in channels], axis=2)


def pointer_path(turn: float) -> list[StrokePoint]:
    """200 moves over the whole picture."""
    points: list[StrokePoint] = []
    t = turn
    for move in range(200):
        t += 0.024 if move % 20 == 0 else 0.006 + 0.004 * math.sin(move / 7)
        points.append(StrokePoint(2048 + 1900 * math.sin(2 * t), 2048 + 1900 * math.sin(3 * t + turn)))
    return points


def strokes(picture: Pixels, layer: LayerName) -> dict[str, dict[str, float]]:
    times = Times()
    canvas = Canvas(picture)
    for number in range(STROKES):
        first, *rest = pointer_path(float(number))
        times.measure("begin_stroke", lambda first=first: canvas.begin_stroke(layer, BRUSH, PAINTS[layer], first))
        for point in rest:
            times.measure("continue_stroke", lambda point=point: canvas.continue_stroke(point))
        times.measure("end_stroke", lambda: canvas.end_stroke("Stroke"))
        times.measure("mask_share", lambda: canvas.mask_share)
        times.measure("undo", canvas.undo)
        times.measure("redo", canvas.redo)
    for patch in canvas.history.edits[-1].patches:
        times.measure("packing a tile", patch.packed)
    packed = Canvas(canvas.picture, canvas.mask)
    packed.history.load([edit.packed() for edit in canvas.history.edits], STROKES)
    for _ in range(STROKES):
        times.measure("undo, packed", packed.undo)
    return times.summary()


def whole_canvas(picture: Pixels) -> dict[str, dict[str, float]]:
    times = Times()
    canvas = Canvas(picture)
    shape = times.measure("ellipse", lambda: ellipse((100, 100), (SIDE - 100, SIDE - 100), canvas.bounds))
    times.measure("paint_area", lambda: canvas.paint_area(LayerName.MASK, *shape, 255, "Ellipse"))
    times.measure("grown by 256", lambda: grown(canvas.mask, 256))
    mask = times.measure("grown by 32", lambda: grown(canvas.mask, 32))
    mask = times.measure("feathered by 32", lambda: feathered(mask, 32))
    times.measure("set_mask", lambda: canvas.set_mask(mask, "Feather"))
    candidate = 255 - picture
    times.measure("accept", lambda: canvas.accept(candidate, "Accept"))
    times.measure("undo of accept", canvas.undo)
    times.measure("extend", lambda: canvas.extend(256, 0, 256, 0, "Extend"))
    times.measure("undo of extend", canvas.undo)
    return times.summary()


def memory(picture: Pixels, steps: int) -> dict[str, float]:
    """With a turn for packing after every stroke, as the window gives it when nobody paints."""
    canvas = Canvas(picture)
    chance = np.random.default_rng(1)
    before = psutil.Process().memory_info().rss
    for step in range(steps):
        layer = (LayerName.MASK, LayerName.PICTURE)[step % 2]
        start, angle = chance.uniform(300, SIDE - 300, 2), chance.uniform(0, 2 * math.pi)
        canvas.begin_stroke(layer, BRUSH, PAINTS[layer], StrokePoint(*start))
        for travelled in range(30, 1500, 30):
            x, y = start + travelled * np.array((math.cos(angle), math.sin(angle)))
            canvas.continue_stroke(StrokePoint(float(x), float(y)))
        canvas.end_stroke("Stroke")
        while canvas.history.pack_next():
            pass
    return {
        "history_MB": round(canvas.history.size / 2**20, 1),
        "steps_kept": len(canvas.history.edits),
        "process_grew_by_MB": round((psutil.Process().memory_info().rss - before) / 2**20, 1),
    }


if __name__ == "__main__":
    main()
