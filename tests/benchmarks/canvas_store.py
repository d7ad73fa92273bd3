"""What keeping the open canvas costs, 4096 x 4096 with 200 edits: writing, restoring, room. Prints JSON; times in ms.

    python tests/benchmarks/canvas_store.py [--side 4096] [--edits 200]

`edit to durable` is from the end of a stroke until it survives a power cut; `in the window` is what the window's thread
spends of it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.core.errors import StorageError  # noqa: E402
from studio.gallery.canvas_store import CanvasStore  # noqa: E402
from studio.imaging.canvas import Canvas  # noqa: E402
from studio.imaging.history import Edit  # noqa: E402
from tests.helpers.painting import a_photo, fingerprint_of, paint_stroke  # noqa: E402


class Stopwatch:
    """A `CanvasListener` that measures what handing an edit to the store takes."""

    def __init__(self, store: CanvasStore) -> None:
        self._store = store
        self.in_window: list[float] = []

    def edit_added(self, edit: Edit, position: int) -> None:
        started = time.perf_counter()
        self._store.edit_added(edit, position)
        self.in_window.append(ms_since(started))

    def moved(self, position: int) -> None:
        self._store.moved(position)


def measure(file: Path, side: int, edits: int) -> dict[str, float]:
    photo = a_photo(side, side)
    store = CanvasStore(file, fail)
    store.open()
    watch = Stopwatch(store)
    canvas = Canvas(photo, listener=watch)
    started = time.perf_counter()
    store.begin(canvas.picture_now(), canvas.mask_now())
    store.flush()
    begin = ms_since(started)
    durable: list[float] = []
    chance = random.Random(1)
    for _ in range(edits):
        paint_stroke(canvas, chance, 300)
        started = time.perf_counter()
        store.flush()
        durable.append(ms_since(started))
    canvas.undo()
    canvas.undo()
    canvas.redo()
    store.flush()
    store.close()
    started = time.perf_counter()
    store = CanvasStore(file, fail)
    store.open()
    opened = ms_since(started)
    stored, _ = store.load()
    loaded = ms_since(started)
    assert stored is not None
    again = Canvas(stored.picture, stored.mask)
    again.history.load(stored.edits, stored.position)
    restored = ms_since(started)
    store.close()
    assert fingerprint_of(again) == fingerprint_of(canvas)
    return {
        "begin (in the background)": begin,
        "edit to durable, median": round(statistics.median(durable), 1),
        "edit to durable, longest": max(durable),
        "in the window, longest": max(watch.in_window),
        "open (with the check of the file)": opened,
        "and load": loaded,
        "and make the canvas": restored,
        "edits restored": len(stored.edits),
        "MB on disk": round(file.stat().st_size / 2**20, 1),
    }


def ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def fail(error: StorageError) -> None:
    raise AssertionError(error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--edits", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder) / "canvas.db", options.side, options.edits), indent=2))


if __name__ == "__main__":
    main()
