"""The window's side of generation: owns the queue and the QThread, and never waits for either."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, Signal, Slot

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StorageError, StudioError
from studio.core.job import Job, JobId, UnsavedPicture
from studio.core.job_queue import JobQueue
from studio.core.progress import Progress
from studio.core.request import GenerationRequest
from studio.core.result import GeneratedImage
from studio.core.session import CancelToken
from studio.core.study import Study
from studio.gallery.record import PictureRecord
from studio.worker.generation_worker import Assignment, GenerationWorker, MemoryUse

_log = logging.getLogger("studio.worker")
_STACK_BYTES = 16 * 2**20  # macOS gives secondary threads 512 kB, too little for torch's deep calls
_SECONDS_TO_STOP = 10


class GenerationService(QObject):
    """Lives in the window's thread. One job runs at a time; the rest waits in a queue that can be changed freely.

    Signals:
        device_known(DeviceInfo), ready(Checkpoint), load_failed(StudioError), memory_freed(): as the worker's.
        queue_changed(): `running`, `waiting` or `is_paused` changed.
        job_started(Job)
        progressed(JobId, Progress)
        picture_saved(JobId, PictureRecord)
        picture_unsaved(UnsavedPicture): made but not on disk; the receiver holds it.
        studied(StudiedPicture) | study_failed(StudioError): one of them answers each `study`.
        job_finished(Job) | job_failed(Job, StudioError) | job_cancelled(Job): exactly one ends each started job.
    """

    device_known = Signal(object)
    ready = Signal(object)
    load_failed = Signal(object)
    memory_freed = Signal()
    queue_changed = Signal()
    job_started = Signal(object)
    progressed = Signal(object, object)
    picture_saved = Signal(object, object)
    picture_unsaved = Signal(object)
    studied = Signal(object)
    study_failed = Signal(object)
    job_finished = Signal(object)
    job_failed = Signal(object, object)
    job_cancelled = Signal(object)

    _prepare_requested = Signal(object)
    _run_requested = Signal(object)
    _free_requested = Signal()
    _memory_requested = Signal(object)
    _study_requested = Signal(object)

    def __init__(self, worker: GenerationWorker, save_queue: Callable[[tuple[Job, ...]], Future[None]]) -> None:
        """`save_queue` writes the queue in the background; its future ends when that is done or failed."""
        super().__init__()
        self._worker = worker
        self._save_queue = save_queue
        self._queue = JobQueue()
        self._cancel = CancelToken()
        self._paused = False
        self._held = False
        self._thread = QThread()
        self._thread.setObjectName("generation")
        self._thread.setStackSize(_STACK_BYTES)
        worker.moveToThread(self._thread)
        self._thread.finished.connect(worker.close, Qt.ConnectionType.DirectConnection)
        self._connect_worker()

    def _connect_worker(self) -> None:
        queued = Qt.ConnectionType.QueuedConnection
        self._prepare_requested.connect(self._worker.prepare, queued)
        self._run_requested.connect(self._worker.run, queued)
        self._free_requested.connect(self._worker.free_memory, queued)
        self._memory_requested.connect(self._worker.use_memory, queued)
        self._study_requested.connect(self._worker.study, queued)
        self._worker.device_known.connect(self.device_known, queued)
        self._worker.ready.connect(self.ready, queued)
        self._worker.load_failed.connect(self.load_failed, queued)
        self._worker.memory_freed.connect(self.memory_freed, queued)
        self._worker.studied.connect(self.studied, queued)
        self._worker.study_failed.connect(self.study_failed, queued)
        self._worker.progressed.connect(self._on_progressed, queued)
        self._worker.picture_saved.connect(self._on_picture_saved, queued)
        self._worker.picture_unsaved.connect(self._on_picture_unsaved, queued)
        self._worker.finished.connect(self._on_finished, queued)
        self._worker.failed.connect(self._on_failed, queued)
        self._worker.cancelled.connect(self._on_cancelled, queued)

    # --- what runs and what waits ---

    @property
    def running(self) -> Job | None:
        return self._queue.running

    @property
    def waiting(self) -> tuple[Job, ...]:
        return self._queue.waiting

    @property
    def is_paused(self) -> bool:
        """True after a picture could not be saved: the queue waits for the user's answer."""
        return self._paused

    @property
    def is_held(self) -> bool:
        """The user has paused the queue."""
        return self._held

    # --- commands ---

    def start(self) -> None:
        """Start the thread. It idles until something is asked of it."""
        self._thread.start()

    def prepare(self, checkpoint: Checkpoint) -> None:
        """Have the engine imported and the model loaded in the background."""
        self._prepare_requested.emit(checkpoint)

    def free_memory(self) -> None:
        """Have the model released when the running job is done; the next one loads it again."""
        self._free_requested.emit()

    def use_memory(self, memory: MemoryUse) -> None:
        """Have the model kept so from the next picture on."""
        self._memory_requested.emit(memory)

    def study(self, study: Study) -> None:
        """Have a picture looked at as a model sees it, when the running job is done."""
        self._study_requested.emit(study)

    def submit(self, request: GenerationRequest, *, sample_of: str | None = None) -> Job:
        """Put a request at the end of the queue; it runs at once when nothing else does. `sample_of` as in `Job`."""
        job = Job(JobId(uuid.uuid4().hex), request, sample_of=sample_of)
        self.submit_jobs([job])
        return job

    def submit_jobs(self, jobs: Iterable[Job]) -> None:
        """Put these at the end of the queue, as `submit` does: those of an earlier session, or the cells of a grid."""
        for job in jobs:
            self._queue.add(job)
        self._advance()

    def cancel_running(self) -> None:
        """Stop the running job within one step. Set directly: a busy thread receives no slot."""
        self._cancel.cancel()

    def drop(self, *job_ids: JobId) -> None:
        """Take these out, as far as they wait."""
        for job_id in job_ids:
            self._queue.drop(job_id)
        self._on_queue_changed()

    def move(self, job_id: JobId, position: int) -> None:
        self._queue.move(job_id, position)
        self._on_queue_changed()

    def clear_waiting(self) -> tuple[Job, ...]:
        """Remove and return what waits; the running job goes on."""
        cleared = self._queue.clear()
        self._on_queue_changed()
        return cleared

    def resume(self) -> None:
        """Go on after a pause."""
        self._paused = False
        self._advance()

    def set_held(self, held: bool) -> None:
        """Pause the queue, or go on: the running job is finished either way."""
        self._held = held
        self._advance()

    def stop(self) -> bool:
        """End the thread; the running job goes back to the front of the saved queue. False if it hangs (10 s)."""
        for signal in (self._worker.finished, self._worker.failed, self._worker.cancelled):
            signal.disconnect()
        self._queue.put_back_running()
        self._save_queue(self._queue.jobs)
        self._cancel.cancel()
        self._thread.quit()
        stopped = self._thread.wait(_SECONDS_TO_STOP * 1000)
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall.value)  # what the worker said last is too late
        if not stopped:
            _log.error("the generation thread did not end within %s s", _SECONDS_TO_STOP)
        return stopped

    # --- the queue advances ---

    def _advance(self) -> None:
        job = None if self._paused or self._held else self._queue.start_next()
        saved = self._on_queue_changed()
        if job is not None:
            self._cancel = CancelToken()
            self.job_started.emit(job)
            self._run_requested.emit(Assignment(job, self._cancel, saved))

    def _on_queue_changed(self) -> Future[None]:
        saved = self._save_queue(self._queue.jobs)
        self.queue_changed.emit()
        return saved

    # --- from the worker ---

    @Slot(object, object)
    def _on_progressed(self, job_id: JobId, progress: Progress) -> None:
        self.progressed.emit(job_id, progress)

    @Slot(object, object)
    def _on_picture_saved(self, job_id: JobId, record: PictureRecord) -> None:
        self.picture_saved.emit(job_id, record)

    @Slot(object, object, object)
    def _on_picture_unsaved(self, job_id: JobId, image: GeneratedImage, error: StorageError) -> None:
        self._paused = True  # here and not when the job ends: the user may answer, and resume, before that
        self.picture_unsaved.emit(UnsavedPicture(job_id, image, error))

    @Slot(object)
    def _on_finished(self, job_id: JobId) -> None:
        self.job_finished.emit(self._queue.end_running(job_id))
        self._advance()

    @Slot(object, object)
    def _on_failed(self, job_id: JobId, error: StudioError) -> None:
        self.job_failed.emit(self._queue.end_running(job_id), error)
        self._advance()

    @Slot(object)
    def _on_cancelled(self, job_id: JobId) -> None:
        self.job_cancelled.emit(self._queue.end_running(job_id))
        self._advance()
