"""What the window does with the desktop around it: the queue can be paused, the tray and new versions are a choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from studio.app import desktop_portal, session_bus, update_check
from studio.app.update_announcement import Update
from studio.app.wiring import Studio
from studio.settings.model import Theme
from studio.settings.paths import UserPaths
from studio.settings.store import SettingsStore
from studio.ui.desktop_look import DesktopLook
from studio.ui.motion import motion_is_wanted
from studio.ui.theme import DARK, LIGHT, current_tokens
from studio.ui.tray import Tray
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import notice, running_studio


class Portal(QObject):
    """In place of the desktop's: it says something when a test wants it to."""

    changed = Signal(object)

    def close(self) -> None:
        self.blockSignals(True)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """The progress that the dock is told."""
    told: list[float | None] = []
    monkeypatch.setattr(session_bus, "is_there", lambda: True)
    monkeypatch.setattr(session_bus, "show_progress", told.append)
    monkeypatch.setattr(desktop_portal, "DesktopPortal", Portal)
    return told


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path, bus: list[float | None]) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        yield studio


def test_a_paused_queue_waits_and_goes_on_and_the_dock_shows_how_far_it_is(
    studio: Studio, qtbot: QtBot, bus: list[float | None]
) -> None:
    window, service = studio.window, studio.service
    window.commands.hold_queue.trigger()
    window.request_panel.make.click()
    qtbot.waitUntil(lambda: len(service.waiting) == 1)
    assert service.running is None
    assert window.job_bar.queue_button.text() == "1 waiting, paused"
    assert bus == []

    with qtbot.waitSignal(service.job_finished):
        window.commands.hold_queue.trigger()
    assert window.job_bar.queue_button.isHidden()
    assert bus == [*(pytest.approx(step / 20) for step in range(1, 21)), None]


def test_the_tray_and_the_question_for_new_versions_are_off_until_they_are_chosen_and_then_kept(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def found(address: str, _keys: object) -> Update:
        asked.append(address)
        return Update("99.0", "All is new.", "https://example.org")

    monkeypatch.setattr(update_check, "find_update", found)
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        commands = studio.window.commands
        assert not commands.tray.isChecked()
        assert studio.window.findChild(Tray) is None
        assert asked == []
        commands.tray.trigger()
        commands.update_check.trigger()
        qtbot.waitUntil(lambda: notice(studio, "99.0") is not None)
        assert studio.window.findChild(Tray) is not None
    kept = SettingsStore(UserPaths.below(home).settings_file).load().settings
    assert (kept.desktop.tray, kept.updates.check) == (True, True)

    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        qtbot.waitUntil(lambda: notice(studio, "99.0") is not None)
        assert studio.window.findChild(Tray) is not None
        studio.window.commands.tray.trigger()
        qtbot.waitUntil(lambda: studio.window.findChild(Tray) is None)
    assert asked == [update_check.UPDATE_ADDRESS] * 2


def test_the_window_follows_the_desktops_accent_and_its_wish_for_less_motion(studio: Studio) -> None:
    before = current_tokens()
    assert studio.later.desktop.look is not None
    studio.later.desktop.look.changed.emit(DesktopLook("#ed5b00", less_motion=True))
    assert current_tokens().accent != before.accent
    assert not motion_is_wanted(studio.window)
    studio.window.commands.themes[Theme.DARK].trigger()
    assert current_tokens() is DARK
    assert not motion_is_wanted(studio.window)
    studio.later.desktop.look.changed.emit(DesktopLook())
    assert motion_is_wanted(studio.window)


def test_the_window_turns_dark_and_light_with_the_desktop_while_it_is_shown(
    studio: Studio, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = qapp.styleHints()

    def say(scheme: Qt.ColorScheme) -> None:
        """As Qt does it when the desktop's user has chosen."""
        monkeypatch.setattr(type(hints), "colorScheme", lambda _: scheme)
        hints.colorSchemeChanged.emit(scheme)

    def ground() -> str:
        """As it is painted, beside the words of the bar at the top."""
        return studio.window.grab().toImage().pixelColor(2, 2).name()

    studio.window.commands.themes[Theme.SYSTEM].trigger()
    for scheme, tokens in ((Qt.ColorScheme.Dark, DARK), (Qt.ColorScheme.Light, LIGHT), (Qt.ColorScheme.Dark, DARK)):
        say(scheme)
        assert (current_tokens(), ground()) == (tokens, tokens.surface)
    studio.window.commands.themes[Theme.LIGHT].trigger()
    say(Qt.ColorScheme.Dark)
    assert (current_tokens(), ground()) == (LIGHT, LIGHT.surface)  # what was chosen here stays
    studio.window.commands.themes[Theme.SYSTEM].trigger()
    assert (current_tokens(), ground()) == (DARK, DARK.surface)


def test_the_desktops_portal_turns_the_window_dark_where_qt_does_not_know(studio: Studio) -> None:
    assert studio.later.desktop.look is not None
    studio.window.commands.themes[Theme.SYSTEM].trigger()
    for is_dark, tokens in ((True, DARK), (False, LIGHT)):
        studio.later.desktop.look.changed.emit(DesktopLook(dark=is_dark))
        assert current_tokens() is tokens


def test_a_desktop_without_a_tray_is_told(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    studio.window.commands.tray.trigger()
    assert notice(studio, "no tray") is not None


def test_the_tray_shows_how_far_it_is_and_has_the_windows_commands(studio: Studio) -> None:
    tray = Tray(studio.window)
    empty = tray.icon().pixmap(64, 64).toImage()
    tray.show_progress(0.5)
    assert tray.toolTip() == "Latent Studio: 50%"
    half = tray.icon().pixmap(64, 64).toImage()
    assert half != empty
    tray.show_progress(None)
    assert tray.icon().pixmap(64, 64).toImage() == empty
    actions = tray.contextMenu().actions()
    assert studio.window.commands.hold_queue in actions
    studio.window.hide()
    actions[0].trigger()
    assert studio.window.isVisible()
