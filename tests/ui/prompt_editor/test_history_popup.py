"""Prompts that were used: searched, used again, forgotten."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.core.request import Prompt
from studio.ui.prompt_editor.history_popup import HistoryPopup

HISTORY = (Prompt("a red apple\non a table"), Prompt("a blue car", "people"), Prompt("an apple tree"))


class Opened:
    def __init__(self, ground: QWidget, history: tuple[Prompt, ...]) -> None:
        self.popup = HistoryPopup(ground, history)
        self.chosen: list[Prompt] = []
        self.forgotten: list[Prompt] = []
        self.popup.chosen.connect(self.chosen.append)
        self.popup.forgotten.connect(self.forgotten.append)
        self.popup.show_at(QPoint(10, 10))

    @property
    def rows(self) -> list[str]:
        return [self.popup.rows.item(row).text() for row in range(self.popup.rows.count())]

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.popup.field, key, modifiers)


@pytest.fixture
def ground(qtbot: QtBot) -> QWidget:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.show()
    return ground


def test_the_newest_comes_first_on_one_line_with_what_should_not_be_there(ground: QWidget) -> None:
    assert Opened(ground, HISTORY).rows == ["a red apple on a table", "a blue car   without: people", "an apple tree"]


def test_words_in_any_order_and_case_find_it_also_in_the_negative_prompt(ground: QWidget, qtbot: QtBot) -> None:
    opened = Opened(ground, HISTORY)
    qtbot.keyClicks(opened.popup.field, "TABLE red")
    assert opened.rows == ["a red apple on a table"]
    opened.popup.field.setText("people")
    assert opened.rows == ["a blue car   without: people"]


def test_enter_uses_the_chosen_one_and_closes(ground: QWidget) -> None:
    opened = Opened(ground, HISTORY)
    opened.press(Qt.Key.Key_Down)
    opened.press(Qt.Key.Key_Return)
    assert opened.chosen == [HISTORY[1]]


def test_shift_delete_forgets_one_and_its_neighbour_is_chosen(ground: QWidget) -> None:
    opened = Opened(ground, HISTORY)
    opened.press(Qt.Key.Key_Down)
    opened.press(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert opened.forgotten == [HISTORY[1]]
    assert opened.rows == ["a red apple on a table", "an apple tree"]
    opened.press(Qt.Key.Key_Return)
    assert opened.chosen == [HISTORY[2]]


def test_it_says_why_it_is_empty(ground: QWidget, qtbot: QtBot) -> None:
    empty = Opened(ground, ())
    assert any("will be here" in text.text() for text in empty.popup.findChildren(QLabel) if text.isVisible())
    assert not empty.popup.forget.isEnabled()
    empty.press(Qt.Key.Key_Return)
    assert empty.chosen == []
    none_fits = Opened(ground, HISTORY)
    qtbot.keyClicks(none_fits.popup.field, "zebra")
    assert any("fewer" in text.text() for text in none_fits.popup.findChildren(QLabel) if text.isVisible())
