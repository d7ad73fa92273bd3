"""What the worker answers to each kind of question, its slot called directly: the parts, and then exactly one end."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication

from studio.core.errors import BrokenPicture, EngineFailed
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
from studio.core.lesson import Learned, Lesson
from studio.core.noise_error import NoiseError
from studio.core.request import Prompt
from studio.core.round_trip import RoundTrip
from studio.core.session import CancelToken
from studio.core.step_inside import StepInside
from studio.worker.generation_worker import GenerationWorker, PutQuestion
from studio.worker.preview_mailbox import PreviewMailbox
from tests.conftest import ExpectedLog
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_request

GREY = np.full((64, 64, 3), 128, np.uint8)
LATENTS = np.zeros((4, 8, 8), np.float16)
ID = InquiryId("0" * 32)


@dataclass
class Asked:
    """The worker, and what it said."""

    worker: GenerationWorker
    session: FakeSession
    found: list[Finding] = field(default_factory=list)
    ends: list[tuple[object, ...]] = field(default_factory=list)

    def ask(self, question: Question, *, cancelled: bool = False) -> None:
        token = CancelToken()
        if cancelled:
            token.cancel()
        self.worker.inquire(PutQuestion(ID, question, token))


@pytest.fixture
def asked(qapp: QCoreApplication) -> Asked:
    session = FakeSession()

    def save(*_: object) -> None:
        raise AssertionError("a question makes no picture")

    worker = GenerationWorker(lambda: session, save, PreviewMailbox())
    made = Asked(worker, session)
    worker.found.connect(lambda _id, finding: made.found.append(finding))
    worker.answered.connect(lambda *end: made.ends.append(("answered", *end)))
    worker.inquiry_failed.connect(lambda *end: made.ends.append(("failed", *end)))
    worker.inquiry_cancelled.connect(lambda *end: made.ends.append(("cancelled", *end)))
    return made


@pytest.mark.parametrize(
    ("question", "kind", "parts"),
    [
        (InsideOfSteps(a_request(steps=3)), StepInside, 3),
        (NoiseGuesses(CHECKPOINT, GREY, Prompt(), 4, 0), NoiseError, 4),
        (Lesson((GREY,), 1.0, 10, 0), Learned, 4),
        (DecodedLatents(CHECKPOINT, LATENTS, Size(64, 64)), np.ndarray, 1),
        (EncodedPicture(CHECKPOINT, GREY), RoundTrip, 1),
        (BetweenSeeds(a_request(), 7, 0.5), np.ndarray, 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Question) else None,
)
def test_each_kind_is_answered_in_its_parts(asked: Asked, question: Question, kind: type, parts: int) -> None:
    asked.ask(question)
    assert [type(finding) for finding in asked.found] == [kind] * parts
    assert asked.ends == [("answered", ID)]


def test_one_that_was_taken_back_before_it_began_asks_nothing(asked: Asked) -> None:
    asked.ask(InsideOfSteps(a_request()), cancelled=True)
    assert asked.found == []
    assert asked.ends == [("cancelled", ID)]


def test_a_failure_is_a_fact_and_one_that_nobody_foresaw_is_logged(asked: Asked, expected_log: ExpectedLog) -> None:
    asked.session.failure = failure = BrokenPicture("not finite")
    asked.ask(DecodedLatents(CHECKPOINT, LATENTS, Size(64, 64)))
    assert asked.ends == [("failed", ID, failure)]
    expected_log.containing("unforeseen failure in the worker")
    asked.session.failure = ZeroDivisionError("division by zero")
    asked.ask(EncodedPicture(CHECKPOINT, GREY))
    name, inquiry, error = asked.ends[-1]
    assert (name, inquiry) == ("failed", ID)
    assert isinstance(error, EngineFailed)
