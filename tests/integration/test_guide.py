"""The guide in the whole program: everything that can be tried does what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.resources import resource_path
from studio.ui.guide.chapters import read_chapters
from studio.ui.guide.guide_page import GuidePage
from studio.ui.process.latent_tab import LatentView
from studio.ui.process.process_page import ProcessMode, ProcessPage
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import running_studio


def jobs(studio: Studio) -> int:
    return len(studio.service.waiting) + (studio.service.running is not None)


def prompts_made(studio: Studio, count: int) -> bool:
    return studio.gallery_model.rowCount() >= count


def process_page(studio: Studio) -> ProcessPage:
    return studio.window.findChild(ProcessPage)


OUTCOMES: dict[str, Callable[[Studio], bool]] = {
    "watch": lambda studio: studio.later.process.desk.is_open and prompts_made(studio, 1),
    "steps": lambda studio: studio.later.process.desk.is_open and prompts_made(studio, 1),
    "noise": lambda studio: studio.later.process.desk.is_open and process_page(studio).mode is ProcessMode.FORWARD,
    "latent": lambda studio: studio.later.process.desk.is_open and process_page(studio).mode is ProcessMode.LATENT,
    "cfg": lambda studio: prompts_made(studio, 6),
    "steps-grid": lambda studio: prompts_made(studio, 6),
    "seeds": lambda studio: prompts_made(studio, 4),
    "learn": lambda studio: studio.later.guide.learning.is_open,
    "vary": lambda studio: (
        studio.canvas.desk.is_shown and studio.window.request_panel.start.vary_strength.value() == pytest.approx(0.6)
    ),
}


@pytest.mark.parametrize("action", OUTCOMES)
def test_what_is_tried_runs_in_the_real_program(action: str, qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """In a new home, where no picture was made yet."""
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        studio.window.commands.show_guide.trigger()
        assert studio.later.guide.is_open
        studio.window.findChild(GuidePage).tried.emit(action)
        assert not studio.later.guide.is_open
        qtbot.waitUntil(lambda: OUTCOMES[action](studio))
        qtbot.waitUntil(lambda: jobs(studio) == 0)


def test_what_is_tried_is_seen_wherever_the_process_was_left(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        studio.window.commands.show_process.trigger()
        page, guide = process_page(studio), studio.later.guide
        for action, mode in (
            ("watch", ProcessMode.REVERSE),
            ("steps", ProcessMode.REVERSE),
            ("noise", ProcessMode.FORWARD),
            ("latent", ProcessMode.LATENT),
        ):
            page.set_mode(ProcessMode.INSIDE)
            page.latent.set_view(LatentView.BETWEEN)
            guide.try_out(action)
            assert page.mode is mode
            assert page.latent.view is LatentView.ROUND_TRIP or mode is not ProcessMode.LATENT
            qtbot.waitUntil(lambda: jobs(studio) == 0 and studio.stage.shown_record is not None)


def test_every_action_of_the_chapters_is_known_and_tested() -> None:
    chapters = read_chapters(resource_path("guide", "en"))
    named = {each.action for chapter in chapters for screen in chapter.screens for each in screen.tries}
    assert named == OUTCOMES.keys()


def test_what_was_finished_is_still_at_the_next_start(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    for start, chapter in ((1, 0), (2, 1)):
        with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
            studio.window.commands.show_guide.trigger()
            page = studio.window.findChild(GuidePage)
            assert page.chapter == chapter, f"start {start}"
            for asked, question in zip(page.check.asked, page._chapters[page.chapter].questions, strict=True):
                asked.group.button(question.right).click()
            studio.window.commands.show_guide.trigger()
            assert not studio.later.guide.is_open
