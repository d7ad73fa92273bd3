"""A person at the real window: keys and pointer come through the X server, as xdotool sends them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QPointF, QProcess, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio

PATIENCE_MS = 60_000
_LOOK_EVERY_MS = 30
_SECONDS_BETWEEN_MOVES = "0.02"
"""Moves that come at once are one move for Qt."""

Stage = tuple[Callable[[], bool], Callable[[], object]]
"""What must be so, and what the person does then."""


class Person:
    """Types, clicks and drags; the window cannot tell it from a human."""

    def __init__(self, studio: Studio, qtbot: QtBot, shots: str) -> None:
        """`shots` begins the names of the screens that `looks` keeps."""
        self.studio = studio
        self.window = studio.window
        self._qtbot = qtbot
        self._shots = shots

    def sits_down_at(self, studio: Studio) -> None:
        """Another window."""
        self.studio, self.window = studio, studio.window

    # --- keys ---

    def types_prompt(self, text: str) -> None:
        """Into the prompt, in place of what stands there."""
        self.presses("ctrl+p", "ctrl+a")
        self.types(text)
        self.waits_for(lambda: self.window.request_panel.prompt.text.toPlainText() == text)

    def types(self, text: str) -> None:
        self._xdotool("type", "--delay", "5", text)

    def presses(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    @contextmanager
    def holds(self, key: str) -> Iterator[None]:
        self._xdotool("keydown", key)
        yield
        self._xdotool("keyup", key)

    # --- pointer ---

    def clicks(self, widget: QWidget, at: QPoint | None = None, button: int = 1) -> None:
        self._xdotool(*_to(widget, at or widget.rect().center()), "click", str(button))

    def presses_button(self, widget: QWidget, at: QPointF) -> None:
        self._xdotool(*_to(widget, at.toPoint()), "mousedown", "1")

    def moves(self, widget: QWidget, *path: QPointF) -> None:
        """Through these places of the widget, one event for each."""
        self._xdotool(*_along(widget, path))

    def releases_button(self) -> None:
        self._xdotool("mouseup", "1")

    def drags(self, widget: QWidget, at: QPointF, *path: QPointF) -> None:
        self.presses_button(widget, at)
        self.moves(widget, *path)
        self.releases_button()

    def carries(self, widget: QWidget, at: QPointF, *stages: Stage) -> None:
        """Pick up what lies there and move it a little. While something is carried, Qt runs a loop of its own in
        which all the rest must happen: the `stages`, of which the last one has to `drop` it."""
        pick_up = [*_to(widget, at.toPoint()), "mousedown", "1"]
        hand = self._start(*pick_up, *_along(widget, [at - QPointF(6 * step, 0) for step in range(4)]))
        self._in_turn((lambda: hand.state() is QProcess.ProcessState.NotRunning, lambda: None), *stages)

    def carries_on_to(self, widget: QWidget) -> None:
        """To the upper part of this widget, with what is being carried."""
        place = QPointF(widget.width() / 2, widget.height() / 4)
        self._start(*_along(widget, [place - QPointF(9, 0), place]))

    def drops(self) -> None:
        self._start("mouseup", "1")

    # --- eyes ---

    def waits_for(self, condition: Callable[[], bool]) -> None:
        """The loop sleeps between looks: `QtBot.waitUntil` would hold the lock that the engine's thread needs."""
        self._in_turn((condition, lambda: None))

    def looks(self, name: str) -> None:
        """Keep what is on the screen now."""
        folder = os.environ.get("STUDIO_SCREENSHOTS")
        if folder:
            frame = self.window.frameGeometry()
            shot = self.window.screen().grabWindow(0, frame.x(), frame.y(), frame.width(), frame.height())
            assert shot.save(str(Path(folder) / f"{self._shots}-{name}.png")), "is there such a folder?"

    def _in_turn(self, *stages: Stage) -> None:
        """Do what each stage says as soon as it can be done."""
        waiting = list(stages)
        loop, looking, impatient = QEventLoop(), QTimer(interval=_LOOK_EVERY_MS), QTimer(interval=PATIENCE_MS)

        def look() -> None:
            if waiting and waiting[0][0]():
                waiting.pop(0)[1]()
            if not waiting:
                looking.stop()
                loop.quit()

        looking.timeout.connect(look)
        impatient.timeout.connect(loop.quit)
        looking.start()
        impatient.start()
        loop.exec()
        looking.stop()  # the next test's window is none of its business
        assert not waiting, "it did not happen"

    # --- hands ---

    def _xdotool(self, *arguments: str) -> None:
        process = QProcess()
        with self._qtbot.waitSignal(process.finished, timeout=PATIENCE_MS):
            process.start("xdotool", list(arguments))
        assert process.exitCode() == 0, bytes(process.readAllStandardError().data()).decode()

    def _start(self, *arguments: str) -> QProcess:
        """Without waiting."""
        process = QProcess(self.window)
        process.start("xdotool", list(arguments))
        return process


def _to(widget: QWidget, at: QPoint) -> list[str]:
    place = widget.mapToGlobal(at)
    return ["mousemove", str(place.x()), str(place.y())]


def _along(widget: QWidget, path: Iterable[QPointF]) -> list[str]:
    return [part for at in path for part in (*_to(widget, at.toPoint()), "sleep", _SECONDS_BETWEEN_MOVES)]
