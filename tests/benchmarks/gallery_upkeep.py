"""How long the index takes to be made again from the files, and to be compared with a folder that did not change.

    python tests/benchmarks/gallery_upkeep.py [--files 100000] [--side 64] [--home DIR]

Real files with prompts of 300 to 1,500 characters. `thumbnails_s` is what their making adds when they are lost, too;
it grows with `--side`. `integrity_s` is a full check of the index by SQLite. `home` keeps what was made; where it is
already, only `unchanged_s` and `integrity_s` are measured again, in seconds instead of minutes. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.core.geometry import Size  # noqa: E402
from studio.core.picture_id import PictureId  # noqa: E402
from studio.gallery.gallery import Gallery  # noqa: E402
from studio.gallery.picture_marks import PictureMarks  # noqa: E402
from studio.imaging.picture_metadata import encode_png  # noqa: E402
from tests.benchmarks.gallery_search import NOW, words  # noqa: E402
from tests.helpers.fake_session import a_picture, a_request  # noqa: E402

FILES_OF_A_DAY = 500
TIMES = 3


def write_files(folder: Path, count: int, side: int) -> None:
    chance = random.Random(0)
    vocabulary = words(chance)
    image = a_picture(replace(a_request(), size=Size(side, side)))
    for number in range(count):
        text = " ".join(chance.choices(vocabulary, k=chance.randint(50, 220)))
        request = replace(image.request, prompt=replace(image.request.prompt, text=text))
        made = replace(
            image, id=PictureId(f"{number:032x}"), request=request, created_at=NOW - timedelta(minutes=number)
        )
        file = folder / f"day-{number // FILES_OF_A_DAY:04}" / f"{number:06}.png"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(encode_png(made, None))


def opened(home: Path) -> Gallery:
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    gallery.open()
    return gallery


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 2)


def reconcile(gallery: Gallery) -> float:
    return seconds(lambda: sum(1 for _ in gallery.reconcile()))


def make(home: Path, files: int, side: int) -> dict[str, float]:
    """The pictures and their index, twice: with thumbnails, and again from the files alone."""
    opened(home).close()
    writing = seconds(lambda: write_files(home / "pictures", files, side))
    gallery = opened(home)
    both = reconcile(gallery)
    gallery.put_marks({picture: PictureMarks(rating=4) for picture in gallery.ids()[::10]})
    tidying = seconds(gallery.tidy_marks)
    gallery.close()
    for file in home.glob("index.db*"):
        file.unlink()
    gallery = opened(home)
    rebuild = reconcile(gallery)
    marked = sum(marks.rating == 4 for marks in gallery.marks_of(gallery.ids()).values())
    gallery.close()
    return {
        "write_s": writing,
        "rebuild_s": rebuild,
        "thumbnails_s": round(both - rebuild, 2),
        "marks_found_again": marked,
        "tidy_marks_s": tidying,
    }


def compare(home: Path) -> dict[str, float]:
    gallery = opened(home)
    unchanged = min(reconcile(gallery) for _ in range(TIMES))
    gallery.close()
    index = sqlite3.connect(home / "index.db")
    integrity = seconds(lambda: index.execute("PRAGMA integrity_check").fetchall())
    index.close()
    return {"unchanged_s": unchanged, "integrity_s": integrity}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=64, help="Pixels of each side of a picture.")
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home: Path = asked.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        made = {} if (home / "index.db").exists() else make(home, asked.files, asked.side)
        result = {"benchmark": "gallery_upkeep", "files": asked.files, "side": asked.side, **made, **compare(home)}
        result["index_mb"] = round((home / "index.db").stat().st_size / 1e6)
        result["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
