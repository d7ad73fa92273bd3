"""What takes long in the window's thread is done in turns."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from studio.app.turns import Turns


class Window(QObject):
    """Does at once what is posted to it, as the layout and the painting of a window are."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self._seen = seen

    def customEvent(self, _event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._seen.append("painted")


def test_what_a_step_changes_is_painted_before_the_next_one(qtbot: QtBot) -> None:
    seen: list[str] = []
    window, turns = Window(seen), Turns()

    def step(name: str) -> None:
        seen.append(name)
        QCoreApplication.postEvent(window, QEvent(QEvent.Type.User))

    turns.take(lambda: step("first"), lambda: step("second"))
    turns.take(lambda: step("third"))
    assert seen == [], "not in the turn of whoever asks"
    qtbot.waitUntil(lambda: len(seen) == 6)
    assert seen == ["first", "painted", "second", "painted", "third", "painted"]


def test_none_is_taken_after_the_end(qtbot: QtBot) -> None:
    seen: list[str] = []
    turns, others = Turns(), Turns()

    def end() -> None:
        seen.append("first")
        turns.stop()

    turns.take(end, lambda: seen.append("second"))
    qtbot.waitUntil(lambda: seen == ["first"])
    others.take(lambda: None, lambda: seen.append("of another"))
    qtbot.waitUntil(lambda: seen == ["first", "of another"])
