"""Each "?" of the window leads to a place in the guide, and the glossary has all of them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.core.resources import resource_path
from studio.ui import glossary
from studio.ui.controls import HelpButton
from studio.ui.glossary import Entry
from studio.ui.guide.chapters import Chapter, read_chapters
from studio.ui.guide.glossary_screen import GlossaryScreen
from studio.ui.guide.guide_page import GuidePage
from studio.ui.guide.places import ENTRIES, place_of
from studio.ui.help_card import HelpCard
from studio.ui.main_window import MainWindow

ALL = [value for value in vars(glossary).values() if isinstance(value, Entry)]


@pytest.fixture(scope="module")
def chapters() -> tuple[Chapter, ...]:
    return read_chapters(resource_path("guide", "en"))


@pytest.fixture
def page(qtbot: QtBot, chapters: tuple[Chapter, ...]) -> GuidePage:
    page = GuidePage(chapters, ())
    qtbot.addWidget(page)
    return page


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.name)
def test_every_entry_has_a_place_that_exists(entry: Entry, page: GuidePage, chapters: tuple[Chapter, ...]) -> None:
    place = place_of(entry)
    assert place.screen <= len(chapters[place.chapter - 1].screens), "no screen of text"
    page.show_place(place)
    assert page.chapter == place.chapter - 1
    assert page.place.text().startswith(f"{place.screen} of ")


def test_the_glossary_has_all_of_them_by_name() -> None:
    assert set(ENTRIES) == set(ALL)
    names = [entry.name.casefold() for entry in ENTRIES]
    assert names == sorted(names)


def test_every_question_mark_of_the_window_opens_a_card_that_leads_there(window: MainWindow, qtbot: QtBot) -> None:
    asked: list[Entry] = []
    window.guide_asked.connect(asked.append)
    buttons = window.findChildren(HelpButton)
    assert len(buttons) > 10
    for button in buttons:
        button.click()
        card = window.findChildren(HelpCard)[-1]
        card.more.click()
    assert len(asked) == len(buttons)
    assert set(asked) <= set(ALL)


def test_the_glossary_is_the_last_page_and_its_links_lead_to_the_chapters(page: GuidePage) -> None:
    page.list.setCurrentRow(page.list.count() - 1)
    assert page.list.currentItem().text() == "Glossary"
    assert not page.next.isEnabled()
    screen = page.screens.findChild(GlossaryScreen)
    screen.links[glossary.STRENGTH].click()
    assert page.chapter == 6
    page.list.setCurrentRow(page.list.count() - 1)
    page.back.click()
    assert page.chapter == 7, "back to the last chapter"


def test_a_card_closes_when_it_leads_away(qtbot: QtBot) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.show()
    card = HelpCard(glossary.SEED, ground)
    card.show_beside(ground)
    with qtbot.waitSignal(card.guide_asked) as asked:
        card.more.click()
    assert asked.args == [glossary.SEED]
    assert not ground.findChildren(HelpCard) or not card.isVisible()
