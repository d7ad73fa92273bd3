"""How long the index takes to be made again from the files, and to be compared with a folder that did not change.

    python tests/benchmarks/gallery_upkeep.py [--files 100000] [--side 64]

Real files with prompts of 300 to 1,500 characters. `thumbnails_s` is what their making adds when they are lost, too;
it grows with `--side`. `integrity_s` is a full check of the index by SQLite. Prints JSON.
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=64, help="Pixels of each side of a picture.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        opened(home).close()
        writing = seconds(lambda: write_files(home / "pictures", asked.files, asked.side))
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
        unchanged = reconcile(gallery)
        gallery.close()
        with sqlite3.connect(home / "index.db") as index:
            integrity = seconds(lambda: index.execute("PRAGMA integrity_check").fetchall())
        index.close()
        size = (home / "index.db").stat().st_size
    print(
        json.dumps(
            {
                "benchmark": "gallery_upkeep",
                "files": asked.files,
                "side": asked.side,
                "write_s": writing,
                "rebuild_s": rebuild,
                "thumbnails_s": round(both - rebuild, 2),
                "unchanged_s": unchanged,
                "marks_found_again": marked,
                "tidy_marks_s": tidying,
                "integrity_s": integrity,
                "index_mb": round(size / 1e6),
                "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
