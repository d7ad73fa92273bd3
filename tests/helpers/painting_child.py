"""Paints on a canvas that is kept until it is killed, and says what it does: each line before or after it is so.

LOADED state           the canvas that was there, or a new one
STARTED state          the edit that leads to this state begins now
ACK number             everything up to the number-th STARTED is durable
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from studio.core.errors import StorageError
from studio.gallery.canvas_store import CanvasStore
from studio.imaging.canvas import Canvas
from tests.helpers.painting import a_photo, do_something, fingerprint_of


def main(file: Path, seed: int) -> None:
    store = CanvasStore(file, fail)
    store.open()
    stored, _ = store.load()
    if stored is None:
        canvas = Canvas(a_photo(420, 300), listener=store)
        store.begin(canvas.picture_now(), canvas.mask_now())
        store.flush()
        rehearsal = Canvas(canvas.picture_now())
    else:
        canvas = Canvas(stored.picture, stored.mask, listener=store)
        canvas.history.load(stored.edits, stored.position)
        rehearsal = Canvas(stored.picture, stored.mask)
        rehearsal.history.load(stored.edits, stored.position)
    print("LOADED", fingerprint_of(canvas), flush=True)
    paint_for_ever(canvas, rehearsal, store, seed)


def paint_for_ever(canvas: Canvas, rehearsal: Canvas, store: CanvasStore, seed: int) -> None:
    """Everything is done on `rehearsal` first, so that the state it leads to is known before it is kept."""
    here, there = random.Random(seed), random.Random(seed)
    number = 0
    while True:
        do_something(rehearsal, there)
        print("STARTED", fingerprint_of(rehearsal), flush=True)
        do_something(canvas, here)
        number += 1
        there.random()
        if here.random() < 0.2:
            store.flush()
            print("ACK", number, flush=True)


def fail(error: StorageError) -> None:
    sys.exit(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
