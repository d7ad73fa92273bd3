"""The page of the models, with real clicks: what it lists and shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from studio.checkpoints.catalogue_entry import Repository
from studio.core.addon import Addon, AddonKind
from studio.ui.messages import readable_bytes
from studio.ui.model_manager.model_row import ModelAction, RowState
from studio.ui.model_manager.model_rows import installed_key, offered_key
from tests.helpers.fake_session import CHECKPOINT
from tests.ui.model_manager.manager import ENTRIES, INSTALLED, OFFERED, Manager


def test_what_is_here_comes_before_what_can_be_had(manager: Manager) -> None:
    states = [manager.model.row(number).state for number in range(manager.model.rowCount())]
    assert states[:2] == [RowState.BUNDLED, RowState.INSTALLED]
    assert set(states[2:]) == {RowState.AVAILABLE}
    assert len(states) == 2 + sum(isinstance(entry.origin, Repository) for entry in ENTRIES)


def test_a_search_needs_every_word_and_says_when_nothing_matches(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    qtbot.keyClicks(manager.page.search, f"{OFFERED.name} model")
    names = [manager.model.row(number).name for number in range(manager.model.rowCount())]
    assert OFFERED.name in names
    assert "Starter" not in names
    manager.page.search.setText("no such model anywhere")
    [clear] = [one for one in manager.page.findChildren(QPushButton) if one.text() == "Show all models"]
    assert clear.isVisible()
    clear.click()
    assert manager.model.rowCount() > 2


def test_the_filters_count_and_show_their_models(manager: Manager) -> None:
    [here] = [one for one in manager.page.findChildren(QToolButton) if one.text().startswith("On this computer")]
    assert here.text().endswith("2")
    here.click()
    assert manager.model.rowCount() == 2


def test_a_model_is_chosen_for_the_next_pictures(manager: Manager) -> None:
    manager.page.choose(installed_key(manager.disk.bundled.path))
    manager.press(ModelAction.USE)
    manager.page.choose(installed_key(INSTALLED.path))
    manager.press(ModelAction.USE)
    assert manager.chosen == [manager.disk.bundled, CHECKPOINT]


def test_the_model_in_use_says_so_and_is_not_offered_for_use(manager: Manager, qtbot: QtBot) -> None:
    bundled, mine = installed_key(manager.disk.bundled.path), installed_key(INSTALLED.path)
    for used, other in ((mine, bundled), (bundled, mine)):
        manager.page.choose(used)
        said = manager.page.card.buttons[ModelAction.IN_USE]
        assert (said.text(), said.isEnabled()) == ("In use", False)
        assert ModelAction.USE not in manager.page.card.buttons
        assert in_use_in_the_list(manager) == [used]
        manager.page.choose(other)
        button = manager.page.card.buttons[ModelAction.USE]
        qtbot.waitUntil(button.isVisible)
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
        buttons = manager.page.card.buttons.values()
        qtbot.waitUntil(lambda now=buttons: all(one.isVisible() for one in now))
        goes_on = next((one for one in buttons if one.isEnabled()), manager.page.card)
        assert QApplication.focusWidget() is goes_on  # the keyboard stays at the model
    assert len(manager.chosen) == 2


def in_use_in_the_list(manager: Manager) -> list[str]:
    rows = (manager.model.row(number) for number in range(manager.model.rowCount()))
    return [row.key for row in rows if row.state_text == "In use"]


def test_escape_leaves_the_page(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    with qtbot.waitSignal(manager.page.close_asked):
        qtbot.keyClick(manager.page.view, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("kind", "root", "part"),
    [
        (AddonKind.LORA, "loras/ink", "<lora:ink:1>"),
        (AddonKind.LORA, "loras/fast-ink", "<lora:fast-ink/ink:1>"),
        (AddonKind.TEXTUAL_INVERSION, "embeddings/ink", "ink"),
    ],
)
def test_the_main_action_of_what_prompts_name_is_to_add_it_to_the_prompt(
    manager: Manager, tmp_path: Path, kind: AddonKind, root: str, part: str
) -> None:
    folder = tmp_path / root
    folder.mkdir(parents=True)
    addon = Addon("ink", folder / "ink.safetensors", kind, None)
    manager.disk.installed = (replace(INSTALLED, root=folder, model=addon),)
    manager.presenter.refresh()
    asked: list[str] = []
    manager.presenter.prompt_part_asked.connect(asked.append)
    manager.page.choose(installed_key(addon.path))
    assert next(iter(manager.page.card.buttons)) is ModelAction.ADD_TO_PROMPT
    manager.press(ModelAction.ADD_TO_PROMPT)
    assert asked == [part]


def test_what_was_said_of_another_model_is_gone_at_once(manager: Manager, qtbot: QtBot) -> None:
    manager.page.show()
    manager.page.choose(offered_key(OFFERED.id))
    qtbot.waitUntil(lambda: OFFERED.licence.name in " ".join(shown_texts(manager)))
    manager.page.choose(installed_key(INSTALLED.path))
    assert OFFERED.licence.name not in " ".join(shown_texts(manager))


def shown_texts(manager: Manager) -> list[str]:
    return [text.text() for text in manager.page.card.findChildren(QLabel) if text.isVisible()]


def test_an_address_in_the_search_can_be_looked_up(manager: Manager, qtbot: QtBot) -> None:
    page, given = manager.page, list[str]()
    page.address_given.connect(given.append)
    page.search.setText("nothing of this name")
    assert not page.look_up_searched.isVisible()
    page.search.setText(" somebody/new-model ")
    assert page.look_up_searched.isVisible()
    qtbot.mouseClick(page.look_up_searched, Qt.MouseButton.LeftButton)
    assert given == ["somebody/new-model"]
    assert (page.search.text(), page.address.text()) == ("", "somebody/new-model")
    assert manager.model.rowCount() > 2


def test_escape_takes_the_search_away_first(manager: Manager, qtbot: QtBot) -> None:
    left: list[bool] = []
    manager.page.close_asked.connect(lambda: left.append(True))
    manager.page.search.setFocus()
    qtbot.keyClicks(manager.page.search, "sdxl")
    qtbot.keyClick(manager.page.search, Qt.Key.Key_Escape)
    assert (manager.page.search.text(), left) == ("", [])
    qtbot.keyClick(manager.page.search, Qt.Key.Key_Escape)
    assert left == [True]


def test_down_goes_from_the_search_into_the_list(manager: Manager, qtbot: QtBot) -> None:
    manager.page.search.setFocus()
    qtbot.keyClick(manager.page.search, Qt.Key.Key_Down)
    assert manager.page.view.hasFocus()


def test_only_what_makes_pictures_alone_has_a_verdict_on_memory(manager: Manager) -> None:
    rows = [manager.model.row(number) for number in range(manager.model.rowCount())]
    told = {row.kind for row in rows if "Memory" in dict(row.facts)}
    assert told == {"Model"}
    assert {"VAE", "LoRA", "Upscaler"} <= {row.kind for row in rows}


@pytest.mark.parametrize(
    ("free_bytes", "told"),
    [
        (500 * 2**30, "takes {size} of 500 GB free"),
        (2**20, "does not fit: it takes {size}, and 1.0 MB are free"),
        (None, None),
    ],
)
def test_what_can_be_had_says_what_it_takes_of_the_disk(
    manager: Manager, free_bytes: int | None, told: str | None
) -> None:
    manager.disk.free_bytes = free_bytes
    manager.presenter.refresh()
    offered = [row for row in map(manager.model.row, range(manager.model.rowCount())) if row.key.startswith("offered:")]
    sized = [row for row in offered if row.size]
    assert sized
    for row in sized:
        expected = told and told.format(size=readable_bytes(row.size or 0))
        assert dict(row.facts).get("Disk") == expected


def test_what_was_fetched_says_from_where_and_under_which_licence(manager: Manager) -> None:
    [before] = [row for row in map(manager.model.row, range(manager.model.rowCount())) if row.state.is_here][1:]
    assert not {"From", "Licence"} & set(dict(before.facts))
    manager.disk.installed = (replace(INSTALLED, source="https://huggingface.co/ada/apples", licence="mit"),)
    manager.presenter.refresh()
    [after] = [row for row in map(manager.model.row, range(manager.model.rowCount())) if row.state.is_here][1:]
    facts = dict(after.facts)
    assert (facts["From"], facts["Licence"]) == ("https://huggingface.co/ada/apples", "mit")
