"""The prompt's field under real keys: weights, items, suggestions, undo, and what it leaves to others."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.prompt_editor.completion import PromptNames
from studio.ui.prompt_editor.prompt_edit import PromptEdit

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
NAMES = PromptNames(("add_detail", "ink"), ("animals/birds", "colour"), ("EasyNegative", "easy_hands"))


class Desk(QWidget):
    """A window with the field, something below it to go to, and shortcuts of its own on the field's keys."""

    def __init__(self) -> None:
        super().__init__()
        self.field = PromptEdit("What to draw", lambda: NAMES)
        self.other = QLineEdit()
        self.triggered: list[str] = []
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.other)
        for keys in ("Alt+Left", "Alt+Right", "Ctrl+Up", "Ctrl+Down", "Esc", "Ctrl+Return"):
            QShortcut(QKeySequence(keys), self, lambda keys=keys: self.triggered.append(keys))
        self.resize(420, 400)

    @property
    def text(self) -> str:
        return self.field.toPlainText()

    @property
    def selected(self) -> str:
        return self.field.textCursor().selectedText()

    def write(self, text: str, caret: int | None = None) -> None:
        self.field.setPlainText(text)
        cursor = self.field.textCursor()
        cursor.setPosition(len(text) if caret is None else caret)
        self.field.setTextCursor(cursor)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.field, key, modifiers)

    @property
    def suggested(self) -> list[str]:
        rows = self.field.suggestion_list.rows
        return [rows.item(row).text() for row in range(rows.count())] if self.field.suggestion_list.is_open else []


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.show()
    desk.activateWindow()
    desk.field.setFocus()
    qtbot.waitUntil(desk.field.hasFocus)
    return desk


# --- weights and items ---


def test_control_up_weighs_the_word_and_each_step_is_undone_alone(desk: Desk) -> None:
    desk.write("a red apple", 4)
    desk.press(Qt.Key.Key_Up, CONTROL)
    desk.press(Qt.Key.Key_Up, CONTROL)
    assert (desk.text, desk.selected) == ("a (red:1.2) apple", "red")
    desk.field.undo()
    assert desk.text == "a (red:1.1) apple"
    desk.field.undo()
    assert desk.text == "a red apple"
    desk.field.redo()
    assert desk.text == "a (red:1.1) apple"


def test_a_step_is_not_undone_together_with_what_was_typed_before(desk: Desk, qtbot: QtBot) -> None:
    desk.write("a ")
    qtbot.keyClicks(desk.field, "red")
    desk.press(Qt.Key.Key_Up, CONTROL)
    desk.field.undo()
    assert desk.text == "a red"


def test_loras_are_weighed_in_smaller_steps(desk: Desk) -> None:
    desk.write("<lora:ink:0.8>", 7)
    desk.press(Qt.Key.Key_Down, CONTROL)
    assert desk.text == "<lora:ink:0.75>"


def test_alt_right_moves_the_item_and_is_one_step_to_undo(desk: Desk) -> None:
    desk.write("a car, red, sun", 3)
    desk.press(Qt.Key.Key_Right, ALT)
    assert (desk.text, desk.selected) == ("red, a car, sun", "a car")
    desk.press(Qt.Key.Key_Right, ALT)
    assert desk.text == "red, sun, a car"
    desk.field.undo()
    assert desk.text == "red, a car, sun"


def test_emoji_before_the_word_shift_nothing(desk: Desk) -> None:
    desk.write("🐼🐼 red, sun", 7)
    desk.press(Qt.Key.Key_Up, CONTROL)
    assert (desk.text, desk.selected) == ("🐼🐼 (red:1.1), sun", "red")
    desk.press(Qt.Key.Key_Right, ALT)
    assert desk.text == "sun, 🐼🐼 (red:1.1)"


def test_the_windows_shortcuts_on_these_keys_are_not_triggered(desk: Desk) -> None:
    desk.write("a, b")
    for key, modifiers in (
        (Qt.Key.Key_Left, ALT),
        (Qt.Key.Key_Right, ALT),
        (Qt.Key.Key_Up, CONTROL),
        (Qt.Key.Key_Down, CONTROL),
    ):
        desk.press(key, modifiers)
    assert desk.triggered == []


def test_beside_the_field_the_windows_shortcuts_work(desk: Desk) -> None:
    desk.other.setFocus()
    QTest.keyClick(desk.other, Qt.Key.Key_Left, ALT)
    QTest.keyClick(desk.other, Qt.Key.Key_Escape)
    assert desk.triggered == ["Alt+Left", "Esc"]


