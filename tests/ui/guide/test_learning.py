"""The page on which a network learns: begun, stopped, ended, and left when pictures are to be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.core.errors import OutOfMemory, StudioError
from studio.core.inquiry import Finding, InquiryId, Question
from studio.core.lesson import Learned, Lesson
from studio.ui.guide.learning_desk import LearningDesk
from studio.ui.guide.learning_page import LearningPage, learned_text
from studio.ui.main_window import MainWindow
from tests.helpers.run_now import run_now

PICTURES = [np.full((64, 64, 3), grey, np.uint8) for grey in (10, 80, 160, 240)]


def learned(step: int, *losses: float) -> Learned:
    return Learned(step, step / 10, losses, tuple(picture[:16, :16] for picture in PICTURES))


@dataclass
class School:
    """As `InquiryService`, for one lesson."""

    lesson: Lesson | None = None
    found: Callable[[Finding], None] = lambda _: None
    done: Callable[[], None] = lambda: None
    failed: Callable[[StudioError], None] = lambda _: None

    def inquire(
        self,
        question: Question,
        *,
        found: Callable[[Finding], None],
        done: Callable[[], None],
        failed: Callable[[StudioError], None],
    ) -> InquiryId:
        assert isinstance(question, Lesson)
        self.lesson, self.found, self.done, self.failed = question, found, done, failed
        return InquiryId("1")

    def take_back(self, inquiry: InquiryId) -> None:
        assert inquiry == "1"
        self.lesson = None


@dataclass
class Bench:
    desk: LearningDesk
    school: School
    page: LearningPage


@pytest.fixture
def bench(window: MainWindow) -> Bench:
    school = School()
    desk = LearningDesk(window, run_now, lambda: PICTURES, school, lambda error: pytest.fail(str(error)))
    desk.show()
    page = window.findChild(LearningPage)
    return Bench(desk, school, page)


def test_it_learns_when_it_is_told_to_and_its_loss_is_seen(bench: Bench) -> None:
    assert bench.school.lesson is None
    bench.page.begin.click()
    assert bench.school.lesson is not None
    assert bench.school.lesson.seconds == 60
    bench.school.found(learned(0))
    assert "Nothing is learned yet" in bench.page.told.text()
    bench.school.found(learned(20, 1.0, 0.5))
    assert bench.page.told.text() == "20 steps in 2 s: loss 0.500"
    assert bench.page.losses.accessibleDescription() == "2: loss 0.5"
    assert not any(pane.image.isNull() for pane in (*bench.page.shown, *bench.page.samples))
    assert bench.page.time.value() == 2000
    bench.school.done()
    assert bench.page.begin.isVisible()
    assert bench.page.told.text() == "Done. 20 steps in 2 s: loss 0.500"
    assert bench.page.time.value() == bench.page.time.maximum(), "also where the most steps came first"


def test_its_last_step_ends_after_the_minute_and_fills_the_bar(bench: Bench) -> None:
    bench.page.begin.click()
    bench.school.found(learned(590, 0.2))
    assert bench.page.time.value() == 59_000
    bench.school.found(learned(601, 0.2))
    assert bench.page.time.value() == bench.page.time.maximum()


def test_it_stops_at_once(bench: Bench) -> None:
    bench.page.begin.click()
    bench.page.stop.click()
    assert bench.school.lesson is None
    assert "Stopped" in bench.page.told.text()
    bench.page.begin.click()
    assert bench.school.lesson is not None


def test_the_keys_go_from_one_button_to_the_other(bench: Bench, qtbot: QtBot) -> None:
    bench.page.begin.setFocus()
    qtbot.keyClick(bench.page.begin, Qt.Key.Key_Space)
    assert bench.page.stop.hasFocus()
    qtbot.keyClick(bench.page.stop, Qt.Key.Key_Space)
    assert bench.page.begin.hasFocus()


def test_a_picture_that_is_to_be_made_ends_the_lesson(bench: Bench) -> None:
    bench.page.begin.click()
    bench.desk.on_job_started(object())
    assert bench.school.lesson is None
    assert "a picture is being made" in bench.page.told.text()


def test_nobody_learns_on_a_page_that_is_left(bench: Bench, qtbot: QtBot) -> None:
    bench.page.begin.click()
    with qtbot.waitSignal(bench.desk.closed):
        qtbot.keyClick(bench.page, Qt.Key.Key_Escape)
    assert bench.school.lesson is None
    assert not bench.desk.is_open
    bench.desk.show()
    assert bench.desk.is_open


def test_what_went_wrong_is_said(bench: Bench) -> None:
    bench.page.begin.click()
    bench.school.failed(OutOfMemory("cpu", 10, 5))
    assert "memory" in bench.page.told.text()
    assert bench.page.begin.isVisible()


def test_how_far_it_is_in_words() -> None:
    assert learned_text(learned(120, 0.9, 0.2144)) == "120 steps in 12 s: loss 0.214"


def test_before_it_learns_each_place_says_what_will_be_there(bench: Bench) -> None:
    assert "falls" in bench.page.losses.text
    assert all("noise" in pane.text for pane in bench.page.samples)
