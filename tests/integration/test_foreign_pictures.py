"""Pictures of other programs in the gallery: what they tell is shown, and used whole or in part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.ui.drop_zones import Purpose
from studio.ui.incoming import Incoming
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import running_studio
from tests.unit.imaging.metadata import samples

INFOTEXT = (
    "a lighthouse <lora:ink:0.8>\nNegative prompt: fog\n"
    "Steps: 31, Sampler: DPM++ 2M, CFG scale: 5.5, Seed: 18446744073709551615, Size: 512x768, Model: dreamy, "
    "Version: v1.10.0"
)


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        studio.window.request_panel.prompt.set_texts("mine", "my negative")
        yield studio


def foreign_picture(path: Path, infotext: str = INFOTEXT) -> Path:
    texts = PngInfo()
    if infotext:
        texts.add_text("parameters", infotext)
    Image.new("RGB", (64, 96), "teal").save(path, pnginfo=texts)
    return path


def add(studio: Studio, qtbot: QtBot, path: Path) -> None:
    """Drop the picture on the gallery and go to it."""
    with qtbot.waitSignal(studio.canvas.incoming.added):
        studio.canvas.incoming.receive(Purpose.ADD_TO_GALLERY, Incoming(files=(path,)))
    studio.window.gallery_panel.select_first()


def details(studio: Studio) -> str:
    return "\n".join(label.text() for label in studio.window.details.findChildren(QLabel))


def prompt(studio: Studio) -> str:
    return studio.window.request_panel.prompt.text.toPlainText()


def notices(studio: Studio) -> list[str]:
    return [notice.title for notice in studio.window.notices.shown]


def test_the_details_tell_what_another_program_wrote(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    add(studio, qtbot, foreign_picture(tmp_path / "theirs.png"))
    qtbot.waitUntil(lambda: "a lighthouse" in details(studio))
    facts = "seed 18446744073709551615 · 31 steps · CFG 5.5 · DPM++ 2M · 64 × 96 · dreamy · made with "
    assert facts in details(studio)
    assert " · without “fog”" in details(studio), "it may be long, and would push out what is compared"


def test_its_settings_are_used(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    add(studio, qtbot, foreign_picture(tmp_path / "theirs.png"))
    studio.window.commands.use_settings.trigger()
    qtbot.waitUntil(lambda: "a lighthouse" in prompt(studio))
    sampling = studio.window.request_panel.sampling
    assert (sampling.steps.value(), sampling.seed.text()) == (31, "18446744073709551615")
    assert "Settings taken over" in notices(studio)


def test_only_the_prompt_is_used(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    add(studio, qtbot, foreign_picture(tmp_path / "theirs.png"))
    sampling = studio.window.request_panel.sampling
    before = (sampling.steps.value(), sampling.seed.text())
    studio.window.commands.only_prompt.trigger()
    qtbot.waitUntil(lambda: "a lighthouse" in prompt(studio))
    assert studio.window.request_panel.prompt.negative.toPlainText() == "fog"
    assert (sampling.steps.value(), sampling.seed.text()) == before


def test_only_the_seed_is_used(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    add(studio, qtbot, foreign_picture(tmp_path / "theirs.png"))
    studio.window.commands.same_seed.trigger()
    qtbot.waitUntil(lambda: studio.window.request_panel.sampling.seed.text() == "18446744073709551615")
    assert prompt(studio) == "mine"


def test_its_text_is_copied(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    add(studio, qtbot, foreign_picture(tmp_path / "theirs.png"))
    studio.window.commands.copy_parameters.trigger()
    qtbot.waitUntil(lambda: "Parameters copied" in notices(studio))
    assert QGuiApplication.clipboard().text() == INFOTEXT


def test_what_a_picture_does_not_tell_is_said(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    add(studio, qtbot, foreign_picture(tmp_path / "photo.png", infotext=""))
    qtbot.waitUntil(lambda: "no settings stored in this picture" in details(studio))
    studio.window.commands.same_seed.trigger()
    qtbot.waitUntil(lambda: "This picture carries no settings" in notices(studio))
    assert prompt(studio) == "mine"


def test_only_the_prompt_of_an_own_picture_is_used(studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.service.job_finished):
        studio.window.request_panel.make.click()
    studio.window.request_panel.prompt.set_texts("another", "")
    sampling = studio.window.request_panel.sampling
    sampling.steps.set_value(sampling.steps.value() + 3)
    steps = sampling.steps.value()
    studio.window.commands.only_prompt.trigger()
    assert (prompt(studio), sampling.steps.value()) == ("mine", steps)


def test_settings_that_a_pictures_pixels_hide_are_read_when_it_is_dropped(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    file = samples.hiding_file(tmp_path / "x.png", samples.hidden(INFOTEXT))
    studio.canvas.incoming.receive(Purpose.READ_SETTINGS, Incoming(files=(file,)))
    qtbot.waitUntil(lambda: "a lighthouse" in prompt(studio))
