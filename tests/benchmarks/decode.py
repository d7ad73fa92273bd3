"""What opening a picture costs: from a file to pixels, and how long it holds up the other threads. Prints JSON, in ms.

    python tests/benchmarks/decode.py [--runs 5] [--megapixels 24]

The program decodes in a background thread. `longest_gap`: how late a thread that wakes every millisecond came at most,
as the window would (`idle_gap`: the same without decoding).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PIL import Image, ImageCms  # noqa: E402

from studio.imaging.colour import DISPLAY_P3, SRGB_CURVE, matrix_profile  # noqa: E402
from studio.imaging.decode import read_picture  # noqa: E402


def write_pictures(folder: Path, megapixels: float) -> None:
    """Soft shapes and a little grain, 3:2, as a camera makes them."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    chance = np.random.default_rng(1)
    small = Image.fromarray(chance.integers(0, 256, (40, 60, 3), np.uint8))
    soft = np.asarray(small.resize((height * 3 // 2, height), Image.Resampling.BICUBIC)).astype(np.int16)
    grain = chance.integers(-4, 5, (*soft.shape[:2], 1), np.int16)
    image = Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turned = Image.Exif()
    turned[0x0112] = 6
    image.save(folder / "plain.jpg", quality=92)
    image.save(folder / "with sRGB profile.jpg", quality=92, icc_profile=srgb)
    image.save(folder / "with P3 profile.jpg", quality=92, icc_profile=matrix_profile(DISPLAY_P3, SRGB_CURVE))
    image.save(folder / "lying on its side.jpg", quality=92, exif=turned)
    image.save(folder / "progressive.jpg", quality=92, progressive=True)
    image.save(folder / "plain.png", compress_level=1)
    image.convert("RGBA").save(folder / "alpha.png", compress_level=1)


def longest_gap(path: Path | None) -> float:
    """In ms; None: while nothing is done for a second."""
    done = threading.Event()
    work = threading.Thread(target=lambda: (read_picture(path) if path else time.sleep(1), done.set()))
    longest, last = 0.0, time.perf_counter()
    work.start()
    while not done.is_set():
        time.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    work.join()
    return round(longest * 1000, 1)


def measure(path: Path, runs: int) -> dict[str, float]:
    durations: list[float] = []
    for _ in range(runs):
        started = time.perf_counter()
        read_picture(path)
        durations.append((time.perf_counter() - started) * 1000)
    gaps = [longest_gap(path) for _ in range(runs)]
    return {
        "median": round(statistics.median(durations), 1),
        "fastest": round(min(durations), 1),
        "longest_gap": max(gaps),
        "idle_gap": longest_gap(None),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--megapixels", type=float, default=24)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder), options.megapixels)
        results = {path.name: measure(path, options.runs) for path in sorted(Path(folder).iterdir())}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
