"""A person who writes prompts: weights, suggestions, history and styles, with real keys at the real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.settings.paths import UserPaths
from studio.ui.prompt_editor.history_popup import HistoryPopup
from studio.ui.prompt_editor.styles_popup import StylesPopup
from tests.e2e.person import Person

pytestmark = [pytest.mark.display, pytest.mark.timeout(240)]


def test_writing_prompts(person: Person, tmp_path: Path) -> None:
    studio, window = person.studio, person.window
    panel = window.request_panel.prompt
    folder = UserPaths.below(tmp_path / "home").data / "loras"
    folder.mkdir(parents=True)
    (folder / "add_detail.safetensors").touch()
    studio.names.look()
    person.waits_for(lambda: studio.names().loras == ("add_detail",))

    # a word gets weight, an item moves, one undo each
    person.types_prompt("a red apple, sunny")
    person.presses("ctrl+Left", "ctrl+Up", "ctrl+Up")
    person.waits_for(lambda: panel.text.toPlainText() == "a red apple, (sunny:1.2)")
    person.presses("alt+Left")
    person.waits_for(lambda: panel.text.toPlainText() == "(sunny:1.2), a red apple")
    person.presses("ctrl+z", "ctrl+z")
    person.waits_for(lambda: panel.text.toPlainText() == "a red apple, (sunny:1.1)")

    # a bracket that is never closed is marked and said, and the tokens are counted
    person.types_prompt("a (red:1.2) apple on a (white ground, {oil|ink} painting")
    person.waits_for(panel.hint.isVisible)
    person.waits_for(lambda: panel.meters[0].text().endswith("/ 30"))
    person.looks("prompt-1-syntax")

    # a name is suggested, taken, and taken back
    person.types_prompt("a red apple ")
    person.presses("End")
    person.types("<lora:add")
    person.waits_for(lambda: panel.text.suggestion_list.is_open)
    person.looks("prompt-2-suggestions")
    person.presses("Tab")
    person.waits_for(lambda: panel.text.toPlainText() == "a red apple <lora:add_detail:1>")
    person.presses("ctrl+z")
    person.waits_for(lambda: panel.text.toPlainText() == "a red apple <lora:add")

    # a style goes around the prompt, and the picture is made with it
    person.types_prompt("a red apple")
    person.presses("ctrl+t")
    person.waits_for(lambda: isinstance(QApplication.activePopupWidget(), StylesPopup))
    person.presses("Down", "space")
    person.waits_for(lambda: panel.shelf.book.applied == ("Watercolour",))
    person.looks("prompt-3-styles")
    person.presses("Escape")
    person.waits_for(lambda: QApplication.activePopupWidget() is None)
    person.presses("ctrl+Return")
    person.waits_for(lambda: window.gallery_panel.current is not None)
    record = window.gallery_panel.current
    assert record is not None
    assert record.parameters is not None
    assert record.parameters.prompt.text.startswith("watercolour painting of a red apple")

    # what was typed is in the history
    person.types_prompt("something else")
    person.presses("ctrl+h")
    person.waits_for(lambda: isinstance(QApplication.activePopupWidget(), HistoryPopup))
    person.types("apple")
    person.looks("prompt-4-history")
    person.presses("Return")
    person.waits_for(lambda: panel.text.toPlainText() == "a red apple")
