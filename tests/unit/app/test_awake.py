"""The computer stays awake while pictures are made, and the window asks for attention when a long run ends unseen."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.app.awake import Awake, InhibitorProcess


@dataclass
class Held:
    calls: list[str] = field(default_factory=list)

    def hold(self) -> None:
        self.calls.append("hold")

    def release(self) -> None:
        self.calls.append("release")

    def close(self) -> None:
        self.calls.append("close")


class Run:
    """An `Awake` beside a queue and a clock that are set by hand."""

    def __init__(self, window: QWidget) -> None:
        self.held = Held()
        self.alerts: list[QWidget] = []
        self.seconds = 0.0
        self.busy = False
        self.awake = Awake(window, lambda: self.busy, self.held, self.alerts.append, lambda: self.seconds)

    def goes_on_for(self, seconds: float) -> None:
        self.busy = True
        self.awake.look()
        self.awake.look()  # more is added to the queue
        self.seconds += seconds
        self.busy = False
        self.awake.look()
        self.awake.look()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_it_is_held_from_the_first_to_the_last_picture_of_a_run(window: QWidget) -> None:
    run = Run(window)
    for _ in range(2):
        run.goes_on_for(1)
    assert run.held.calls == ["hold", "release"] * 2


@pytest.mark.parametrize(("seconds", "alerts"), [(9, 0), (11, 1)])
def test_the_end_of_a_long_run_is_told_when_nobody_looks(window: QWidget, seconds: float, alerts: int) -> None:
    run = Run(window)
    run.goes_on_for(seconds)
    assert len(run.alerts) == alerts


def test_who_looks_is_not_told(window: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "isActiveWindow", lambda: True)
    run = Run(window)
    run.goes_on_for(60)
    assert run.alerts == []


def test_a_program_of_the_system_runs_as_long_as_it_is_held(qtbot: QtBot, tmp_path: Path) -> None:
    script = "import pathlib, sys; file = pathlib.Path(sys.argv[1]); file.touch(); sys.stdin.read(); file.unlink()"
    mark = tmp_path / "held"
    inhibitor = InhibitorProcess((sys.executable, "-c", script, str(mark)))
    for _ in range(2):
        inhibitor.hold()
        inhibitor.hold()
        qtbot.waitUntil(mark.exists)
        inhibitor.release()
        inhibitor.release()
        qtbot.waitUntil(lambda: not mark.exists())
    inhibitor.hold()
    qtbot.waitUntil(mark.exists)
    inhibitor.close()
    assert not mark.exists()


def test_a_system_without_it_is_told_once_in_the_log(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    inhibitor = InhibitorProcess(("no-such-program",))
    with caplog.at_level(logging.INFO, "studio.app"):
        for _ in range(2):
            inhibitor.hold()
            qtbot.waitUntil(lambda: bool(caplog.messages))
            inhibitor.release()
    assert caplog.messages == [
        "the computer may fall asleep while pictures are made: no-such-program: FailedToStart",
    ]
