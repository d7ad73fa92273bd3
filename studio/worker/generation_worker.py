"""The inside of the QThread: holds the session and runs one job at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.checkpoint import Checkpoint
from studio.core.errors import EngineFailed, GenerationCancelled, StudioError
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
from studio.core.lesson import Lesson
from studio.core.memory import Placement
from studio.core.progress import PreviewSink, Progress
from studio.core.result import GeneratedImage
from studio.core.session import CancelToken, GenerationSession
from studio.core.study import StudiedPicture, Study
from studio.gallery.record import PictureRecord
from studio.worker.picture_saver import KeepSteps, PictureSaver, SavePicture

_log = logging.getLogger("studio.worker")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A job for the worker, the token that stops it, and the promise that the queue with it is on disk."""

    job: Job
    cancel: CancelToken
    queue_saved: Future[None]


@dataclass(frozen=True, slots=True, eq=False)
class PutQuestion:
    """A question for the worker, and the token that stops it."""

    id: InquiryId
    question: Question
    cancel: CancelToken


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Where the model is while it works (None: the fastest way that fits), and how long it is kept without a job.

    0 minutes: for ever. None: for ever on a CPU, else 10 minutes, because other programs need the graphics card too.
    """

    IDLE_MINUTES: ClassVar[int] = 10

    placement: Placement | None = None
    idle_minutes: float | None = None


class GenerationWorker(QObject):
    """Lives in the QThread; its slots run there, one after the other, from a plain event loop.

    Signals:
        device_known(DeviceInfo): the engine is imported.
        ready(Checkpoint): the model is loaded.
        load_failed(StudioError): the engine or the model could not be made ready outside a job.
        memory_freed(): the model was released, because somebody asked or nobody used it.
        progressed(JobId, Progress)
        picture_saved(JobId, PictureRecord): this picture is durable.
        picture_unsaved(JobId, GeneratedImage, StorageError): made but not on disk: somebody must hold it.
        studied(StudiedPicture) | study_failed(StudioError): one of them answers each `study`.
        found(InquiryId, Finding): a part of the answer to a question.
        answered(InquiryId) | inquiry_failed(InquiryId, StudioError) | inquiry_cancelled(InquiryId): exactly one of them
            ends a question.
        finished(JobId) | failed(JobId, StudioError) | cancelled(JobId): exactly one of them ends a job.
    """

    device_known = Signal(object)
    ready = Signal(object)
    load_failed = Signal(object)
    memory_freed = Signal()
    progressed = Signal(object, object)
    picture_saved = Signal(object, object)
    picture_unsaved = Signal(object, object, object)
    studied = Signal(object)
    study_failed = Signal(object)
    found = Signal(object, object)
    answered = Signal(object)
    inquiry_failed = Signal(object, object)
    inquiry_cancelled = Signal(object)
    finished = Signal(object)
    failed = Signal(object, object)
    cancelled = Signal(object)

    def __init__(
        self,
        session_factory: Callable[[], GenerationSession],
        save: SavePicture,
        previews: PreviewSink,
        memory: MemoryUse = MemoryUse(),
        keep_steps: KeepSteps | None = None,
    ) -> None:
        """Pictures are recorded if there is `keep_steps`; it is called in the thread that saves them."""
        super().__init__()
        self._session_factory = session_factory
        self._save = save
        self._previews = previews
        self._memory = memory
        self._keep_steps = keep_steps
        self._session: GenerationSession | None = None
        self._idle = QTimer(self)  # a child, so that it moves into the thread with its parent
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self.free_memory)

    @Slot(object)
    def prepare(self, checkpoint: Checkpoint) -> None:
        """Import the engine and load the model, so that the first picture does not wait for it."""
        self._idle.stop()
        try:
            self._ensure_session().load(checkpoint)
        except BaseException as error:  # the run loop's boundary: see `_as_studio_error`
            self.load_failed.emit(_as_studio_error(error))
        else:
            self.ready.emit(checkpoint)
        self._begin_idling()

    @Slot(object)
    def run(self, assignment: Assignment) -> None:
        """Run one job to its one terminal signal."""
        job_id = assignment.job.id
        self._idle.stop()
        try:
            self._generate(assignment)
        except GenerationCancelled:
            self.cancelled.emit(job_id)
        except BaseException as error:  # the run loop's boundary: see `_as_studio_error`
            self.failed.emit(job_id, _as_studio_error(error))
        else:
            self.finished.emit(job_id)
        self._begin_idling()

    @Slot(object)
    def study(self, study: Study) -> None:
        """Look at a picture as a model does."""
        self._idle.stop()
        try:
            session = self._ensure_session()
            levels = session.noise_levels(study.checkpoint)
            studied = StudiedPicture(study.pixels, levels, session.round_trip(study.checkpoint, study.pixels))
        except BaseException as error:  # the run loop's boundary: see `_as_studio_error`
            self.study_failed.emit(_as_studio_error(error))
        else:
            self.studied.emit(studied)
        self._begin_idling()

    @Slot(object)
    def inquire(self, asked: PutQuestion) -> None:
        """Answer a question, to its one terminal signal."""
        self._idle.stop()
        try:
            self._answer(asked)
        except GenerationCancelled:
            self.inquiry_cancelled.emit(asked.id)
        except BaseException as error:  # the run loop's boundary: see `_as_studio_error`
            self.inquiry_failed.emit(asked.id, _as_studio_error(error))
        else:
            self.answered.emit(asked.id)
        self._begin_idling()

    @Slot(object)
    def use_memory(self, memory: MemoryUse) -> None:
        """From the next picture on."""
        self._memory = memory
        self._idle.stop()
        if self._session is not None:
            self._session.prefer_placement(memory.placement)
        self._begin_idling()

    @Slot()
    def free_memory(self) -> None:
        """Release the model; the next job loads it again."""
        if self._session is not None:
            self._session.free_memory()
            self.memory_freed.emit()

    @Slot()
    def close(self) -> None:
        """Release the model. The last thing that runs in the thread."""
        self._idle.stop()
        if self._session is not None:
            self._session.close()
            self._session = None

    def _generate(self, assignment: Assignment) -> None:
        job = assignment.job
        wait([assignment.queue_saved])  # "running" is on disk before step 1, so that a crash can be recognised
        assignment.cancel.raise_if_cancelled()

        def on_progress(progress: Progress) -> None:
            self.progressed.emit(job.id, progress)

        session = self._ensure_session()
        with self._saver(job.id) as saver:
            for image in session.generate(
                job.request,
                on_progress=on_progress,
                cancel=assignment.cancel,
                previews=self._previews,
                record=self._keep_steps is not None,
            ):
                saver.submit(image)
                saver.raise_if_failed()
            saver.wait()

    def _answer(self, asked: PutQuestion) -> None:
        asked.cancel.raise_if_cancelled()
        session = self._ensure_session()

        def found(finding: Finding) -> None:
            self.found.emit(asked.id, finding)

        match asks := asked.question:
            case InsideOfSteps():
                steps = range(1, asks.request.steps_run + 1)
                session.look_inside(asks.request, steps, on_seen=found, on_progress=_unheard, cancel=asked.cancel)
            case NoiseGuesses():
                session.noise_errors(
                    asks.checkpoint,
                    asks.pixels,
                    prompt=asks.prompt,
                    count=asks.count,
                    seed=asks.seed,
                    cancel=asked.cancel,
                    on_found=found,
                )
            case Lesson():
                session.learn(asks, on_learned=found, cancel=asked.cancel)
            case DecodedLatents():
                found(session.decode(asks.checkpoint, asks.latents, asks.size))
            case EncodedPicture():
                found(session.round_trip(asks.checkpoint, asks.pixels))
            case BetweenSeeds():
                found(
                    session.between_seeds(
                        asks.request, asks.other_seed, asks.share, on_progress=_unheard, cancel=asked.cancel
                    )
                )

    def _saver(self, job_id: JobId) -> PictureSaver:
        def unsaved(image: GeneratedImage, error: StudioError) -> None:
            self.picture_unsaved.emit(job_id, image, error)

        def saved(record: PictureRecord) -> None:
            self.picture_saved.emit(job_id, record)

        return PictureSaver(self._save, job_id, saved, unsaved, self._keep_steps)

    def _ensure_session(self) -> GenerationSession:
        if self._session is None:
            self._session = self._session_factory()
            self._session.prefer_placement(self._memory.placement)
            self.device_known.emit(self._session.device)
        return self._session

    def _begin_idling(self) -> None:
        if self._session is None:
            return
        minutes = self._memory.idle_minutes
        if minutes is None:
            minutes = 0 if self._session.device.name == "cpu" else MemoryUse.IDLE_MINUTES
        if minutes > 0:
            self._idle.start(round(minutes * 60_000))


def _unheard(_progress: Progress) -> None:
    """A question tells of its progress by what is found."""


def _as_studio_error(error: BaseException) -> StudioError:
    """Facts for the window. BaseException because a Rust panic in `tokenizers` is one, and would end the thread."""
    if isinstance(error, StudioError):
        return error
    _log.error("unforeseen failure in the worker", exc_info=error)
    return EngineFailed(f"{type(error).__name__}: {error}")
