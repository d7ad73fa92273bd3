"""What keeping a picture costs: encode, durable write, index row, thumbnail, and all of it. Prints JSON, medians in ms.

    python tests/benchmarks/save.py [--runs 30]

In the program this runs in a thread of its own while the next picture of the batch is made.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from studio.core.durable_file import write_durably  # noqa: E402
from studio.core.geometry import Size  # noqa: E402
from studio.core.pixels import frozen_pixels  # noqa: E402
from studio.core.result import GeneratedImage, PictureId  # noqa: E402
from studio.gallery.gallery import Gallery  # noqa: E402
from studio.imaging.picture_metadata import encode_png  # noqa: E402
from studio.imaging.thumbnail import make_thumbnail  # noqa: E402
from tests.helpers.fake_session import PROVENANCE, a_request  # noqa: E402


def photo_like(side: int, seed: int) -> GeneratedImage:
    """Smooth areas, edges and a little grain: PNG size and time depend on that."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    waves = [np.sin(6 * (a * x + b * y) + c) for a, b, c in chance.uniform(-3, 3, (3, 3))]
    edges = (np.hypot(x - 0.5, y - 0.5) < 0.3) * 60.0
    grain = chance.normal(0, 2, (side, side, 3))
    pixels = np.clip(np.stack(waves, axis=2) * 60 + 128 + edges[..., None] + grain, 0, 255).astype(np.uint8)
    request = replace(a_request(seed=seed), size=Size(side, side))
    picture = PictureId(uuid.uuid4().hex)
    return GeneratedImage(picture, frozen_pixels(pixels), request, PROVENANCE, datetime.now(UTC), 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    print(json.dumps({f"{side}x{side}": measure(side, runs) for side in (128, 1024)}, indent=2))


def measure(side: int, runs: int) -> dict[str, float]:
    images = [photo_like(side, seed) for seed in range(runs)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
        gallery.open()
        contents = [encode_png(image, None) for image in images]
        times = {
            "encode_png": median_ms(lambda i: encode_png(images[i], None), runs),
            "write_durably": median_ms(lambda i: write_durably(home / f"{i}.png", contents[i], overwrite=False), runs),
            "thumbnail": median_ms(lambda i: make_thumbnail(images[i].pixels), runs),
            "all (Gallery.add)": median_ms(lambda i: gallery.add(images[i]), runs),
        }
        gallery.close()
    known = times["encode_png"] + times["write_durably"] + times["thumbnail"]
    times["rows (the rest)"] = round(times["all (Gallery.add)"] - known, 2)
    times["png_kB"] = round(statistics.mean(map(len, contents)) / 1024)
    return times


def median_ms(work: Callable[[int], object], runs: int) -> float:
    durations: list[float] = []
    for number in range(runs):
        started = time.perf_counter()
        work(number)
        durations.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(durations), 2)


if __name__ == "__main__":
    main()
