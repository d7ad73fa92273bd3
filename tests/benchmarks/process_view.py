"""How long the window needs to show another step of a picture whose process is there. Prints JSON.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/process_view.py [--rounds 5]

A change ends when all that it changed is painted: both latents, the strip, the curves and the numbers. 16 ms is the
time between two frames of a screen. `cpu` is the time of the window's thread: what stays where nothing else runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import shiboken6  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from studio.settings.model import Theme  # noqa: E402
from studio.ui.commands import Commands  # noqa: E402
from studio.ui.process.process_page import ProcessPage  # noqa: E402
from studio.ui.process.shown_process import shown_process  # noqa: E402
from studio.ui.theme import apply_theme  # noqa: E402
from tests.benchmarks.app_overhead import machine  # noqa: E402
from tests.helpers.trajectories import a_trajectory  # noqa: E402

SIZES = ((256, 20), (512, 20), (1024, 50))
"""Sides of square pictures in pixels, and steps."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    application = QApplication([])
    apply_theme(application, Theme.DARK)
    holder = QWidget()
    page = ProcessPage(Commands(holder))
    page.resize(790, 800)
    page.show()
    results = [measure(application, page, side, steps, rounds) for side, steps in SIZES]
    shiboken6.delete(page)  # before the application
    shiboken6.delete(holder)
    print(json.dumps({"benchmark": "process_view", **machine(), "results": results}, indent=2))


def measure(application: QApplication, page: ProcessPage, side: int, steps: int, rounds: int) -> dict[str, object]:
    trajectory = a_trajectory(steps=steps, side=side // 8)
    started = time.perf_counter()
    process = shown_process(trajectory)
    made = time.perf_counter() - started
    page.show_process(process)
    application.processEvents()
    times: list[float] = []
    processor: list[float] = []
    for step in [*range(steps)] * rounds:
        started, began = time.perf_counter(), time.thread_time()
        page.reverse.go_to(step)
        application.processEvents()
        times.append((time.perf_counter() - started) * 1000)
        processor.append((time.thread_time() - began) * 1000)
    times.sort()
    processor.sort()
    return {
        "side": side,
        "steps": steps,
        "made_in_background_ms": round(made * 1000, 1),
        "p50_ms": round(statistics.median(times), 2),
        "p99_ms": round(times[int(len(times) * 0.99)], 2),
        "max_ms": round(times[-1], 2),
        "cpu_p50_ms": round(statistics.median(processor), 2),
        "cpu_p99_ms": round(processor[int(len(processor) * 0.99)], 2),
    }


if __name__ == "__main__":
    main()
