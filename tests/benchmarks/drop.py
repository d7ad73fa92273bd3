"""From the drop of a 24-megapixel photograph to the canvas that shows it, and the gaps in the window meanwhile: JSON.

    python tests/benchmarks/drop.py [--times 5]

The whole window runs, with a session that does nothing. `seen_ms` ends with the paint of a small version of the
picture, `shown_ms` with that of the canvas that can be worked on; with --p3 the colours are Display P3, as telephones
have them. A gap is the time between two ticks of an 8 ms timer in the window's thread. `idle` is the same window doing
nothing. `elsewhere` is the longest that another process waited meanwhile for one megabyte of new memory (usually half a
millisecond): where that is long as well, it is the machine that stood still.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import studio.imaging  # noqa: E402, F401  # before Pillow, as in the program
from studio.app.pyside_imports import import_without_reading_sources  # noqa: E402

import_without_reading_sources()

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtGui import QPaintEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from studio.app.preload import SWITCH_INTERVAL_SECONDS, collector_paused  # noqa: E402
from studio.app.wiring import Studio  # noqa: E402
from studio.imaging.colour import DISPLAY_P3, SRGB_CURVE, matrix_profile  # noqa: E402
from studio.settings.paths import UserPaths  # noqa: E402
from studio.ui.canvas.canvas_view import CanvasView  # noqa: E402
from studio.ui.canvas.glimpse_page import GlimpsePage  # noqa: E402
from studio.ui.drop_zones import Purpose  # noqa: E402
from studio.ui.incoming import Incoming  # noqa: E402
from tests.helpers.fake_session import FakeSession  # noqa: E402

WIDTH, HEIGHT = 6000, 4000
INTERVAL_MS = 8
IDLE_MS = 1500
TOUCH_MEMORY = """
import mmap, time
while True:
    time.sleep(0.01)
    began = time.perf_counter()
    with mmap.mmap(-1, 2**20) as memory:
        for page in range(0, 2**20, mmap.PAGESIZE):
            memory[page] = 1
    print(began, time.perf_counter() - began, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Drop:
    """All in milliseconds, but when it `began` and `ended`: those are seconds."""

    began: float
    ended: float
    seen: float
    shown: float
    longest_gap: float


class Elsewhere:
    """What another process waits for new memory; its clock is ours (`perf_counter`, on Linux and macOS)."""

    def __init__(self, waits: list[tuple[float, float]]) -> None:
        self._waits = waits

    def longest(self, during: Drop) -> float:
        """In milliseconds."""
        seconds = (wait for at, wait in self._waits if during.began - wait <= at <= during.ended)
        return max(seconds, default=0.0) * 1000


@contextmanager
def other_process() -> Generator[Elsewhere]:
    """What it waited for is known when the context is left."""
    waits: list[tuple[float, float]] = []
    with tempfile.TemporaryFile("w+") as told:
        child = subprocess.Popen([sys.executable, "-c", TOUCH_MEMORY], stdout=told)
        yield Elsewhere(waits)
        child.terminate()
        child.wait()
        told.seek(0)
        lines = [line.split() for line in told if line.endswith("\n")]
        waits.extend((float(began), float(wait)) for began, wait in lines)


class Painted:
    """Ends a loop with the first paint of the canvas, and knows when the glimpse before was painted."""

    def __init__(self, loop: QEventLoop) -> None:
        self._loop = loop
        self.glimpsed: float | None = None

    def note(self, widget: QWidget) -> None:
        if isinstance(widget, CanvasView):
            QTimer.singleShot(0, self._loop.quit)
        elif self.glimpsed is None:
            self.glimpsed = time.perf_counter()


def tell_paints(kind: type[QWidget], tell: Callable[[QWidget], None]) -> None:
    """Not by an event filter: one that hears every event of the program takes a fifth of what is measured."""
    paint = kind.paintEvent

    def painted(self: QWidget, event: QPaintEvent) -> None:
        paint(self, event)
        tell(self)

    kind.paintEvent = painted


class Ticks(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now


def photograph(path: Path, *, p3: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(
        path, quality=90, icc_profile=matrix_profile(DISPLAY_P3, SRGB_CURVE) if p3 else None
    )


def drop(studio: Studio, photo: Path, watched: dict[int, Painted]) -> Drop:
    loop = QEventLoop()
    painted = watched[0] = Painted(loop)
    ticks = Ticks()
    began = time.perf_counter()
    studio.canvas.incoming.receive(Purpose.START, Incoming(files=(photo,)))
    loop.exec()
    shown = time.perf_counter()
    watched.clear()
    seen = painted.glimpsed or shown
    pause(IDLE_MS)  # what comes after belongs to it as well: keeping the picture
    ended = time.perf_counter()
    studio.canvas.desk.close()
    return Drop(began, ended, (seen - began) * 1000, (shown - began) * 1000, max(ticks.gaps))


def pause(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--p3", action="store_true")
    options = parser.parse_args()
    times: int = options.times
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        photograph(photo := Path(folder, "photo.jpg"), p3=options.p3)
        paths = UserPaths.below(Path(folder, "home"))
        paths.create()
        with collector_paused():
            studio = Studio(application, paths, FakeSession)
        studio.show()
        pause(IDLE_MS)
        idle = Ticks()
        pause(IDLE_MS)
        idle_gap = max(idle.gaps)
        watched: dict[int, Painted] = {}
        for kind in (CanvasView, GlimpsePage):
            tell_paints(kind, lambda widget: watched[0].note(widget) if watched else None)
        with other_process() as elsewhere:
            runs = [drop(studio, photo, watched) for _ in range(times)]
        studio.window.close()
        studio.close()
    print(
        json.dumps(
            {
                "seen_ms": [round(run.seen) for run in runs],
                "seen_median_ms": round(statistics.median(run.seen for run in runs)),
                "shown_ms": [round(run.shown) for run in runs],
                "shown_median_ms": round(statistics.median(run.shown for run in runs)),
                "longest_gap_ms": [round(run.longest_gap, 1) for run in runs],
                "longest_wait_elsewhere_ms": [round(elsewhere.longest(run), 1) for run in runs],
                "longest_gap_idle_ms": round(idle_gap, 1),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
