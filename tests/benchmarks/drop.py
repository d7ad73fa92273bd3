"""From the drop of a 24-megapixel photograph to the canvas that shows it, and the gaps in the window meanwhile: JSON.

    python tests/benchmarks/drop.py [--times 5]

The whole window runs, with a session that does nothing. `shown_ms` ends with the paint in which the picture is seen;
a gap is the time between two ticks of an 8 ms timer in the window's thread. `idle` is the same window doing nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from studio.app.wiring import Studio  # noqa: E402
from studio.settings.paths import UserPaths  # noqa: E402
from studio.ui.drop_zones import Purpose  # noqa: E402
from studio.ui.incoming import Incoming  # noqa: E402
from tests.helpers.fake_session import FakeSession  # noqa: E402

WIDTH, HEIGHT = 6000, 4000
INTERVAL_MS = 8
IDLE_MS = 1500


class Painted(QObject):
    """Ends a loop with the first paint of what it watches."""

    def __init__(self, loop: QEventLoop) -> None:
        super().__init__()
        self._loop = loop

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's own name
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self._loop.quit)
        return False


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


def photograph(path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    Image.fromarray(noise).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(path, quality=90)


def drop(studio: Studio, photo: Path) -> tuple[float, list[float]]:
    loop = QEventLoop()
    painted = Painted(loop)
    ticks = Ticks()
    studio.canvas.desk.opened.connect(lambda: studio.canvas.desk.page.view.installEventFilter(painted))
    began = time.perf_counter()
    studio.canvas.incoming.receive(Purpose.START, Incoming(files=(photo,)))
    loop.exec()
    shown = (time.perf_counter() - began) * 1000
    pause(IDLE_MS)  # what comes after belongs to it as well: keeping the picture
    studio.canvas.desk.page.view.removeEventFilter(painted)
    studio.canvas.desk.close()
    return shown, ticks.gaps


def pause(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    sys.setswitchinterval(0.001)
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        photograph(photo := Path(folder, "photo.jpg"))
        paths = UserPaths.below(Path(folder, "home"))
        paths.create()
        studio = Studio(application, paths, FakeSession)
        studio.show()
        pause(IDLE_MS)
        idle = Ticks()
        pause(IDLE_MS)
        idle_gap = max(idle.gaps)
        runs = [drop(studio, photo) for _ in range(times)]
        studio.window.close()
        studio.close()
    print(
        json.dumps(
            {
                "shown_ms": [round(shown) for shown, _ in runs],
                "shown_median_ms": round(statistics.median(shown for shown, _ in runs)),
                "longest_gap_ms": [round(max(gaps), 1) for _, gaps in runs],
                "longest_gap_idle_ms": round(idle_gap, 1),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
