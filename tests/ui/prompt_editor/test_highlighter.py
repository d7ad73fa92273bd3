"""Colours of a prompt's syntax, and faults marked where they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.request import Prompt
from studio.prompts.language import read_prompt
from studio.prompts.syntax import FaultReason
from studio.settings.model import Theme
from studio.ui.messages import fault_text
from studio.ui.prompt_editor.prompt_edit import PromptEdit
from studio.ui.prompt_panel import PromptPanel
from studio.ui.theme import DARK, LIGHT, Tokens, apply_theme
from tests.helpers.fake_session import CHECKPOINT


@pytest.fixture(params=[Theme.DARK, Theme.LIGHT])
def tokens(request: pytest.FixtureRequest, qapp: QApplication) -> Tokens:
    apply_theme(qapp, request.param)
    return DARK if request.param is Theme.DARK else LIGHT


@pytest.fixture
def field(qtbot: QtBot, tokens: Tokens) -> PromptEdit:
    field = PromptEdit("")
    qtbot.addWidget(field)
    field.resize(400, 200)
    field.show()
    field.highlighter.read_with(read_prompt)
    return field


def formats(field: PromptEdit) -> Iterator[tuple[str, QTextCharFormat]]:
    """Each piece of text that has a look of its own."""
    block = field.document().begin()
    while block.isValid():
        for part in block.layout().formats():
            units = block.text().encode("utf-16-le")[2 * part.start : 2 * (part.start + part.length)]
            yield units.decode("utf-16-le"), part.format
        block = block.next()


def coloured(field: PromptEdit, colour: str) -> list[str]:
    """The pieces in this colour; neighbours are one."""
    return [text for text, look in formats(field) if look.foreground().color() == QColor(colour)]


def waved(field: PromptEdit) -> list[str]:
    wave = QTextCharFormat.UnderlineStyle.WaveUnderline
    return [text for text, look in formats(field) if look.underlineStyle() == wave]


def test_each_kind_of_syntax_has_its_colour(field: PromptEdit, tokens: Tokens) -> None:
    field.setPlainText("a (red:1.2) cat <lora:ink:0.8> BREAK [day:night:0.5], {oil|ink} __colour__ \\(x\\) # note")
    assert "".join(coloured(field, tokens.syntax_weight)) == "(:1.2)BREAK"
    assert coloured(field, tokens.syntax_name) == ["<lora:ink:0.8>", "__colour__"]
    assert coloured(field, tokens.syntax_choice) == ["[day:night:0.5]", "{oil|ink}"]
    assert "".join(coloured(field, tokens.muted)) == "\\(\\)# note"


def test_an_unclosed_bracket_is_marked_where_it_opens(field: PromptEdit, tokens: Tokens) -> None:
    field.setPlainText("a (closed), an (open one")
    assert waved(field) == ["("]
    assert coloured(field, tokens.danger) == ["("]
    assert field.highlighter.faults[0].start == "a (closed), an (".rindex("(")


def test_closing_it_on_another_line_takes_the_mark_away(field: PromptEdit) -> None:
    field.setPlainText("an (open\none")
    assert waved(field) == ["("]
    cursor = QTextCursor(field.document())
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertText(")")
    assert waved(field) == []
    cursor.deletePreviousChar()
    assert waved(field) == ["("]


def test_emoji_shift_no_colour(field: PromptEdit, tokens: Tokens) -> None:
    field.setPlainText("🐼🐼 {a|b}\n🐼 {c|d} (")
    assert coloured(field, tokens.syntax_choice) == ["{a|b}", "{c|d}"]
    block = field.document().lastBlock()
    assert [(part.start, part.length) for part in block.layout().formats()] == [(3, 5), (9, 1)]


def test_the_colours_follow_the_theme(field: PromptEdit, tokens: Tokens, qapp: QApplication) -> None:
    field.setPlainText("{a|b}")
    other, theme = (LIGHT, Theme.LIGHT) if tokens is DARK else (DARK, Theme.DARK)
    apply_theme(qapp, theme)
    field.highlighter.follow_theme()
    assert coloured(field, other.syntax_choice) == ["{a|b}"]


def test_the_tooltip_at_a_fault_says_what_is_wrong(field: PromptEdit) -> None:
    field.setPlainText("an (open")
    field.setToolTip("What to draw")
    cursor = QTextCursor(field.document())
    cursor.setPosition(3)
    place = field.cursorRect(cursor).center() + QPoint(2, 0)
    try:
        QApplication.sendEvent(
            field.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, field.viewport().mapToGlobal(place))
        )
        assert QToolTip.text() == fault_text(FaultReason.UNCLOSED)
    finally:
        QToolTip.hideText()


def test_colours_are_no_step_to_undo_and_no_change_of_the_text(field: PromptEdit, qtbot: QtBot) -> None:
    changes: list[str] = []
    field.setPlainText("")
    field.textChanged.connect(lambda: changes.append(field.toPlainText()))
    qtbot.keyClicks(field, "(a")
    assert changes == ["(", "(a"]
    field.undo()
    assert field.toPlainText() == ""


def test_a_text_longer_than_a_prompt_is_left_as_it_is(field: PromptEdit) -> None:
    field.setPlainText("(" * (Prompt.LONGEST + 1))
    assert list(formats(field)) == []
    assert field.highlighter.faults == ()


def test_without_a_reader_all_text_looks_the_same(qtbot: QtBot) -> None:
    field = PromptEdit("")
    qtbot.addWidget(field)
    field.setPlainText("(a:1.2) (")
    assert list(formats(field)) == []


@pytest.mark.parametrize("reason", list(FaultReason))
def test_every_fault_has_a_sentence(reason: FaultReason) -> None:
    assert fault_text(reason).endswith(".")


# --- what the panel says ---


@pytest.fixture
def panel(qtbot: QtBot) -> PromptPanel:
    panel = PromptPanel()
    qtbot.addWidget(panel)
    panel.offer(CHECKPOINT)
    panel.read_with(read_prompt)
    panel.show()
    return panel


def flux() -> Checkpoint:
    from dataclasses import replace

    return replace(CHECKPOINT, family=ModelFamily.FLUX)


def test_a_fault_is_said_below_the_prompt_when_the_typing_rests_and_stops_nothing(
    panel: PromptPanel, qtbot: QtBot
) -> None:
    panel.set_texts("a (cat", "")
    assert not panel.hint.isVisible(), "the closing bracket may be on its way"
    qtbot.waitUntil(panel.hint.isVisible)
    assert panel.hint.text() == fault_text(FaultReason.UNCLOSED)
    assert panel.prompt() == Prompt("a (cat", "")
    panel.set_texts("a (cat)", "")
    assert not panel.hint.isVisible(), "at once"


def test_weights_that_do_nothing_are_pointed_out_quietly(panel: PromptPanel) -> None:
    panel.set_texts("a (cat:1.3)", "")
    assert not panel.hint.isVisible()
    panel.offer(flux())
    assert "FLUX.1" in panel.hint.text()
    panel.set_texts("a cat", "")
    assert not panel.hint.isVisible()


def test_the_same_text_set_again_keeps_its_colours(field: PromptEdit, tokens: Tokens) -> None:
    field.setPlainText("{a|b}")
    field.setPlainText("{a|b}")
    assert coloured(field, tokens.syntax_choice) == ["{a|b}"]
