"""How long the pixels of inpainting take in a picture of 4096 x 4096: `python tests/benchmarks/inpaint.py` prints JSON.

The bar: putting a result back (composite, paste, and the proof that nothing else changed) within 150 ms.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from studio.core.geometry import Size
from studio.core.pixels import frozen_pixels
from studio.core.sources import image_ref
from studio.core.task import Inpaint, InpaintArea, MaskedContent
from studio.imaging.inpaint_region import PreviewPaste, plan_inpaint, put_back

SIDE = 4096
SIZE = Size(1024, 1024)
BAR_MS = 150.0
RUNS = 9
CASES = (
    (200, InpaintArea.MASKED),
    (1600, InpaintArea.MASKED),
    (1600, InpaintArea.WHOLE),
    (None, InpaintArea.WHOLE),
)


def main() -> int:
    chance = np.random.default_rng(0)
    picture = frozen_pixels(chance.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    result = frozen_pixels(chance.integers(0, 256, (SIZE.height, SIZE.width, 3), dtype=np.uint8))
    figures = [_measure(picture, result, radius, area) for radius, area in CASES]
    met = all(figure["put_back_ms"] <= BAR_MS for figure in figures if isinstance(figure["put_back_ms"], float))
    print(json.dumps({"picture": f"{SIDE}x{SIDE}", "bar_ms": BAR_MS, "met": met, "figures": figures}, indent=2))
    return 0 if met else 1


def _measure(picture: np.ndarray, result: np.ndarray, radius: int | None, area: InpaintArea) -> dict[str, object]:
    """Without a radius, the left quarter is new."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    if radius is None:
        mask[:, : SIDE // 4] = 255
    else:
        cv2.circle(mask, (SIDE // 2, SIDE // 2), radius, 255, -1)
    mask = frozen_pixels(mask)
    task = Inpaint(
        image=image_ref(picture), mask=image_ref(mask), strength=0.6, area=area, mask_blur=16,
        masked_content=MaskedContent.FILL,
    )  # fmt: skip
    plan = plan_inpaint(picture, mask, task, SIZE)
    preview, frame = PreviewPaste(plan), result[::8, ::8]
    return {
        "mask_radius": radius,
        "area": area.value,
        "plan_ms": _median_ms(lambda: plan_inpaint(picture, mask, task, SIZE), runs=3),
        "put_back_ms": _median_ms(lambda: put_back(plan, result)),
        "preview_ms": _median_ms(lambda: preview(frame)),
        "pixels_compared": put_back(plan, result)[1],
    }


def _median_ms(run: Callable[[], object], runs: int = RUNS) -> float:
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return round(1000 * statistics.median(times), 1)


if __name__ == "__main__":
    sys.exit(main())
