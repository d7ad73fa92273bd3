"""A newer version is told in the window, and what keeps the program from knowing only to those who wait for it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.app import update_check
from studio.app.update_announcement import Update
from studio.app.update_watch import UpdateWatch
from studio.core.errors import StudioError, UpdateUnanswered, UpdateUntrusted
from studio.ui.notice_bar import NoticeBar

NEWER = Update("1.3", "Faster.", "https://example.org/1.3")


class Window:
    """A watch over a page that says what it is told to."""

    def __init__(self, ground: QWidget) -> None:
        self.notices = NoticeBar(ground)
        self.announced: list[StudioError] = []
        self.page: Update | StudioError | None = None
        self.watch = UpdateWatch(self.notices, self.announced.append, self._find)

    async def _find(self) -> Update | None:
        if isinstance(self.page, StudioError):
            raise self.page
        return self.page


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.show()
    made = Window(ground)
    yield made
    made.watch.close()


def test_a_newer_version_is_told_with_the_way_to_its_page(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    window.page = NEWER
    window.watch.look(tell_all=False)
    qtbot.waitUntil(lambda: bool(window.notices.shown))
    [notice] = window.notices.shown
    assert ("1.3" in notice.title, notice.text) == (True, "Faster.")
    notice.answers[0].act()
    assert opened == ["https://example.org/1.3"]


def test_that_there_is_none_is_told_to_those_who_just_asked(window: Window, qtbot: QtBot) -> None:
    for tell_all in (False, True):  # one after the other, in one thread
        window.watch.look(tell_all=tell_all)
    qtbot.waitUntil(lambda: bool(window.notices.shown))
    [notice] = window.notices.past
    assert "newest version" in notice.notice.text


def test_without_a_network_a_start_is_quiet_and_who_waits_is_told(
    window: Window, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    window.page = UpdateUnanswered("https://example.org", "no network")
    with caplog.at_level(logging.INFO, "studio.app"):
        window.watch.look(tell_all=False)
        qtbot.waitUntil(lambda: "no network" in caplog.text)
    assert window.announced == []
    window.watch.look(tell_all=True)
    qtbot.waitUntil(lambda: window.announced == [window.page])


def test_what_is_not_to_be_believed_is_told_in_any_case(window: Window, qtbot: QtBot) -> None:
    window.page = UpdateUntrusted("https://example.org", "its signature is not the makers'")
    window.watch.look(tell_all=False)
    qtbot.waitUntil(lambda: window.announced == [window.page])
    assert window.notices.past == ()


def test_closing_does_not_wait_for_a_page_that_never_answers(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_check, "_SECONDS", 3600)
    ground = QWidget()
    qtbot.addWidget(ground)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/update.json"
        watch = UpdateWatch(NoticeBar(ground), lambda _: None, lambda: update_check.find_update(address))
        watch.look(tell_all=True)
        watch.look(tell_all=True)
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(4).startswith(b"GET")
            watch.close()
