"""Every command by its name, from the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.command_palette import CommandPalette, distance, matches
from studio.ui.main_window import MainWindow


class Recorder:
    """Three commands, one of which cannot run, and which of them ran."""

    def __init__(self, parent: QWidget) -> None:
        self.ran: list[str] = []
        self.actions = [QAction(name, parent) for name in ("Cancel the picture", "Clear the queue", "New seed")]
        self.actions[0].setEnabled(False)
        self.actions[2].setShortcut("Ctrl+R")
        for action in self.actions:
            action.triggered.connect(lambda _=False, action=action: self.ran.append(action.text()))


@pytest.fixture
def ground(qtbot: QtBot) -> QWidget:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.resize(900, 600)
    ground.show()
    return ground


@pytest.fixture
def commands(ground: QWidget) -> Recorder:
    return Recorder(ground)


@pytest.fixture
def palette(ground: QWidget, commands: Recorder) -> CommandPalette:
    palette = CommandPalette(ground, commands.actions)
    palette.show_over(ground)
    return palette


def names(palette: CommandPalette) -> list[str]:
    return [palette.rows.item(row).text() for row in range(palette.rows.count())]


@pytest.mark.parametrize(
    ("typed", "name", "fits"),
    [
        ("", "Clear the queue", True),
        ("clq", "Clear the queue", True),
        ("CLEAR QUEUE", "Clear the queue", True),
        ("qc", "Clear the queue", False),
        ("cc", "Copy the picture", True),
        ("x", "Clear the queue", False),
    ],
)
def test_letters_in_order_find_a_name(typed: str, name: str, fits: bool) -> None:
    assert matches(typed, name) is fits


def test_the_nearer_name_comes_first() -> None:
    names = ["Copy the parameters", "Same theme", "Mathematics theme", "Anathemes", "Theme: dark"]
    assert sorted(names, key=lambda name: distance("the", name)) == [
        "Theme: dark", "Copy the parameters", "Same theme", "Mathematics theme", "Anathemes",
    ]  # fmt: skip
    assert distance(" THEME", "Theme: dark") == 0
    assert distance("", "Anything") == 0


def test_a_word_finds_its_own_commands_before_others_that_hold_the_letters(window: MainWindow) -> None:
    palette = CommandPalette(window, window.commands.all)
    QTest.keyClicks(palette.field, "theme")
    assert [name.partition(":")[0] for name in names(palette)[:3]] == ["Theme"] * 3


def test_it_is_as_high_as_what_it_found(palette: CommandPalette) -> None:
    def blank() -> int:
        """Pixels below the last row."""
        rows = palette.rows
        return rows.viewport().height() - rows.visualItemRect(rows.item(rows.count() - 1)).bottom()

    before = palette.height()
    assert blank() < palette.rows.sizeHintForRow(0)
    QTest.keyClicks(palette.field, "nse")
    assert palette.height() == before - 2 * palette.rows.sizeHintForRow(0)
    assert blank() < palette.rows.sizeHintForRow(0)


def test_what_cannot_run_comes_last(palette: CommandPalette) -> None:
    assert names(palette) == ["Clear the queue", "New seed", "Cancel the picture"]


def test_a_few_letters_and_enter_run_a_command_and_close(palette: CommandPalette, commands: Recorder) -> None:
    QTest.keyClicks(palette.field, "nse")
    assert names(palette) == ["New seed"]
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert commands.ran == ["New seed"]
    assert not palette.isVisible()


def test_arrows_choose_while_the_field_keeps_the_focus(palette: CommandPalette, commands: Recorder) -> None:
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.rows.currentRow() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.rows.currentRow() == 2
    QTest.keyClick(palette.field, Qt.Key.Key_PageUp)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.rows.currentRow() == 0
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert commands.ran == ["Clear the queue"]


@pytest.mark.parametrize("typed", ["cancel", "no such thing"])
def test_what_cannot_run_and_what_is_not_there_do_nothing(
    palette: CommandPalette, commands: Recorder, typed: str
) -> None:
    QTest.keyClicks(palette.field, typed)
    assert palette.rows.count() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert commands.ran == []
    assert palette.isVisible()


def test_a_click_runs(palette: CommandPalette, commands: Recorder) -> None:
    place = palette.rows.visualItemRect(palette.rows.item(0)).center()
    QTest.mouseClick(palette.rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert commands.ran == ["Clear the queue"]


def test_escape_closes(palette: CommandPalette) -> None:
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_ctrl_k_offers_every_command_of_the_window(window: MainWindow) -> None:
    window.commands.palette.trigger()
    palette = QApplication.activePopupWidget()
    assert isinstance(palette, CommandPalette)
    assert sorted(names(palette)) == sorted(action.text() for action in window.commands.all)
    palette.grab()
    palette.close()
