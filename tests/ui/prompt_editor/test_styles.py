"""Styles: ticked, added, changed, deleted, and what they make of the prompt that is sent."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.core.request import Prompt
from studio.settings.prompt_book import PromptBook, PromptStyle
from studio.ui.prompt_editor.style_dialog import StyleDialog
from studio.ui.prompt_editor.styles_popup import StylesPopup
from studio.ui.prompt_panel import PromptPanel
from tests.helpers.fake_session import CHECKPOINT

INK = PromptStyle("Ink", "ink drawing of {prompt}", "colour")
NIGHT = PromptStyle("Night", "at night")


@pytest.fixture
def panel(qtbot: QtBot) -> PromptPanel:
    panel = PromptPanel()
    qtbot.addWidget(panel)
    panel.offer(CHECKPOINT)
    panel.shelf.open(PromptBook(styles=(INK, NIGHT)))
    panel.set_texts("a cat", "")
    panel.show()
    return panel


def popup_of(panel: PromptPanel) -> StylesPopup:
    panel.styles.click()
    return panel.findChildren(StylesPopup)[-1]


def dialog_of(panel: PromptPanel) -> StyleDialog:
    return panel.findChildren(StyleDialog)[-1]


def tick(popup: StylesPopup, row: int) -> None:
    popup.rows.setCurrentRow(row)
    QTest.keyClick(popup.rows, Qt.Key.Key_Space)


def test_ticking_puts_styles_around_the_prompt_in_that_order_and_shows_what_is_sent(panel: PromptPanel) -> None:
    popup = popup_of(panel)
    tick(popup, 1)
    tick(popup, 0)
    assert panel.prompt() == Prompt("ink drawing of a cat, at night", "colour")
    assert panel.typed() == Prompt("a cat", "")
    assert panel.sent.isVisibleTo(panel)
    assert panel.sent.text() == "Sent: ink drawing of a cat, at night   without: colour"
    panel.text.setPlainText("a dog")
    assert "ink drawing of a dog" in panel.sent.text()


def test_without_styles_nothing_is_said(panel: PromptPanel) -> None:
    assert panel.prompt() == Prompt("a cat", "")
    assert not panel.sent.isVisibleTo(panel)


def test_a_chip_takes_its_style_off(panel: PromptPanel) -> None:
    tick(popup_of(panel), 0)
    [chip] = [chip for chip in panel.findChildren(QPushButton) if "Ink" in chip.text() and chip.isVisibleTo(panel)]
    chip.click()
    assert panel.prompt() == Prompt("a cat", "")
    assert panel.shelf.book.applied == ()


def test_a_pictures_prompt_is_used_without_styles_around_it_again(panel: PromptPanel) -> None:
    tick(popup_of(panel), 0)
    sent = panel.prompt()
    panel.set_prompt(sent)
    assert panel.prompt() == sent


def test_a_new_style_is_added_and_in_use(panel: PromptPanel, qtbot: QtBot) -> None:
    popup_of(panel).add.click()
    dialog = dialog_of(panel)
    assert dialog.text.toPlainText() == "{prompt}"
    qtbot.keyClicks(dialog.name, "Clay")
    dialog.text.setPlainText("clay figure of {prompt}")
    dialog.accept()
    assert panel.prompt().text == "clay figure of a cat"
    assert panel.shelf.book.styles[-1] == PromptStyle("Clay", "clay figure of {prompt}")


@pytest.mark.parametrize("name", ["", "   ", "ink"])
def test_a_name_that_is_none_or_taken_is_said_beside_it(panel: PromptPanel, name: str) -> None:
    popup_of(panel).add.click()
    dialog = dialog_of(panel)
    dialog.name.setText(name)
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.fault.isVisible()
    assert len(panel.shelf.book.styles) == 2


def test_enter_changes_a_style_also_its_name_while_it_is_in_use(panel: PromptPanel) -> None:
    popup = popup_of(panel)
    tick(popup, 0)
    QTest.keyClick(popup.rows, Qt.Key.Key_Return)
    dialog = dialog_of(panel)
    assert dialog.name.text() == "Ink"
    dialog.name.setText("Pen")
    dialog.text.setPlainText("pen drawing of {prompt}")
    dialog.accept()
    assert panel.prompt().text == "pen drawing of a cat"
    assert [style.name for style in panel.shelf.book.styles] == ["Pen", "Night"]


def test_delete_deletes_and_can_be_taken_back(panel: PromptPanel, qtbot: QtBot) -> None:
    popup = popup_of(panel)
    popup.rows.setCurrentRow(0)
    with qtbot.waitSignal(panel.shelf.style_deleted) as deleted:
        QTest.keyClick(popup.rows, Qt.Key.Key_Delete)
    assert [style.name for style in panel.shelf.book.styles] == ["Night"]
    assert popup.rows.count() == 1
    panel.shelf.put_back(deleted.args[0])
    assert INK in panel.shelf.book.styles


def test_every_change_of_the_book_is_told_once(panel: PromptPanel) -> None:
    told: list[PromptBook] = []
    panel.shelf.changed.connect(told.append)
    panel.shelf.remember(Prompt("a cat"))
    panel.shelf.remember(Prompt("a cat"))
    panel.shelf.remember(Prompt(""))
    tick(popup_of(panel), 1)
    assert [len(book.history) for book in told] == [1, 1]
    assert told[-1].applied == ("Night",)


def test_what_was_used_before_the_book_was_read_is_not_lost(panel: PromptPanel) -> None:
    panel.shelf.remember(Prompt("early"))
    panel.shelf.open(PromptBook(history=(Prompt("old"),)))
    assert panel.shelf.book.history == (Prompt("early"), Prompt("old"))
