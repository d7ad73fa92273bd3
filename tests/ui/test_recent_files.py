"""The menu of files that were opened lately."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from studio.ui.main_window import MainWindow
from studio.ui.menu_bar import MenuBar


def texts(window: MainWindow) -> list[str]:
    return [action.text() for action in window.commands.recent.actions() if action.text()]


def test_there_is_nothing_to_choose_at_first(window: MainWindow) -> None:
    assert not window.commands.recent.menuAction().isEnabled()
    assert texts(window) == []


def test_files_of_one_name_are_told_apart_and_all_by_their_tooltips(window: MainWindow) -> None:
    files = [Path("/a/cat.png"), Path("/b/cat.png"), Path("/b/dogs & cats.png")]
    window.commands.recent.show_files(files)
    assert texts(window) == ["cat.png  ·  a", "cat.png  ·  b", "dogs && cats.png", "Forget these"]
    assert [action.toolTip() for action in window.commands.recent.actions()][:3] == [str(file) for file in files]


def test_one_can_be_chosen_and_all_forgotten(window: MainWindow, qtbot: QtBot) -> None:
    recent = window.commands.recent
    recent.show_files([Path("/a/cat.png")])
    with qtbot.waitSignal(recent.chosen) as chosen:
        recent.actions()[0].trigger()
    assert chosen.args == [Path("/a/cat.png")]
    with qtbot.waitSignal(recent.cleared):
        recent.actions()[-1].trigger()


def test_it_is_in_the_menu(window: MainWindow) -> None:
    file_menu = window.findChild(MenuBar).actions()[0].menu()
    assert window.commands.recent.menuAction() in file_menu.actions()