# --- suggestions ---


def test_a_lora_is_suggested_while_it_is_typed_and_taken_with_enter(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "a cat <lora:")
    assert desk.suggested == ["add_detail", "ink"]
    desk.press(Qt.Key.Key_Down)
    assert desk.text == "a cat <lora:", "the arrow key moved in the list"
    desk.press(Qt.Key.Key_Return)
    assert desk.text == "a cat <lora:ink:1>"
    assert desk.suggested == []
    desk.field.undo()
    assert desk.text == "a cat <lora:"


def test_tab_takes_the_first_and_without_suggestions_leaves_the_field(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "__col")
    desk.press(Qt.Key.Key_Tab)
    assert desk.text == "__colour__"
    assert desk.field.hasFocus()
    desk.press(Qt.Key.Key_Tab)
    assert desk.other.hasFocus()


def test_enter_makes_a_new_line_while_nothing_is_suggested(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "a cat")
    assert desk.suggested == []
    desk.press(Qt.Key.Key_Return)
    assert desk.text == "a cat\n"


def test_enter_after_a_plain_word_is_a_new_line_until_a_name_was_chosen(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "easy")
    assert desk.suggested == ["EasyNegative", "easy_hands"]
    desk.press(Qt.Key.Key_Return)
    assert (desk.text, desk.suggested) == ("easy\n", [])
    qtbot.keyClicks(desk.field, "easy")
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert desk.text == "easy\nEasyNegative"


def test_control_enter_reaches_the_window_also_while_names_are_suggested(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.triggered == ["Ctrl+Return"]
    assert desk.text == "<lora:"


def test_escape_closes_the_list_and_only_then_reaches_the_window(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:")
    desk.press(Qt.Key.Key_Escape)
    assert desk.suggested == []
    assert desk.triggered == []
    desk.press(Qt.Key.Key_Escape)
    assert desk.triggered == ["Esc"]


def test_control_space_asks_for_suggestions_again(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:a")
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Space, CONTROL)
    assert desk.suggested == ["add_detail"]
    assert desk.text == "<lora:a"


def test_typing_on_narrows_the_list_and_moving_away_closes_it(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:")
    qtbot.keyClicks(desk.field, "in")
    assert desk.suggested == ["ink"]
    desk.press(Qt.Key.Key_Backspace)
    assert desk.suggested == ["ink", "add_detail"]
    desk.press(Qt.Key.Key_Home)
    assert desk.suggested == []


def test_leaving_the_field_closes_the_list(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:")
    desk.other.setFocus()
    assert desk.suggested == []


def test_a_click_takes_a_name_and_the_field_keeps_the_focus(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:")
    rows = desk.field.suggestion_list.rows
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(1)).center())
    assert desk.text == "<lora:ink:1>"
    assert desk.field.hasFocus()


def test_the_list_stands_below_the_caret_and_inside_the_window(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClicks(desk.field, "<lora:")
    place = desk.field.suggestion_list.geometry()
    caret = desk.field.mapTo(desk, desk.field.cursorRect().bottomLeft())
    assert desk.rect().contains(place)
    assert 0 <= place.top() - caret.y() <= 20
    desk.write("\n" * 30)
    qtbot.keyClicks(desk.field, "a word <lora:")
    assert desk.rect().contains(desk.field.suggestion_list.geometry())


def test_text_that_is_set_suggests_nothing(desk: Desk) -> None:
    desk.field.replace_text("<lora:")
    assert desk.suggested == []


# --- marks ---


def test_marks_stand_where_the_parts_begin(desk: Desk) -> None:
    desk.write("🐼 red apple")
    desk.field.show_marks((2,))
    [mark] = desk.field.mark_places()
    cursor = QTextCursor(desk.field.document())
    cursor.setPosition(3)  # the panda takes two places of Qt's
    letter = desk.field.cursorRect(cursor)
    assert abs(mark.left() - letter.left()) <= 2
    assert mark.height() == letter.height()
    shot = desk.field.viewport().grab(mark).toImage()
    ground = desk.field.viewport().grab(mark.translated(QPoint(-3, 0))).toImage()
    colours, grounds = ({image.pixel(0, y) for y in range(mark.height())} for image in (shot, ground))
    assert len(grounds) == 1
    assert grounds < colours, "a dotted line, not to be taken for the caret"


def test_marks_of_a_text_that_became_shorter_harm_nothing(desk: Desk) -> None:
    desk.write("a long text")
    desk.field.show_marks((5, 9))
    desk.write("a")
    assert len(desk.field.mark_places()) == 2
