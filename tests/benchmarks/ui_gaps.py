"""How long the window does not answer: gaps of an 8 ms timer while it starts, imports, loads and generates. JSON.

    python tests/benchmarks/ui_gaps.py [--pictures 5]

The timer is precise and runs in the window's thread; a gap is the time between two of its ticks. The phases are told
apart by the service's signals. `idle` is the same window doing nothing afterwards: what the machine itself costs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.app.pyside_imports import import_without_reading_sources  # noqa: E402

import_without_reading_sources()

from PySide6.QtCore import QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from studio.app.engine_factory import create_session  # noqa: E402
from studio.app.preload import SWITCH_INTERVAL_SECONDS, collector_paused  # noqa: E402
from studio.app.wiring import Studio  # noqa: E402
from studio.settings.paths import UserPaths  # noqa: E402

INTERVAL_MS = 8
IDLE_MS = 2000


@dataclass
class Gaps(QObject):
    studio: Studio
    pictures: int
    phase: str = "start"
    gaps: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self.last = time.perf_counter()
        self.timer = QTimer(self, interval=INTERVAL_MS, timerType=Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.tick)
        self.studio.window.first_painted.connect(self.begin)
        self.studio.service.device_known.connect(lambda _: self.enter("load"))
        self.studio.service.ready.connect(lambda _: self.make())
        self.studio.service.job_finished.connect(lambda _: self.make())

    def begin(self) -> None:
        self.phase = "import"
        self.last = time.perf_counter()
        self.timer.start()

    def tick(self) -> None:
        now = time.perf_counter()
        self.gaps.setdefault(self.phase, []).append((now - self.last) * 1000)
        self.last = now

    def enter(self, phase: str) -> None:
        self.phase = phase

    def make(self) -> None:
        if self.pictures == 0:
            self.enter("idle")
            QTimer.singleShot(IDLE_MS, self.studio.window.close)
            return
        self.enter("generate")
        self.pictures -= 1
        self.studio.window.request_panel.prompt.set_texts(f"a red apple {self.pictures}", "")
        self.studio.generate.trigger()


def summary(gaps: list[float]) -> dict[str, float]:
    ordered = sorted(gaps)
    return {
        "ticks": len(ordered),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "max_ms": round(ordered[-1], 1),
        "over_50_ms": sum(gap > 50 for gap in ordered),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=5)
    pictures = parser.parse_args().pictures
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    application = QApplication([])
    with tempfile.TemporaryDirectory() as home:
        paths = UserPaths.below(Path(home))
        paths.create()
        with collector_paused():
            studio = Studio(application, paths, create_session)
        measured = Gaps(studio, pictures)
        studio.show()
        application.exec()
        studio.close()
    print(json.dumps({phase: summary(gaps) for phase, gaps in measured.gaps.items()}, indent=2))


if __name__ == "__main__":
    main()
