"""How a gallery of many pictures opens, scrolls and weighs in the window. Prints JSON.

    python tests/benchmarks/gallery_view.py [--rows 100000] [--home DIR]

The real window with an index as wide as real ones and a thumbnail for each row; the files themselves are not there, as
none is read. `home` keeps what was made for the next run. `first_thumbnails_ms` is from asking the opened gallery for
its pictures to the last thumbnail in sight, in a process that has done nothing with it before; `reading_all_rows`
is what goes on behind that. A frame is the time from
moving the scroll bar until the window is painted and its events are done; between two frames the window rests for the
rest of 16 ms, as it does at a screen. `gaps` are those of an 8 ms timer meanwhile.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from studio.app.gallery_wiring import gallery_model  # noqa: E402
from studio.app.preload import SWITCH_INTERVAL_SECONDS  # noqa: E402
from studio.core.errors import StudioError  # noqa: E402
from studio.gallery import index_schema, thumbnail_store  # noqa: E402
from studio.gallery.database import Database  # noqa: E402
from studio.gallery.gallery import Gallery  # noqa: E402
from studio.gallery.index import PictureIndex  # noqa: E402
from studio.gallery.marks import MarkStore  # noqa: E402
from studio.settings.model import Theme  # noqa: E402
from studio.settings.paths import UserPaths  # noqa: E402
from studio.ui.gallery.gallery_model import GalleryModel  # noqa: E402
from studio.ui.gallery.gallery_search import GallerySearch  # noqa: E402
from studio.ui.gallery.picture_items import PictureItems  # noqa: E402
from studio.ui.main_window import MainWindow  # noqa: E402
from studio.ui.theme import apply_theme  # noqa: E402
from studio.worker.background import BackgroundThread  # noqa: E402

FRAME_SECONDS = 0.016
SPEEDS = {"reading": 3, "fast": 30, "through_all": 0}
"""Thousands of pixels a second; 0: from the first to the last picture in `SECONDS`."""
SECONDS = 10.0
VARIANTS = 400


def thumbnails(chance: random.Random) -> list[bytes]:
    """JPEGs of about 8 kB, none like another."""
    from PIL import Image, ImageFilter

    made: list[bytes] = []
    for _ in range(VARIANTS):
        noise = Image.frombytes("RGB", (12, 12), chance.randbytes(12 * 12 * 3))
        image = noise.resize((256, 256), Image.Resampling.BICUBIC)
        grain = Image.effect_noise((256, 256), 24).filter(ImageFilter.SMOOTH).convert("RGB")
        buffer = BytesIO()
        Image.blend(image, grain, 0.15).save(buffer, "JPEG", quality=85)
        made.append(buffer.getvalue())
    return made


def fill(paths: UserPaths, rows: int) -> None:
    from tests.benchmarks.gallery_search import fill as fill_index
    from tests.benchmarks.gallery_search import words

    chance = random.Random(0)
    marks = MarkStore(paths.user_database)
    marks.open()
    database = Database(paths.index_database, index_schema.SCHEMA, {"user": paths.user_database})
    fill_index(PictureIndex(database, Path("/pictures")), marks, rows, chance, words(chance))
    database.close()
    marks.close()
    variants = thumbnails(chance)
    store = Database(paths.thumbnails_database, thumbnail_store.SCHEMA)
    with store.transaction() as connection:
        connection.executemany(
            "INSERT INTO thumbnails (id, jpeg) VALUES (?, ?)",
            ((f"{number:032x}", variants[number % VARIANTS]) for number in range(rows)),
        )
    store.close()


class Stopwatch:
    """Gaps of a timer, and frames, in milliseconds."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.frames: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=8)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now

    def stop(self) -> None:
        self._timer.stop()


def run_events(seconds: float = 0.0) -> None:
    """What is due, and whatever comes within these seconds."""
    QApplication.processEvents()
    if seconds > 0:
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()


def first_thumbnails(window: MainWindow, model: GalleryModel) -> float:
    began = time.perf_counter()
    model.reload()
    view = window.gallery_panel.view
    while not has_all_in_sight(view, model):
        run_events(0.001)
    run_events()
    return (time.perf_counter() - began) * 1000


