"""Reading the guide: turning its pages, and answering its questions."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.ui.guide.chapters import Chapter, parse_chapter
from studio.ui.guide.guide_page import GuidePage
from tests.ui.guide.test_chapters import CHAPTER


@pytest.fixture
def chapters() -> tuple[Chapter, ...]:
    return tuple(parse_chapter(CHAPTER.replace("# Noise", f"# Noise {number}")) for number in range(3))


@pytest.fixture
def page(qtbot: QtBot, chapters: tuple[Chapter, ...]) -> GuidePage:
    page = GuidePage(chapters, {0})
    qtbot.addWidget(page)
    return page


def test_it_begins_where_reading_goes_on(page: GuidePage) -> None:
    assert page.chapter == 1
    assert page.place.text() == "1 of 3"


def test_pages_are_turned_to_the_end_and_back_to_the_beginning(page: GuidePage) -> None:
    page.list.setCurrentRow(0)
    assert not page.back.isEnabled()
    seen = [(page.chapter, page.place.text())]
    while page.next.isEnabled():
        page.next.click()
        seen.append((page.chapter, page.place.text()))
    assert seen == [(chapter, f"{screen} of 3") for chapter in range(3) for screen in (1, 2, 3)]
    while page.back.isEnabled():
        page.back.click()
        assert (page.chapter, page.place.text()) == seen[seen.index((page.chapter, page.place.text()))]
    assert (page.chapter, page.place.text()) == seen[0]


def test_the_arrow_keys_turn_pages_and_escape_closes(page: GuidePage, qtbot: QtBot) -> None:
    qtbot.keyClick(page, Qt.Key.Key_Right)
    assert page.place.text() == "2 of 3"
    qtbot.keyClick(page, Qt.Key.Key_Left)
    assert page.place.text() == "1 of 3"
    with qtbot.waitSignal(page.close_asked):
        qtbot.keyClick(page, Qt.Key.Key_Escape)


def test_something_to_try_names_its_action(page: GuidePage, qtbot: QtBot) -> None:
    [button] = [button for button in page.screens.findChildren(QPushButton) if button.text() == "Try it: see it"]
    with qtbot.waitSignal(page.tried) as tried:
        button.click()
    assert tried.args == ["see-it"]


def test_every_answer_is_explained_and_all_right_ones_finish_the_chapter(page: GuidePage, qtbot: QtBot) -> None:
    first, second = page.check.asked
    first.group.button(0).click()
    assert first.explanation.text() == "Not quite: “static”. It was said above."
    second.group.button(0).click()
    assert second.explanation.text() == "Right. It is the same."
    with qtbot.waitSignal(page.finished) as finished:
        first.group.button(1).click()
    assert first.explanation.text() == "Right. It was said above."
    assert finished.args == [1]
    assert page.list.item(1).toolTip() == "Noise 1 (finished)"
    assert page.list.item(2).toolTip() == "Noise 2"
