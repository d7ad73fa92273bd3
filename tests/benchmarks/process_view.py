"""How long the window needs to show another step of a picture, from outside and from inside. Prints JSON.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/process_view.py [--rounds 5]

A change ends when all that it changed is painted: both latents, the strip, the curves and the numbers; inside a step
the four guesses, the words and the heat map of one of twelve. It begins with the slider, as a user begins it: the other
side of the process follows it. 16 ms is the time between two frames of a screen. `cpu`
is the time of the window's thread: what stays where nothing else runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import shiboken6  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from studio.core.step_inside import CrossAttention, Guidance, StepInside, WordAttention  # noqa: E402
from studio.core.trajectory import TrajectoryStep  # noqa: E402
from studio.settings.model import Theme  # noqa: E402
from studio.ui.commands import Commands  # noqa: E402
from studio.ui.process.process_page import ProcessMode, ProcessPage  # noqa: E402
from studio.ui.process.shown_inside import shown_inside  # noqa: E402
from studio.ui.process.shown_process import shown_process  # noqa: E402
from studio.ui.theme import apply_theme  # noqa: E402
from tests.benchmarks.app_overhead import machine  # noqa: E402
from tests.helpers.trajectories import COLOURS, a_trajectory  # noqa: E402

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
    results = [
        each(application, page, side, steps, rounds) for each in (measure, measure_inside) for side, steps in SIZES
    ]
    shiboken6.delete(page)  # before the application
    shiboken6.delete(holder)
    print(json.dumps({"benchmark": "process_view", **machine(), "results": results}, indent=2))


def measure(application: QApplication, page: ProcessPage, side: int, steps: int, rounds: int) -> dict[str, object]:
    trajectory = a_trajectory(steps=steps, side=side // 8)
    started = time.perf_counter()
    process = shown_process(trajectory)
    made = time.perf_counter() - started
    page.set_mode(ProcessMode.REVERSE)
    page.show_process(process)
    application.processEvents()
    return {
        "of": "steps",
        "side": side,
        "steps": steps,
        "made_in_background_ms": round(made * 1000, 1),
        **times_of(application, page.reverse.slider.setValue, [*range(steps)] * rounds),
    }


def measure_inside(
    application: QApplication, page: ProcessPage, side: int, steps: int, rounds: int
) -> dict[str, object]:
    """Also how long a step that was looked into takes to come in, which the window's thread does."""
    seen = [inside(trajectory_step, number) for number, trajectory_step in enumerate(steps_of(side, steps), 1)]
    page.set_mode(ProcessMode.INSIDE)
    page.inside.begin(("",) * steps)
    application.processEvents()
    came: list[float] = []
    for step in seen:
        started = time.perf_counter()
        page.inside.add(shown_inside(step))
        application.processEvents()
        came.append((time.perf_counter() - started) * 1000)
    page.inside.chips.choose(3)
    application.processEvents()
    return {
        "of": "inside",
        "side": side,
        "steps": steps,
        "comes_in_p50_ms": round(statistics.median(came), 2),
        "comes_in_max_ms": round(max(came), 2),
        **times_of(application, page.inside.slider.setValue, [*range(steps)] * rounds),
    }


def steps_of(side: int, steps: int) -> tuple[TrajectoryStep, ...]:
    return a_trajectory(steps=steps, side=side // 8).steps


def inside(step: TrajectoryStep, number: int) -> StepInside:
    """A prompt of twelve words."""
    chance = np.random.default_rng(number)
    shape = step.predicted.shape[1:]
    shares = chance.random((13, *shape), np.float32) / 13
    words = tuple(WordAttention(f"word{place}", shares[place]) for place in range(12))
    guidance = Guidance(5.0, step.predicted, step.latents, step.predicted + step.latents)
    return StepInside(number, step.level, guidance, CrossAttention(words, shares[12]), COLOURS)


def times_of(application: QApplication, go_to: Callable[[int], None], places: Sequence[int]) -> dict[str, object]:
    times: list[float] = []
    processor: list[float] = []
    for place in places:
        started, began = time.perf_counter(), time.thread_time()
        go_to(place)
        application.processEvents()
        times.append((time.perf_counter() - started) * 1000)
        processor.append((time.thread_time() - began) * 1000)
    times.sort()
    processor.sort()
    return {
        "p50_ms": round(statistics.median(times), 2),
        "p99_ms": round(times[int(len(times) * 0.99)], 2),
        "max_ms": round(times[-1], 2),
        "cpu_p50_ms": round(statistics.median(processor), 2),
        "cpu_p99_ms": round(processor[int(len(processor) * 0.99)], 2),
    }


if __name__ == "__main__":
    main()
