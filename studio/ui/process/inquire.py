"""What the page of the process knows of questions to the engine. `studio.worker` provides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from studio.core.errors import StudioError
from studio.core.inquiry import Finding, InquiryId, Question


class Inquiries(Protocol):
    """As `studio.worker.inquiry_service.InquiryService`."""

    def inquire(
        self,
        question: Question,
        *,
        found: Callable[[Finding], None],
        done: Callable[[], None],
        failed: Callable[[StudioError], None],
    ) -> InquiryId: ...

    def take_back(self, inquiry: InquiryId) -> None: ...