def all_rows(search: GallerySearch, model: GalleryModel) -> dict[str, float]:
    """Reading what was not needed for the first thumbnails."""
    watch, began = Stopwatch(), time.perf_counter()
    search.read_rest()
    while not model.is_whole:
        run_events(0.001)
    run_events(0.1)
    taken = (time.perf_counter() - began) * 1000 - 100
    watch.stop()
    return {"ms": round(taken, 1), **summary("gap", watch.gaps[1:])}


def has_all_in_sight(view: PictureItems, model: GalleryModel) -> bool:
    rows = view.rows_in_sight()
    return bool(rows) and not any(model.thumbnails.image(model.picture(row)).isNull() for row in rows)


def positions(last: int, speed: int) -> Iterator[int]:
    """Of the scroll bar, frame by frame as time goes on."""
    began = time.perf_counter()
    while (gone := time.perf_counter() - began) < SECONDS:
        yield min(last, round(speed * 1000 * gone)) if speed else round(last * gone / SECONDS)


def scroll(view: PictureItems, speed: int) -> dict[str, float]:
    bar, watch = view.verticalScrollBar(), Stopwatch()
    for position in positions(bar.maximum(), speed):
        began = time.perf_counter()
        bar.setValue(position)
        run_events()
        taken = time.perf_counter() - began
        watch.frames.append(taken * 1000)
        run_events(FRAME_SECONDS - taken)
    watch.stop()
    return {**summary("frame", watch.frames), **summary("gap", watch.gaps[1:])}


def summary(name: str, values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        f"{name}s": len(ordered),
        f"{name}_p50_ms": round(ordered[len(ordered) // 2], 1),
        f"{name}_p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        f"{name}_max_ms": round(ordered[-1], 1),
        f"{name}s_over_50_ms": sum(value > 50 for value in ordered),
    }


def jump_to_end(view: PictureItems, model: GalleryModel) -> float:
    view.verticalScrollBar().setValue(0)
    run_events(0.5)
    began = time.perf_counter()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    run_events()
    while not has_all_in_sight(view, model):
        run_events(0.001)
    return (time.perf_counter() - began) * 1000


def fail(error: StudioError) -> None:
    raise error


def resident_mb() -> float:
    text = Path("/proc/self/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(paths: UserPaths, rows: int, width: int) -> dict[str, object]:
    application = QApplication([])
    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    gallery.open()
    model = gallery_model(gallery)
    window = MainWindow(model)
    typing = BackgroundThread("typing")
    search = GallerySearch(window.gallery_panel, model, typing.run, gallery.browse, fail)
    apply_theme(application, Theme.DARK)
    window.resize(1440, 900)
    window.show()
    window.gallery_panel.setMinimumWidth(width)
    run_events(0.3)
    gc.collect()
    gc.freeze()
    before = resident_mb()
    first = first_thumbnails(window, model)
    view = window.gallery_panel.view
    result: dict[str, object] = {
        "benchmark": "gallery_view",
        "rows": rows,
        "load_average": round(os.getloadavg()[0], 1),
        "pictures_in_sight": len(view.rows_in_sight()),
        "first_thumbnails_ms": round(first, 1),
        "reading_all_rows": all_rows(search, model),
        "scrolling": {name: scroll(view, speed) for name, speed in SPEEDS.items()},
        "jump_to_end_ms": round(jump_to_end(view, model), 1),
        "memory_mb": {
            "empty_window": round(before),
            "now": round(resident_mb()),
            "peak": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        },
    }
    window.close()
    typing.stop()
    model.thumbnails.stop()
    gallery.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--width", type=int, default=304, help="of the gallery, in pixels")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        paths = UserPaths.below(options.home or Path(folder))
        is_new = not paths.index_database.exists()
        paths.create()
        if is_new:
            fill(paths, options.rows)
        print(json.dumps(measure(paths, options.rows, options.width), indent=2))


if __name__ == "__main__":
    main()
