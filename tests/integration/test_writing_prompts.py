"""What helps to write prompts, in the whole program: kept over a restart, counted, understood; and other models."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.app.model_stores import addon_finder
from studio.app.prompt_wiring import InstalledNames, read_names
from studio.app.wiring import Studio
from studio.core.job import Job
from studio.core.request import Prompt
from studio.prompts.syntax import FaultReason, SpanKind
from studio.settings.paths import UserPaths
from studio.settings.prompt_book import PromptStyle
from studio.ui.prompt_editor.completion import PromptNames
from studio.worker.background import BackgroundThread
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import running_studio


def make(studio: Studio, qtbot: QtBot, text: str, negative: str = "") -> None:
    studio.window.request_panel.prompt.set_texts(text, negative)
    with qtbot.waitSignal(studio.service.job_finished):
        studio.window.request_panel.make.click()


def test_history_and_styles_are_there_at_the_next_start(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        shelf = studio.window.request_panel.prompt.shelf
        qtbot.waitUntil(lambda: bool(shelf.book.styles))
        make(studio, qtbot, "a cat", "dogs")
        make(studio, qtbot, "a car")
        shelf.put_back(PromptStyle("Ink", "ink drawing of {prompt}"))
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        shelf = studio.window.request_panel.prompt.shelf
        qtbot.waitUntil(lambda: bool(shelf.book.styles))
        assert shelf.book.history == (Prompt("a car"), Prompt("a cat", "dogs"))
        assert shelf.book.style("Ink") == PromptStyle("Ink", "ink drawing of {prompt}")


def test_the_picture_has_the_styled_prompt_and_the_history_the_typed_one(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        panel = studio.window.request_panel.prompt
        qtbot.waitUntil(lambda: bool(panel.shelf.book.styles))
        panel.shelf.put_back(PromptStyle("Ink", "ink drawing of {prompt}"))
        panel.shelf.apply("Ink")
        make(studio, qtbot, "a cat")
        record = studio.window.gallery_panel.current
        assert record is not None
        assert record.parameters is not None
        assert record.parameters.prompt.text == "ink drawing of a cat"
        assert panel.shelf.book.history[0].text == "a cat"
        studio.window.commands.use_settings.trigger()
        assert panel.prompt().text == "ink drawing of a cat"


def test_a_damaged_prompt_book_is_said_and_set_aside(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    paths.prompts_file.write_text("{")
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        qtbot.waitUntil(lambda: any("prompts" in notice.title for notice in studio.window.notices.shown))
    assert len(list(paths.config.glob("prompts.json.damaged-*"))) == 1


def test_the_bundled_models_tokens_are_counted_and_syntax_is_understood(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        panel = studio.window.request_panel.prompt
        panel.set_texts("a (red:1.2) apple (on", "")
        qtbot.waitUntil(lambda: panel.meters[0].text().endswith("/ 30"))
        qtbot.waitUntil(lambda: bool(panel.text.highlighter.faults))
        assert panel.text.highlighter.faults[0].start == len("a (red:1.2) apple ")


def test_names_that_are_installed_are_known_to_the_field(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    for file in (paths.data / "wildcards" / "colour.txt", paths.data / "embeddings" / "EasyNegative.safetensors"):
        file.parent.mkdir(parents=True)
        file.touch()
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        panel = studio.window.request_panel.prompt
        panel.set_texts("easynegative __colour__ __shape__", "")
        qtbot.waitUntil(lambda: SpanKind.EMBEDDING in panel.text.highlighter.kinds)
        faults = panel.text.highlighter.faults
        assert [(fault.start, fault.reason) for fault in faults] == [(24, FaultReason.WILDCARD_UNKNOWN)]


@pytest.fixture
def home_with_a_model(tmp_path: Path) -> Path:
    """Beside the bundled model a copy of it, under another name."""
    import shutil

    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    shutil.copytree(Path("resources/starter"), paths.checkpoints / "other")
    return tmp_path / "home"


def choose_model(studio: Studio, qtbot: QtBot, name: str) -> None:
    choice = studio.window.request_panel.model.choice
    qtbot.waitUntil(lambda: choice.findText(name) >= 0)
    row = choice.findText(name)
    choice.setCurrentIndex(row)
    choice.activated.emit(row)


def test_another_model_is_loaded_used_and_chosen_again_at_the_next_start(
    qapp: QApplication, qtbot: QtBot, home_with_a_model: Path
) -> None:
    session = FakeSession()
    with running_studio(qapp, qtbot, home_with_a_model, lambda _: session) as studio:
        with qtbot.waitSignal(studio.service.ready):
            choose_model(studio, qtbot, "other")
        assert [checkpoint.name for checkpoint in session.loaded] == ["Starter model", "other"]
        assert "other" in studio.window.model_label.text()
        make(studio, qtbot, "a cat")
        record = studio.window.gallery_panel.current
        assert record is not None
        assert record.parameters is not None
        assert record.parameters.checkpoint_name == "other"
    settings = json.loads(UserPaths.below(home_with_a_model).settings_file.read_text())
    assert settings["panel"]["checkpoint"] == "other"
    with running_studio(qapp, qtbot, home_with_a_model, FakeSession) as studio:
        assert studio.checkpoint.name == "other"
        assert studio.window.request_panel.model.choice.currentText() == "other"


def test_a_model_that_is_gone_is_said_and_the_bundled_one_is_used(
    qapp: QApplication, qtbot: QtBot, home_with_a_model: Path
) -> None:
    with running_studio(qapp, qtbot, home_with_a_model, FakeSession) as studio, qtbot.waitSignal(studio.service.ready):
        choose_model(studio, qtbot, "other")
    (home_with_a_model / "checkpoints" / "other").rename(home_with_a_model / "moved")
    with running_studio(qapp, qtbot, home_with_a_model, FakeSession) as studio:
        assert studio.checkpoint.name == "Starter model"
        assert any("not found" in notice.title.casefold() for notice in studio.window.notices.shown)


def test_a_model_chosen_while_a_picture_is_made_waits_for_it(
    qapp: QApplication, qtbot: QtBot, home_with_a_model: Path
) -> None:
    session = FakeSession()
    session.pause_at_step = 2
    with running_studio(qapp, qtbot, home_with_a_model, lambda _: session) as studio:
        studio.window.commands.make.trigger()
        qtbot.waitUntil(session.paused.is_set)
        choose_model(studio, qtbot, "other")
        assert "Getting ready" not in studio.window.job_bar.status.text()
        with qtbot.waitSignal(studio.service.ready):
            session.go_on.set()
        assert session.loaded[-1].name == "other"


def test_names_are_those_of_the_files(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path)
    for name in ("loras/b.safetensors", "loras/styles/a.safetensors", "loras/notes.txt", "wildcards/x/colour.txt"):
        file = paths.data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert read_names(addon_finder(paths), paths.wildcards) == PromptNames(("b", "styles/a"), ("x/colour",), ())


def test_a_deleted_style_can_be_brought_back_from_its_notice(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        shelf = studio.window.request_panel.prompt.shelf
        qtbot.waitUntil(lambda: bool(shelf.book.styles))
        name = shelf.book.styles[0].name
        shelf.delete(name)
        assert shelf.book.style(name) is None
        [notice] = [shown for shown in studio.window.notices.shown if shown.title == "Style deleted"]
        notice.answers[0].act()
        assert shelf.book.style(name) is not None


def test_names_are_looked_for_again_after_a_while(qtbot: QtBot, tmp_path: Path) -> None:
    paths, now, thread = UserPaths.below(tmp_path), [100.0], BackgroundThread("names")
    folder = paths.data / "loras"
    folder.mkdir(parents=True)
    read = partial(read_names, addon_finder(paths), paths.wildcards)
    names = InstalledNames(thread, read, pytest.fail, lambda: now[0])
    try:
        assert names() == PromptNames()
        (folder / "ink.safetensors").touch()
        now[0] += 1
        assert names() == PromptNames()
        now[0] += 10
        names()
        qtbot.waitUntil(lambda: names().loras == ("ink",))
    finally:
        thread.stop()


def test_a_lora_that_is_not_installed_is_said_beside_the_prompt_and_starts_nothing(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        panel = studio.window.request_panel
        panel.prompt.set_texts("a cat <lora:nothing:1>", "")
        panel.make.click()
        assert studio.service.running is None
        faults = [label.text() for label in panel.findChildren(QLabel, "fault") if label.isVisibleTo(panel)]
        assert len(faults) == 1
        assert "nothing" in faults[0]
        assert panel.prompt.shelf.book.history == ()


def test_an_installed_vae_can_be_chosen_and_reaches_the_request(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.vae.mkdir(parents=True)
    (paths.vae / "mse.safetensors").touch()
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        fine = studio.window.request_panel.sampling.fine
        qtbot.waitUntil(lambda: fine.vae_choice.findText("mse") > 0)
        row = fine.vae_choice.findText("mse")
        fine.vae_choice.setCurrentIndex(row)
        fine.vae_choice.activated.emit(row)
        started: list[Job] = []
        studio.service.job_started.connect(started.append)
        make(studio, qtbot, "a cat")
        vae = started[0].request.addons.vae
        assert vae is not None
        assert vae.path == paths.vae / "mse.safetensors"
