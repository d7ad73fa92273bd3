"""What is chosen under "Settings…" holds at once where it can, and at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.language import AS_SYSTEM
from studio.core.memory import Placement
from studio.settings.model import MemorySettings, ProcessSettings, Theme
from studio.settings.paths import UserPaths
from studio.settings.store import SettingsStore
from studio.ui.settings_dialog import ChoiceField, SettingsDialog
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import running_studio

Value = TypeVar("Value")


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path, session: FakeSession) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path, lambda _: session) as studio:
        yield studio


def opened(studio: Studio) -> SettingsDialog:
    studio.window.commands.settings.trigger()
    [dialog] = [one for one in studio.window.findChildren(SettingsDialog) if one.isVisible()]
    return dialog


def choose(field: ChoiceField[Value], value: Value) -> None:
    """With the keyboard, as a person does."""
    texts = [field.itemText(row) for row in range(field.count())]
    QTest.keyClick(field, Qt.Key.Key_Home)
    while field.value != value:
        row = field.currentIndex()
        QTest.keyClick(field, Qt.Key.Key_Down)
        assert field.currentIndex() > row, f"{value} is none of {texts}"


def test_it_shows_what_holds(studio: Studio) -> None:
    studio.kept_settings.set_theme(Theme.LIGHT)
    studio.kept_settings.set_memory(MemorySettings(Placement.COMPONENT_SWAP, 7))
    studio.kept_settings.set_process(ProcessSettings(750))

    dialog = opened(studio)

    assert (dialog.theme.value, dialog.language.value) == (Theme.LIGHT, AS_SYSTEM)
    assert (dialog.placement.value, dialog.idle.value, dialog.room.value) == (Placement.COMPONENT_SWAP, 7, 750)
    assert dialog.placement.currentText() == "One part of the model in memory at a time"
    assert dialog.idle.currentText() == "Kept for 7 minutes"
    assert dialog.room.currentText() == "750 MB"


def test_look_and_language_are_those_of_the_menu(studio: Studio) -> None:
    dialog, commands = opened(studio), studio.window.commands

    choose(dialog.theme, Theme.DARK)
    choose(dialog.language, "fr")

    assert commands.themes[Theme.DARK].isChecked()
    assert [action.text() for action in commands.languages.actions() if action.isChecked()] == ["Français"]
    appearance = studio.kept_settings.value.appearance
    assert (appearance.theme, appearance.language) == (Theme.DARK, "fr")


def test_a_switch_and_its_command_are_one(studio: Studio) -> None:
    tray, updates = opened(studio).switches
    commands = studio.window.commands
    for box, command in ((tray, commands.tray), (updates, commands.update_check)):
        command.blockSignals(True)  # no tray and no network here
        box.click()
        assert command.isChecked() is box.isChecked() is True
        command.blockSignals(False)
    commands.tray.setChecked(False)
    assert not tray.isChecked()


def test_memory_is_used_so_from_the_next_picture_on(studio: Studio, qtbot: QtBot, session: FakeSession) -> None:
    dialog = opened(studio)
    choose(dialog.placement, Placement.SEQUENTIAL)
    qtbot.waitUntil(lambda: session.placement is Placement.SEQUENTIAL)
    choose(dialog.idle, 5)
    assert studio.kept_settings.value.memory == MemorySettings(Placement.SEQUENTIAL, 5)


def test_all_of_it_is_kept(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path, FakeSession) as studio:
        dialog = opened(studio)
        choose(dialog.theme, Theme.DARK)
        choose(dialog.placement, Placement.BLOCK_OFFLOAD)
        choose(dialog.room, 0)
        dialog.accept()

    settings = SettingsStore(UserPaths.below(tmp_path).settings_file).load().settings
    assert settings.appearance.theme is Theme.DARK
    assert settings.memory == MemorySettings(Placement.BLOCK_OFFLOAD)
    assert settings.process == ProcessSettings(0)
