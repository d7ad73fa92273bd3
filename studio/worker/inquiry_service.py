"""Has questions answered that make no picture, while no picture is made."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot

from studio.core.errors import StudioError
from studio.core.inquiry import Finding, InquiryId, Question
from studio.core.session import CancelToken
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker, PutQuestion


@dataclass(frozen=True, slots=True, eq=False)
class _Inquiry:
    """A question, and who is told."""

    id: InquiryId
    question: Question
    found: Callable[[Finding], None]
    done: Callable[[], None]
    failed: Callable[[StudioError], None]


class InquiryService(QObject):
    """Lives in the window's thread. One question after the other is answered.

    Pictures come first: a question waits until none is made or waits, and one that is interrupted by a picture is
    put again after it, from its beginning.
    """

    _put = Signal(object)

    def __init__(self, service: GenerationService, worker: GenerationWorker) -> None:
        super().__init__()
        self._service = service
        self._waiting: list[_Inquiry] = []
        self._running: _Inquiry | None = None
        self._cancel = CancelToken()
        service.job_started.connect(self._make_way)
        service.queue_changed.connect(self._advance)
        queued = Qt.ConnectionType.QueuedConnection
        self._put.connect(worker.inquire, queued)
        worker.found.connect(self._on_found, queued)
        worker.answered.connect(self._on_answered, queued)
        worker.inquiry_failed.connect(self._on_failed, queued)
        worker.inquiry_cancelled.connect(self._on_cancelled, queued)

    def inquire(
        self,
        question: Question,
        *,
        found: Callable[[Finding], None],
        done: Callable[[], None],
        failed: Callable[[StudioError], None],
    ) -> InquiryId:
        """Have it answered: `found` is told each part (all of them again after an interruption), then comes one of
        `done` and `failed`. Of one that is taken back nobody hears any more.
        """
        inquiry = _Inquiry(InquiryId(uuid.uuid4().hex), question, found, done, failed)
        self._waiting.append(inquiry)
        self._advance()
        return inquiry.id

    def take_back(self, inquiry: InquiryId) -> None:
        """Nobody wants to know any more; nothing happens where it was answered."""
        self._waiting = [waiting for waiting in self._waiting if waiting.id != inquiry]
        if self._running is not None and self._running.id == inquiry:
            self._running = None
            self._cancel.cancel()
            self._advance()

    def stop(self) -> None:
        """Before the service: the answers that come now are too late."""
        self._waiting.clear()
        self._running = None
        self._cancel.cancel()

    def _advance(self) -> None:
        if self._running is None and self._waiting and self._is_free:
            self._running = self._waiting.pop(0)
            self._cancel = CancelToken()
            self._put.emit(PutQuestion(self._running.id, self._running.question, self._cancel))

    @property
    def _is_free(self) -> bool:
        """No picture is made, and none waits that can be."""
        service = self._service
        return service.running is None and (service.is_paused or not service.waiting)

    def _make_way(self, _job: object) -> None:
        if self._running is not None:
            self._waiting.insert(0, self._running)
            self._running = None
            self._cancel.cancel()

    def _ended(self, inquiry: InquiryId) -> _Inquiry | None:
        """The question that was answered; None where it was interrupted or taken back meanwhile."""
        running = self._running
        if running is None or running.id != inquiry:
            return None
        self._running = None
        self._advance()
        return running

    # --- from the worker ---

    @Slot(object, object)
    def _on_found(self, inquiry: InquiryId, finding: Finding) -> None:
        if self._running is not None and self._running.id == inquiry:
            self._running.found(finding)

    @Slot(object)
    def _on_answered(self, inquiry: InquiryId) -> None:
        if (ended := self._ended(inquiry)) is not None:
            ended.done()

    @Slot(object, object)
    def _on_failed(self, inquiry: InquiryId, error: StudioError) -> None:
        if (ended := self._ended(inquiry)) is not None:
            ended.failed(error)

    @Slot(object)
    def _on_cancelled(self, inquiry: InquiryId) -> None:
        """Whoever cancelled it knows."""
