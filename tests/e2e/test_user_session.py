"""A person at the real window: the real engine, an X display, real key and mouse events from xdotool.

Runs on a virtual screen (`xvfb-run ... pytest -m display`). With STUDIO_SCREENSHOTS=DIR the screens are kept there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QProcess
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.settings.model import Theme
from studio.settings.paths import UserPaths

pytestmark = [pytest.mark.display, pytest.mark.timeout(240)]

PATIENCE_MS = 30_000


class Person:
    """Types and clicks through the X server, as xdotool does it; the window cannot tell it from a human."""

    def __init__(self, studio: Studio, qtbot: QtBot) -> None:
        self.studio = studio
        self.window = studio.window
        self._qtbot = qtbot

    def types_prompt(self, text: str) -> None:
        self._xdotool("type", "--delay", "5", text)
        self.waits_for(lambda: self.window.request_panel.prompt.text.toPlainText() == text)

    def types(self, text: str) -> None:
        self._xdotool("type", "--delay", "5", text)

    def presses(self, *keys: str) -> None:
        self._xdotool("key", *keys)

    def clicks(self, widget: QWidget, at: QPoint | None = None, button: int = 1) -> None:
        place = widget.mapToGlobal(at or widget.rect().center())
        self._xdotool("mousemove", str(place.x()), str(place.y()), "click", str(button))

    def waits_for(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def looks(self, name: str) -> None:
        """Keep what is on the screen now."""
        folder = os.environ.get("STUDIO_SCREENSHOTS")
        if folder:
            frame = self.window.frameGeometry()
            shot = self.window.screen().grabWindow(0, frame.x(), frame.y(), frame.width(), frame.height())
            shot.save(str(Path(folder) / f"{name}.png"))

    def _xdotool(self, *arguments: str) -> None:
        process = QProcess()
        with self._qtbot.waitSignal(process.finished, timeout=PATIENCE_MS):
            process.start("xdotool", list(arguments))
        assert process.exitCode() == 0, bytes(process.readAllStandardError().data()).decode()


@pytest.fixture(params=[("dark", 1440, 900), ("light", 1280, 720)], ids=["dark-1440", "light-1280"])
def person(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Person]:
    theme, width, height = request.param
    home = tmp_path / "home"
    paths = UserPaths.below(home)
    paths.create()
    studio = Studio(qapp, paths, create_session)
    studio.set_theme(Theme(theme))
    studio.window.resize(width, height)
    studio.window.move(0, 0)
    with qtbot.waitSignal(studio.service.ready, timeout=PATIENCE_MS):
        studio.show()
    person = Person(studio, qtbot)
    person.clicks(studio.window.request_panel.prompt.text)  # no window manager here: a click gives the focus
    person.waits_for(studio.window.isActiveWindow)
    yield person
    person.window.close()
    assert person.studio.close()


def test_a_first_session(person: Person, request: pytest.FixtureRequest) -> None:
    studio, window = person.studio, person.window
    shot = request.node.callspec.id
    person.looks(f"{shot}-1-welcome")

    person.types_prompt("a red apple")
    person.presses("ctrl+Return")
    person.waits_for(lambda: window.gallery_panel.current is not None)
    record = window.gallery_panel.current
    assert record is not None
    assert record.parameters is not None
    assert record.parameters.prompt.text == "a red apple"
    assert record.path.is_file()
    person.waits_for(lambda: studio.stage.shown_record == record)

    # three more, from the keyboard alone: the second and third wait
    for prompt in ("a hamburger", "a smiling face", "a gift on a pink background"):
        person.presses("ctrl+p")
        person.types_prompt(prompt)
        person.presses("ctrl+Return")
    person.waits_for(lambda: len(studio.service.waiting) >= 1)
    person.waits_for(lambda: "Step" in window.job_bar.status.text())
    person.looks(f"{shot}-2-running")
    person.presses("ctrl+j")
    person.waits_for(window.queue_popup.isVisible)
    person.looks(f"{shot}-3-queue")
    person.presses("Escape")
    person.waits_for(lambda: not window.queue_popup.isVisible())
    person.waits_for(lambda: window.gallery_panel.view.model().rowCount() == 4 and studio.service.running is None)
    person.looks(f"{shot}-4-gallery")

    # look at the first one again and make it once more
    view = window.gallery_panel.view
    person.clicks(view.viewport(), view.visualRect(view.model().index(3, 0)).center())
    person.waits_for(lambda: studio.stage.shown_record is not None and studio.stage.shown_record.id == record.id)
    person.presses("ctrl+u")
    person.presses("ctrl+Return")
    person.waits_for(lambda: window.gallery_panel.view.model().rowCount() == 5 and studio.service.running is None)
    again = window.gallery_panel.current
    assert again is not None
    assert again.parameters is not None
    assert again.parameters.sampling == record.parameters.sampling
    assert again.parameters.prompt == record.parameters.prompt

    # delete it and take that back
    person.clicks(view.viewport(), view.visualRect(view.model().index(0, 0)).center())
    person.presses("Delete")
    person.waits_for(lambda: not again.path.exists())
    person.looks(f"{shot}-5-deleted")
    person.presses("ctrl+shift+z")
    person.waits_for(again.path.exists)

    # a long one, cancelled with the mouse
    window.request_panel.sampling.steps.set_value(150)
    person.presses("ctrl+Return")
    person.waits_for(lambda: "Step" in window.job_bar.status.text())
    person.clicks(window.job_bar.cancel)
    person.waits_for(lambda: window.job_bar.status.text() == "Cancelled")

    # find a command by its name
    person.presses("ctrl+k")
    person.waits_for(lambda: QApplication.activePopupWidget() is not None)
    person.types("seed")
    person.looks(f"{shot}-6-palette")
    person.presses("Escape")
    person.waits_for(lambda: QApplication.activePopupWidget() is None)


def test_closing_in_the_middle_keeps_what_waits(
    person: Person, qtbot: QtBot, tmp_path: Path, qapp: QApplication
) -> None:
    window = person.window
    window.request_panel.sampling.steps.set_value(150)
    person.types_prompt("a panda")
    person.presses("ctrl+Return", "ctrl+Return")
    person.waits_for(lambda: "Step" in window.job_bar.status.text() and len(person.studio.service.waiting) == 1)
    window.close()
    assert person.studio.close()

    studio = Studio(qapp, UserPaths.below(tmp_path / "home"), create_session)
    studio.show()
    person.waits_for(lambda: any("2 jobs" in notice.title for notice in studio.window.notices.shown))
    assert studio.window.request_panel.prompt.prompt().text == "a panda"
    assert studio.service.running is None
    person.studio, person.window = studio, studio.window
