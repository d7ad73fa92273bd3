"""What is suggested while a search is typed, and what taking it makes of the search."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.gallery.search.colours import COLOUR_NAMES
from studio.gallery.search.known_values import KnownValues
from studio.gallery.search.query import Field
from studio.ui.gallery.search_completion import Suggestion, begun_at, complete, suggestions
from studio.ui.gallery.search_field import SearchField
from studio.ui.suggestion_list import swatch

KNOWN = KnownValues(
    {
        Field.MODEL: ("Dream 8", "sd15", "old dream"),
        Field.SAMPLER: ("DPM++ 2M", "Euler"),
        Field.ALBUM: ("Best of the sea",),
        Field.SIZE: ("512x768",),
        Field.STEPS: ("20", "25", "8"),
        Field.DATE: ("2026-11", "2026-10"),
    }
)


def suggested(text: str, caret: int | None = None) -> list[str]:
    begun = begun_at(text, len(text) if caret is None else caret)
    return [suggestion.text for suggestion in suggestions(begun, KNOWN)] if begun is not None else []


def completed(text: str, chosen: str, caret: int | None = None) -> str:
    begun = begun_at(text, len(text) if caret is None else caret)
    assert begun is not None
    return complete(text, begun, chosen).apply_to(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mo", ["model:"]),
        ("red apple -s", ["sampler:", "steps:", "seed:", "size:"]),
        ("model:", ["Dream 8", "sd15", "old dream"]),
        ("model:dre", ["Dream 8", "old dream"]),
        ('-model:"Dre', ["Dream 8", "old dream"]),
        ('album:"best of t', ["Best of the sea"]),
        ("made:i", ["image", "inpaint"]),
        ("is:fav", ["favourite"]),
        ("rating:", [">=4", "5", "4", "3", "2", "1", "0"]),
        ("rating:>=", [">=4", ">=5", ">=3", ">=2", ">=1", ">=0"]),
        ("date:to", ["today"]),
        ("date:", ["today", "yesterday", "2026-11", "2026-10"]),
        ("date:>=2026", [">=2026-11", ">=2026-10"]),
        ("steps:2", ["20", "25"]),
        ("-steps:>2", [">20", ">25"]),
        ("steps:20", []),
        ("size:512x768", []),
        ("model:dream ", []),
        ('"mo', []),
        ("colour:re", ["red", "green", "grey"]),
        ("nothing:re", []),
        ("apple", []),
    ],
)
def test_fields_and_their_values_are_suggested(text: str, expected: list[str]) -> None:
    found = suggested(text)
    if text.endswith(" "):
        assert "model:" in found, "any field may follow"
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red app", ["apple", "apples"]),
        ("-app", ["apple", "apples"]),
        ("APP", ["apple", "apples"]),
        ("apple", ["apples"]),
        ("prompt:app", ["apple", "apples"]),
        ("negative:app", ["apple", "apples"]),
        ('prompt:"app', ["apple", "apples"]),
        ("pro", ["prompt:", "profile"]),
        ("äpp", ["apple", "apples"]),
        ("tag:app", []),
        ('"red app', []),
    ],
)
def test_words_of_prompts_come_behind_the_fields(text: str, expected: list[str]) -> None:
    begun = begun_at(text, len(text))
    words = ("apple", "apples", "profile")
    found = suggestions(begun, KNOWN, words) if begun is not None else ()
    assert [suggestion.text for suggestion in found] == expected


def test_colours_are_shown_beside_their_names(qtbot: QtBot) -> None:
    begun = begun_at("colour:o", 8)
    assert begun is not None
    [orange, *_] = suggestions(begun, KNOWN)
    assert orange == Suggestion("orange", colour=COLOUR_NAMES["orange"])
    image = swatch(orange.colour, 1.0).pixmap(16, 16).toImage()
    assert image.pixelColor(8, 8).name() == orange.colour


def test_every_field_is_suggested_with_a_hint() -> None:
    begun = begun_at("", 0)
    assert begun is not None
    found = suggestions(begun, KNOWN)
    assert {suggestion.text.rstrip(":") for suggestion in found} == set(Field)
    assert all(suggestion.hint for suggestion in found)


@pytest.mark.parametrize(
    ("text", "chosen", "expected"),
    [
        ("red mo", "model:", "red model:"),
        ("model:dre", "sd15", "model:sd15 "),
        ("model:dre", "Dream 8", 'model:"Dream 8" '),
        ('-album:"be', "Best of the sea", '-album:"Best of the sea" '),
        ("rating:", ">=4", "rating:>=4 "),
        ("red app", "apple", "red apple "),
        ("negative:app", "apple", "negative:apple "),
        ("steps:>2", ">20", "steps:>20 "),
    ],
)
def test_what_is_taken_finishes_the_term(text: str, chosen: str, expected: str) -> None:
    assert completed(text, chosen) == expected


def test_what_stands_behind_the_caret_stays() -> None:
    assert completed('model:"dr" apple', "Dream 8", caret=9) == 'model:"Dream 8" apple'
    assert completed("sam apple", "sampler:", caret=3) == "sampler: apple"


class Desk(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.field, self.other = SearchField(), QLineEdit()
        self.field.offer(KNOWN)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.other)
        column.addStretch()
        self.resize(420, 400)

    @property
    def rows(self) -> list[str]:
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


def test_a_field_and_its_value_are_taken_with_tab_and_undone(desk: Desk) -> None:
    QTest.keyClicks(desk.field, "red mo")
    assert desk.rows == ["model:"]
    QTest.keyClick(desk.field, Qt.Key.Key_Tab)
    assert desk.field.text() == "red model:"
    assert desk.rows == ["Dream 8", "sd15", "old dream"], "the values come at once"
    QTest.keyClick(desk.field, Qt.Key.Key_Down)
    QTest.keyClick(desk.field, Qt.Key.Key_Down)
    QTest.keyClick(desk.field, Qt.Key.Key_Return)
    assert desk.field.text() == "red model:sd15 "
    assert desk.rows == []
    desk.field.undo()
    assert desk.field.text() == "red model:"


def test_enter_searches_while_nothing_is_chosen(desk: Desk, qtbot: QtBot) -> None:
    QTest.keyClicks(desk.field, "model:dre")
    assert desk.rows
    with qtbot.waitSignal(desk.field.returnPressed):
        QTest.keyClick(desk.field, Qt.Key.Key_Return)
    assert desk.field.text() == "model:dre"


def test_a_value_is_taken_with_the_mouse_and_the_focus_stays(desk: Desk) -> None:
    QTest.keyClicks(desk.field, "album:")
    rows = desk.field.suggestion_list.rows
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 8))
    assert desk.field.text() == 'album:"Best of the sea" '
    assert desk.field.hasFocus()


def test_escape_and_leaving_close_the_suggestions_and_ctrl_space_asks_for_them(desk: Desk) -> None:
    QTest.keyClicks(desk.field, "sampler:")
    QTest.keyClick(desk.field, Qt.Key.Key_Escape)
    assert desk.rows == []
    QTest.keyClick(desk.field, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert desk.rows == ["DPM++ 2M", "Euler"]
    desk.other.setFocus()
    assert desk.rows == []


def test_a_tab_without_suggestions_leaves_the_field(desk: Desk, qtbot: QtBot) -> None:
    QTest.keyClicks(desk.field, "apple")
    QTest.keyClick(desk.field, Qt.Key.Key_Tab)
    qtbot.waitUntil(desk.other.hasFocus)


def test_words_come_while_one_is_typed_and_are_taken(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.field.words_asked) as asked:
        QTest.keyClicks(desk.field, "red app")
    assert asked.args == ["red", None]
    assert desk.rows == []
    desk.field.offer_words("red", ["redness"])
    assert desk.rows == [], "they were asked for before"
    desk.field.offer_words("app", ["apple", "apples"])
    assert desk.rows == ["apple", "apples"]
    QTest.keyClicks(desk.field, "les")
    assert desk.rows == [], "nothing is left to be typed"
    QTest.keyClick(desk.field, Qt.Key.Key_Backspace)
    assert desk.rows == ["apples"]
    QTest.keyClick(desk.field, Qt.Key.Key_Tab)
    assert desk.field.text() == "red apples "
    assert desk.rows == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_words_that_come_late_open_nothing_that_was_closed(desk: Desk, key: Qt.Key) -> None:
    QTest.keyClicks(desk.field, "sam")
    assert desk.rows == ["sampler:"]
    QTest.keyClick(desk.field, key)
    assert desk.rows == [], "what is found is to be seen"
    desk.field.offer_words("sam", ["same"])
    assert desk.rows == []
