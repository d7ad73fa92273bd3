"""The examples that a first window offers."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from studio.ui.welcome import Welcome


@pytest.mark.parametrize(
    ("examples", "texts"),
    [
        (("a car", "a house"), ["a car", "a house"]),
        (("a car", "a heart on a pink background"), ["a car\n", "a heart on a\npink background"]),
        (("ピンクの背景のハートと青い車と赤いりんごの絵",), ["ピンクの背景のハートと青い車と赤いりんごの絵"]),
    ],
)
def test_a_long_example_takes_two_lines_and_all_cards_are_equally_high(
    qtbot: QtBot, examples: tuple[str, ...], texts: list[str]
) -> None:
    qtbot.addWidget(welcome := Welcome())
    welcome.set_examples(examples)
    cards = welcome.findChildren(QToolButton, "card")
    assert [card.text() for card in cards] == texts
    assert [card.accessibleName() for card in cards] == [f"Make {example}" for example in examples]
