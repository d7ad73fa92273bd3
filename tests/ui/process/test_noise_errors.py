"""How well the model tells the noise in a picture: asked for, seen as it comes, remembered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.core.checkpoint import Checkpoint
from studio.core.errors import BrokenPicture, StudioError
from studio.core.inquiry import NoiseGuesses
from studio.core.noise_error import NoiseError
from studio.core.request import Prompt
from studio.core.study import StudiedPicture
from studio.core.trajectory import NoiseLevel
from studio.ui.commands import Commands
from studio.ui.process.forward_tab import ForwardTab
from studio.ui.process.noise_desk import NoiseDesk
from studio.ui.process.process_page import ProcessMode, ProcessPage
from tests.helpers.fake_session import CHECKPOINT, FakeSession
from tests.ui.process.inquiries import AnsweredByTest

PIXELS = np.full((64, 64, 3), 90, np.uint8)


def studied() -> StudiedPicture:
    session = FakeSession()
    return StudiedPicture(PIXELS, session.noise_levels(CHECKPOINT), session.round_trip(CHECKPOINT, PIXELS))


def an_error(timestep: int, error: float) -> NoiseError:
    return NoiseError(float(timestep), NoiseLevel(0.6, 0.8), error)


@dataclass
class Bench:
    """The desk, what is looked at, what was asked and what failed."""

    page: ProcessPage
    inquiries: AnsweredByTest = field(default_factory=AnsweredByTest)
    subject: tuple[Path | None, Checkpoint] = (Path("apple.png"), CHECKPOINT)
    failures: list[StudioError] = field(default_factory=list)

    @property
    def tab(self) -> ForwardTab:
        return self.page.forward


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    holder = QWidget()
    qtbot.addWidget(holder)
    page = ProcessPage(Commands(holder))
    qtbot.addWidget(page)
    made = Bench(page)
    desk = NoiseDesk(made.inquiries, lambda: made.subject, lambda: Prompt("an apple"), made.failures.append)
    desk.attach(page)
    desk.setParent(page)
    page.resize(760, 750)
    page.show()
    page.set_mode(ProcessMode.FORWARD)
    page.forward.show_picture(studied())
    return made


def test_the_model_is_asked_about_the_picture_with_its_words(bench: Bench) -> None:
    assert bench.inquiries.asked == []
    bench.tab.measure.click()
    [asked] = bench.inquiries.asked
    assert isinstance(asked.question, NoiseGuesses)
    assert asked.question.pixels is PIXELS
    assert (asked.question.prompt, asked.question.count) == (Prompt("an apple"), 25)


def test_errors_are_seen_as_they_come_and_read_at_the_slider(bench: Bench) -> None:
    bench.tab.slider.setValue(700)
    bench.tab.measure.click()
    [asked] = bench.inquiries.asked
    assert bench.tab.told_error.text() == "The model is asked"
    asked.found(an_error(900, 0.1))
    assert bench.tab.told_error.text() == ""
    asked.found(an_error(500, 0.5))
    assert bench.tab.told_error.text() == "0.30", "half way between the two"
    bench.tab.slider.setValue(900)
    assert bench.tab.errors.accessibleDescription() == "900: error 0.1"
    asked.done()
    assert bench.tab.measure.text() == "Ask the model"


def test_after_an_interruption_it_begins_again(bench: Bench) -> None:
    bench.tab.measure.click()
    [asked] = bench.inquiries.asked
    for timestep, error in ((900, 0.1), (500, 0.5), (900, 0.2), (500, 0.6)):
        asked.found(an_error(timestep, error))
    bench.tab.slider.setValue(500)
    assert bench.tab.errors.accessibleDescription() == "500: error 0.6"


def test_what_is_known_of_a_picture_is_not_asked_again(bench: Bench) -> None:
    bench.tab.measure.click()
    bench.inquiries.asked[0].found(an_error(500, 0.5))
    bench.inquiries.asked[0].done()
    bench.tab.slider.setValue(500)
    bench.subject = (Path("panda.png"), CHECKPOINT)
    bench.tab.show_picture(studied())
    assert bench.tab.told_error.text() == ""
    bench.subject = (Path("panda.png"), replace(CHECKPOINT, name="Another model"))
    bench.tab.show_picture(studied())
    assert bench.tab.told_error.text() == ""
    bench.subject = (Path("apple.png"), CHECKPOINT)
    bench.tab.show_picture(studied())
    assert bench.tab.told_error.text().startswith("0.50")


def test_another_picture_or_the_user_ends_it(bench: Bench) -> None:
    bench.tab.measure.click()
    bench.tab.await_picture("another one")
    assert bench.inquiries.taken_back == ["0"]
    bench.tab.show_picture(studied())
    bench.tab.measure.click()
    bench.inquiries.asked[1].found(an_error(500, 0.5))
    assert bench.tab.measure.text() == "Stop"
    bench.tab.measure.click()
    assert bench.inquiries.taken_back == ["0", "1"]
    bench.tab.slider.setValue(500)
    assert bench.tab.told_error.text().startswith("0.50"), "what is known so far stays"


def test_a_failure_is_told(bench: Bench) -> None:
    bench.tab.measure.click()
    failure = BrokenPicture("not finite")
    bench.inquiries.asked[0].failed(failure)
    assert bench.failures == [failure]
    assert bench.tab.measure.text() == "Ask the model"
