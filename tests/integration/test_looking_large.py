"""Pictures seen large while others are made."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.ui.large.large_page import LargePage
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import prompts, running_studio


def make(studio: Studio, text: str) -> None:
    studio.window.request_panel.prompt.set_texts(text, "")
    studio.window.commands.make.trigger()


def test_a_large_picture_stays_when_another_is_finished_and_goes_when_the_button_is_pressed(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    session = FakeSession()
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: session) as studio:
        with qtbot.waitSignal(studio.service.job_finished):
            make(studio, "first")
        session.pause_at_step = 1
        make(studio, "second")
        qtbot.waitUntil(session.paused.is_set)
        studio.window.gallery_panel.select_first()
        studio.window.commands.show_large.trigger()
        [page] = studio.window.findChildren(LargePage)
        with qtbot.waitSignal(studio.service.job_finished):
            session.go_on.set()
        assert prompts(studio) == ["second", "first"]
        assert page.isVisible()
        assert studio.stage.shown_record is not None
        assert studio.stage.shown_record == studio.gallery_model.record(1)
        with qtbot.waitSignal(studio.service.job_finished):
            make(studio, "third")
        assert not page.isVisible()
        assert studio.window.gallery_panel.isVisible()
