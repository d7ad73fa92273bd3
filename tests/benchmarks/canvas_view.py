"""How long a move of the pointer takes on the canvas, from the event to the repainted tiles. JSON.

    python tests/benchmarks/canvas_view.py [--side 4096] [--diameter 300] [--moves 600]

Real events on the real widget of 1040 x 808 pixels (the middle of a window of 1440 x 900 with one side hidden), with a
soft brush and the mask shown as colour, at several zooms. Measured is each event together with the repaint that it
causes, done at once and wholly. Says which Qt platform it ran on.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
if "DISPLAY" not in os.environ:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np  # noqa: E402
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt  # noqa: E402
from PySide6.QtGui import QMouseEvent  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from studio.imaging.canvas import Canvas  # noqa: E402
from studio.settings.model import Theme  # noqa: E402
from studio.ui.canvas.canvas_view import CanvasView  # noqa: E402
from studio.ui.canvas.mask_look import MaskLook, MaskStyle  # noqa: E402
from studio.ui.canvas.tools.tool import ToolName  # noqa: E402
from studio.ui.theme import apply_theme  # noqa: E402

WIDTH, HEIGHT = 1040, 808


@dataclass(frozen=True)
class Move:
    """`cpu_ms` is the time of the window's thread: what stays on a machine that has nothing else to do."""

    wall_ms: float
    cpu_ms: float


def a_picture(side: int) -> np.ndarray:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    waves = [128 + 100 * np.sin(columns / 97 + rows / 211 + shift) for shift in (0, 2, 4)]
    return np.stack(waves, axis=-1).astype(np.uint8)


def send(view: CanvasView, kind: QEvent.Type, place: QPointF) -> None:
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, place, view.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(view, event)


def repaint_what_is_due() -> None:
    """Updates are collected in an event of the window; deliver it, and nothing else, now."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)


def path(step: int, moves: int) -> QPointF:
    """A spiral over the view, as a quick hand draws it: about 12 pixels to a move."""
    turn = 2 * math.pi * step / 60
    radius = 0.42 * HEIGHT * (0.3 + 0.7 * step / moves)
    return QPointF(WIDTH / 2 + radius * math.cos(turn), HEIGHT / 2 + radius * math.sin(turn))


def stroke(view: CanvasView, moves: int) -> list[Move]:
    send(view, QEvent.Type.MouseButtonPress, path(0, moves))
    repaint_what_is_due()
    times: list[Move] = []
    for step in range(1, moves):
        start, start_cpu = time.perf_counter(), time.thread_time()
        send(view, QEvent.Type.MouseMove, path(step, moves))
        repaint_what_is_due()
        times.append(Move((time.perf_counter() - start) * 1000, (time.thread_time() - start_cpu) * 1000))
    send(view, QEvent.Type.MouseButtonRelease, path(moves, moves))
    repaint_what_is_due()
    return times


def summary(moves: list[Move]) -> dict[str, float]:
    wall, cpu = sorted(move.wall_ms for move in moves), sorted(move.cpu_ms for move in moves)
    return {
        "moves": len(moves),
        "p50_ms": round(wall[len(wall) // 2], 2),
        "p99_ms": round(wall[int(len(wall) * 0.99)], 2),
        "max_ms": round(wall[-1], 2),
        "cpu_p50_ms": round(cpu[len(cpu) // 2], 2),
        "cpu_p99_ms": round(cpu[int(len(cpu) * 0.99)], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--diameter", type=int, default=300)
    parser.add_argument("--moves", type=int, default=600)
    arguments = parser.parse_args()
    application = QApplication([])
    apply_theme(application, Theme.DARK)
    view = CanvasView()
    view.resize(WIDTH, HEIGHT)
    view.show()
    picture = a_picture(arguments.side)
    view.options.set_diameter(arguments.diameter)
    view.options.set_hardness(0.0)
    centre = QPointF(WIDTH / 2, HEIGHT / 2)
    cases = {
        "whole picture in sight": (None, ToolName.BRUSH, MaskStyle.COLOUR),
        "50 %": (0.5, ToolName.BRUSH, MaskStyle.COLOUR),
        "100 %": (1.0, ToolName.BRUSH, MaskStyle.COLOUR),
        "200 %": (2.0, ToolName.BRUSH, MaskStyle.COLOUR),
        "100 %, colour on the picture": (1.0, ToolName.COLOUR_BRUSH, MaskStyle.COLOUR),
        "whole picture in sight, marching ants": (None, ToolName.BRUSH, MaskStyle.ANTS),
    }
    results: dict[str, object] = {"platform": application.platformName(), "picture": arguments.side}
    for name, (zoom, tool, style) in cases.items():
        view.set_canvas(Canvas(picture))
        view.toolbox.choose(tool)
        view.set_mask_look(MaskLook(style))
        if zoom is not None:
            view.sight.zoom_at(centre, zoom)
        application.processEvents()
        results[name] = summary(stroke(view, arguments.moves))
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
