"""The meter: counts when the typing rests, and only what is still there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from studio.prompts.tokens import TokenCount
from studio.ui.prompt_editor.token_meter import TokenMeter, meter_text
from studio.ui.prompt_panel import PromptPanel
from tests.helpers.fake_session import CHECKPOINT

Done = Callable[[TokenCount | None], None]


def words(text: str, window: int = 5) -> TokenCount:
    """A tokenizer for which each word is a token."""
    places = [place for place in range(len(text)) if text[place] != " " and (place == 0 or text[place - 1] == " ")]
    return TokenCount(len(places), window, tuple(places[window::window]))


@pytest.fixture
def meter(qtbot: QtBot) -> TokenMeter:
    meter = TokenMeter("the prompt")
    qtbot.addWidget(meter)
    return meter


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), ("a cat", "2 / 5"), ("a b c d e", "5 / 5"), ("a b c d e f", "6 / 10"), ("a " * 11, "11 / 15")],
)
def test_a_longer_text_is_measured_by_as_many_windows_as_it_takes(text: str, expected: str) -> None:
    assert meter_text(words(text)) == expected


def test_a_model_without_a_tokenizer_is_not_counted_for() -> None:
    assert meter_text(None) == ""


def test_typing_is_counted_once_when_it_rests(meter: TokenMeter, qtbot: QtBot) -> None:
    asked: list[str] = []

    def count(text: str, done: Done) -> None:
        asked.append(text)
        done(words(text))

    meter.count_with(count)
    with qtbot.waitSignal(meter.counted):
        for text in ("a", "a c", "a cat"):
            meter.watch(text)
    assert asked == ["", "a cat"]
    assert meter.text() == "2 / 5"
    assert "2 tokens" in meter.toolTip()
    assert "2 / 5" in meter.accessibleName()


def test_an_answer_about_a_text_that_is_no_more_there_is_dropped(meter: TokenMeter) -> None:
    answers: list[Done] = []
    meter.count_with(lambda _text, done: answers.append(done))
    meter.count_now()
    early, late = answers
    late(words("a b c"))
    early(words("a"))
    assert meter.text() == "3 / 5"


def test_a_stopped_meter_asks_nobody(meter: TokenMeter) -> None:
    asked: list[str] = []
    meter.count_with(lambda text, _done: asked.append(text))
    meter.watch("a cat")
    meter.stop()
    meter.count_now()
    assert asked == [""]


@pytest.fixture
def panel(qtbot: QtBot) -> PromptPanel:
    panel = PromptPanel()
    qtbot.addWidget(panel)
    panel.offer(CHECKPOINT)
    panel.show()
    return panel


def test_both_texts_have_a_meter_and_marks_where_parts_begin(panel: PromptPanel, qtbot: QtBot) -> None:
    panel.count_with(lambda text, done: done(words(text)))
    with qtbot.waitSignals([meter.counted for meter in panel.meters]):
        panel.set_texts("one two three four five six", "none")
    assert [meter.text() for meter in panel.meters] == ["6 / 10", "1 / 5"]
    assert len(panel.text.mark_places()) == 1
    assert panel.negative.mark_places() == []


def test_styles_are_counted_and_marks_stay_in_what_was_typed(panel: PromptPanel, qtbot: QtBot) -> None:
    from studio.settings.prompt_book import PromptBook, PromptStyle

    panel.count_with(lambda text, done: done(words(text)))
    with qtbot.waitSignal(panel.meters[0].counted):
        panel.set_texts("one two three", "")
    with qtbot.waitSignal(panel.meters[0].counted):
        panel.shelf.open(PromptBook(styles=(PromptStyle("S", "very very very {prompt} now"),), applied=("S",)))
    assert panel.meters[0].text() == "7 / 10"
    [mark] = panel.text.mark_places()
    assert mark.left() > panel.text.cursorRect(panel.text.document().find("two")).left() - 40
