"""What other parts of the window put into the prompt."""

from __future__ import annotations

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.ui.prompt_panel import PromptPanel

TAG = "<lora:ink:1>"


def test_it_comes_at_the_end_once_and_undo_takes_it_away(qtbot: QtBot) -> None:
    panel = PromptPanel()
    qtbot.addWidget(panel)
    panel.set_texts("a cat", "dogs")
    panel.add(TAG)
    panel.add(TAG)
    assert (panel.typed().text, panel.typed().negative) == (f"a cat {TAG}", "dogs")
    panel.text.undo()
    assert panel.typed().text == "a cat"
    panel.text.redo()
    QTest.keyClicks(panel.text, ", at night")
    assert panel.typed().text == f"a cat {TAG}, at night"
