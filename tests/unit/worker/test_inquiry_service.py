"""Questions to the engine in a real QThread: one after the other, after the pictures, and heard of once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.core.errors import BrokenPicture, EngineFailed, StudioError
from studio.core.geometry import Size
from studio.core.inquiry import (
    BetweenSeeds,
    DecodedLatents,
    EncodedPicture,
    Finding,
    InquiryId,
    InsideOfSteps,
    NoiseGuesses,
    Question,
)
from studio.core.job import Job, JobId
from studio.core.noise_error import NoiseError
from studio.core.request import Prompt
from studio.core.result import GeneratedImage
from studio.core.round_trip import RoundTrip
from studio.core.step_inside import StepInside
from studio.gallery.record import PictureRecord
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker
from studio.worker.inquiry_service import InquiryService
from studio.worker.preview_mailbox import PreviewMailbox
from tests.conftest import ExpectedLog
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_picture, a_request


@dataclass
class Bench:
    """Both services, and what those who asked were told."""

    service: GenerationService
    inquiries: InquiryService
    session: FakeSession
    found: list[Finding] = field(default_factory=list)
    ends: list[StudioError | None] = field(default_factory=list)

    def ask(self, question: Question) -> InquiryId:
        return self.inquiries.inquire(
            question, found=self.found.append, done=lambda: self.ends.append(None), failed=self.ends.append
        )


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    session = FakeSession()

    def save(image: GeneratedImage, job_id: JobId) -> PictureRecord:
        return PictureRecord(image.id, Path("x.png"), datetime.now(UTC), 64, 64, image.parameters, job_id)

    def save_queue(_jobs: tuple[Job, ...]) -> Future[None]:
        future: Future[None] = Future()
        future.set_result(None)
        return future

    worker = GenerationWorker(lambda: session, save, PreviewMailbox())
    service = GenerationService(worker, save_queue)
    made = Bench(service, InquiryService(service, worker), session)
    service.start()
    yield made
    session.go_on.set()
    made.inquiries.stop()
    assert service.stop()


def steps(found: list[Finding]) -> list[int]:
    return [finding.step for finding in found if isinstance(finding, StepInside)]


def test_each_step_is_told_and_then_the_end(qtbot: QtBot, bench: Bench) -> None:
    bench.ask(InsideOfSteps(a_request(steps=3)))
    qtbot.waitUntil(lambda: bench.ends == [None])
    assert steps(bench.found) == [1, 2, 3]


def test_latents_are_decoded_pictures_encoded_and_made_between_seeds(qtbot: QtBot, bench: Bench) -> None:
    bench.ask(DecodedLatents(CHECKPOINT, np.zeros((4, 8, 8), np.float16), Size(64, 64)))
    bench.ask(EncodedPicture(CHECKPOINT, np.zeros((64, 64, 3), np.uint8)))
    bench.ask(BetweenSeeds(a_request(seed=3), 7, 1))
    qtbot.waitUntil(lambda: bench.ends == [None] * 3)
    decoded, trip, made = bench.found
    assert np.array_equal(np.asarray(decoded), np.full((64, 64, 3), 128))
    assert isinstance(trip, RoundTrip)
    assert np.array_equal(np.asarray(made), a_picture(a_request(seed=7)).pixels)


def test_noise_is_asked_for_from_the_most_to_the_least(qtbot: QtBot, bench: Bench) -> None:
    bench.ask(NoiseGuesses(CHECKPOINT, np.zeros((16, 16, 3), np.uint8), Prompt(), 4, 0))
    qtbot.waitUntil(lambda: bench.ends == [None])
    assert [found.timestep for found in bench.found if isinstance(found, NoiseError)] == [875, 625, 375, 125]


def test_one_question_after_the_other(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 2
    bench.ask(InsideOfSteps(a_request(steps=3)))
    bench.ask(InsideOfSteps(a_request(steps=2)))
    qtbot.waitUntil(bench.session.paused.is_set)
    bench.session.go_on.set()
    qtbot.waitUntil(lambda: bench.ends == [None, None])
    assert steps(bench.found) == [1, 2, 3, 1, 2]


def test_nobody_hears_of_what_was_taken_back(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 2
    asked = bench.ask(InsideOfSteps(a_request(steps=30)))
    waiting = bench.ask(InsideOfSteps(a_request(steps=30)))
    qtbot.waitUntil(bench.session.paused.is_set)
    bench.session.pause_at_step = None
    for inquiry in (waiting, asked, asked):
        bench.inquiries.take_back(inquiry)
    before = len(bench.found)
    bench.ask(InsideOfSteps(a_request(steps=2)))
    qtbot.waitUntil(lambda: bench.ends == [None])
    assert steps(bench.found[before:]) == [1, 2]


def test_a_picture_comes_first_and_the_question_again_after_it(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 2
    bench.ask(InsideOfSteps(a_request(steps=3)))
    qtbot.waitUntil(bench.session.paused.is_set)
    bench.session.pause_at_step = None
    with qtbot.waitSignal(bench.service.job_finished):
        bench.service.submit(a_request())
    assert bench.ends == [], "it was interrupted within a step"
    qtbot.waitUntil(lambda: bench.ends == [None])
    assert steps(bench.found)[-3:] == [1, 2, 3]


def test_a_question_waits_for_all_pictures(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 1
    for _ in range(2):
        bench.service.submit(a_request())
    ended: list[object] = []
    bench.service.job_finished.connect(ended.append)
    qtbot.waitUntil(bench.session.paused.is_set)
    told_after: list[int] = []
    bench.inquiries.inquire(
        InsideOfSteps(a_request(steps=1)),
        found=lambda _: told_after.append(len(ended)),
        done=lambda: bench.ends.append(None),
        failed=bench.ends.append,
    )
    bench.session.go_on.set()
    qtbot.waitUntil(lambda: bench.ends == [None])
    assert told_after == [2]


def test_a_failure_is_told_and_the_next_question_answered(
    qtbot: QtBot, bench: Bench, expected_log: ExpectedLog
) -> None:
    bench.session.failure = failure = BrokenPicture("not finite")
    bench.ask(InsideOfSteps(a_request(steps=2)))
    qtbot.waitUntil(lambda: bench.ends == [failure])
    expected_log.containing("unforeseen failure in the worker")
    bench.session.failure = ZeroDivisionError("division by zero")
    bench.ask(InsideOfSteps(a_request(steps=2)))
    qtbot.waitUntil(lambda: len(bench.ends) == 2)
    assert isinstance(bench.ends[1], EngineFailed)
    bench.ask(InsideOfSteps(a_request(steps=2)))
    qtbot.waitUntil(lambda: bench.ends[2:] == [None])


def test_the_end_of_the_program_does_not_wait_for_an_answer(qtbot: QtBot, bench: Bench) -> None:
    bench.session.pause_at_step = 2
    bench.ask(InsideOfSteps(a_request(steps=30)))
    bench.ask(InsideOfSteps(a_request(steps=30)))
    qtbot.waitUntil(bench.session.paused.is_set)
    bench.session.pause_at_step = None
    bench.inquiries.stop()
    with qtbot.waitSignal(bench.service.job_finished):  # the thread is free
        bench.service.submit(a_request())
    assert bench.ends == []
