"""Questions to the engine that a test answers itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.core.errors import StudioError
from studio.core.inquiry import Finding, InquiryId, Question


@dataclass
class Asked:
    """A question, and what tells the one who asked."""

    question: Question
    found: Callable[[Finding], None]
    done: Callable[[], None]
    failed: Callable[[StudioError], None]


class AnsweredByTest:
    """`studio.ui.process.inquire.Inquiries`: `asked` are all questions, the newest last."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.taken_back: list[InquiryId] = []

    def inquire(
        self,
        question: Question,
        *,
        found: Callable[[Finding], None],
        done: Callable[[], None],
        failed: Callable[[StudioError], None],
    ) -> InquiryId:
        self.asked.append(Asked(question, found, done, failed))
        return InquiryId(str(len(self.asked) - 1))

    def take_back(self, inquiry: InquiryId) -> None:
        self.taken_back.append(inquiry)
