"""Tells the user about jobs: the bar while one runs, a notice when one fails, the queue that waits."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio.core.checkpoint import Checkpoint
from studio.core.errors import PictureGone, StorageError, StudioError
from studio.core.job import Job, JobId
from studio.core.language import tr
from studio.core.memory import Verdict
from studio.core.progress import (
    LoadProgress,
    PlanChosen,
    PlanLowered,
    Progress,
    PromptSyntaxIgnored,
    PromptTruncated,
    SamplerReplaced,
    StepProgress,
)
from studio.core.session import DeviceInfo
from studio.gallery.record import PictureRecord
from studio.ui.main_window import MainWindow
from studio.ui.memory_text import lowered_text, plan_text
from studio.ui.messages import ignored_syntax_text, message_for, sampler_text, truncation_text
from studio.ui.notice_bar import Answer, Notice
from studio.ui.picture_stage import PictureStage


class JobPresenter(QObject):
    """Lives in the window's thread; its methods are connected to the signals of the generation service.

    Signals:
        again_requested(GenerationRequest): the user wants a failed request tried once more.
    """

    again_requested = Signal(object)

    def __init__(self, window: MainWindow, stage: PictureStage, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._window = window
        self._stage = stage
        self._clock = clock
        self._started_at = 0.0
        self._checkpoint: Checkpoint | None = None
        self._running = False
        self._is_preparing = False
        """That is the last that was said."""
        self._device: DeviceInfo | None = None
        self.on_queue_changed(running=False, waiting=())

    def on_device_known(self, device: DeviceInfo) -> None:
        self._device = device
        self._show_model()

    def on_preparing(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._show_model()
        if not self._running:
            self._is_preparing = True
            self._window.job_bar.show_idle(tr("Getting ready …"))

    def on_model_switched(self, checkpoint: Checkpoint, *, idle: bool) -> None:
        """Another model is to be loaded, at once or when the running job is done."""
        if idle:
            self.on_preparing(checkpoint)
        self._checkpoint = checkpoint
        self._show_model()

    def on_ready(self) -> None:
        """Also comes after a picture that was asked for before: that it is made stays said."""
        if self._is_preparing:
            self._is_preparing = False
            self._window.job_bar.show_idle(tr("Ready"))

    def on_memory_freed(self) -> None:
        if not self._running:
            self._window.job_bar.show_idle(tr("Memory freed; the next picture loads the model again"))

    def on_started(self, job: Job) -> None:
        self._started_at = self._clock()
        self._is_preparing = False
        self._window.job_bar.show_started(job)
        self._stage.on_job_started(job)

    def on_progressed(self, _job_id: JobId, progress: Progress) -> None:
        match progress:
            case StepProgress():
                self._window.job_bar.show_step(progress)
            case LoadProgress():
                self._window.job_bar.show_loading(progress.checkpoint_name)
            case PlanChosen():
                self._window.model_label.setToolTip(plan_text(progress.plan))
                if progress.plan.verdict is not Verdict.FITS:
                    self._window.job_bar.show_plan(plan_text(progress.plan))
            case PlanLowered():
                self._window.notices.show_notice(Notice(tr("Not enough memory"), lowered_text(progress), key="memory"))
            case PromptTruncated():
                self._window.notices.show_notice(
                    Notice(tr("The prompt is longer than the model reads"), truncation_text(progress), key="truncated")
                )
            case PromptSyntaxIgnored():
                self._window.notices.show_notice(
                    Notice(tr("Only the words of the prompt count"), ignored_syntax_text(progress), key="syntax")
                )
            case SamplerReplaced():
                self._window.notices.show_notice(Notice(tr("Another sampler"), sampler_text(progress), key="sampler"))

    def on_picture_saved(self, _job_id: JobId, record: PictureRecord) -> None:
        self._stage.on_picture_saved(record)

    def on_finished(self, job: Job) -> None:
        count = job.request.batch_size
        made = tr("Picture made") if count == 1 else tr("{count} pictures made", count=count)
        self._end(tr("{made} in {clock:.1f} s", made=made, clock=self._clock() - self._started_at))

    def on_cancelled(self, _job: Job) -> None:
        self._end(tr("Cancelled"))

    def on_failed(self, job: Job, error: StudioError) -> None:
        self._end(message_for(error).title)
        if not isinstance(error, StorageError):  # those have a notice of their own, about the picture that is held
            again = Answer(tr("Try again"), lambda: self.again_requested.emit(job.request))
            self.announce(error, again)

    def on_load_failed(self, error: StudioError) -> None:
        self._window.job_bar.show_idle(message_for(error).title)
        self.announce(error)

    def on_queue_changed(self, *, running: bool, waiting: tuple[Job, ...], held: bool = False) -> None:
        commands = self._window.commands
        self._running = running
        self._window.job_bar.show_waiting(len(waiting), held=held)
        self._window.queue_popup.show_jobs(waiting)
        self._window.request_panel.show_busy(busy=running)
        commands.cancel.setEnabled(running)
        commands.clear_queue.setEnabled(bool(waiting))

    def on_cancelling(self) -> None:
        self._window.job_bar.show_cancelling()

    def announce(self, error: StudioError, *answers: Answer) -> None:
        """Say what went wrong and what to do next."""
        message = message_for(error)
        # Who walks through pictures whose drive is away reads of the last one.
        key = error.code if isinstance(error, PictureGone) else f"{error.code} {message.text}"
        self._window.notices.show_notice(Notice(message.title, message.text, answers, grave=True, key=key))

    def _show_model(self) -> None:
        if self._checkpoint is not None:
            self._window.model_label.setText(model_text(self._checkpoint, self._device))

    def _end(self, text: str) -> None:
        self._window.job_bar.show_idle(text)
        self._stage.on_job_ended()


def model_text(checkpoint: Checkpoint, device: DeviceInfo | None) -> str:
    """The model and, once it is known, where and in which numbers it computes: "Starter model  ·  CPU, float32"."""
    if device is None:
        return checkpoint.name
    name = "CPU" if device.name == "cpu" else device.name
    return f"{checkpoint.name}  ·  {name}, {device.suited_to(checkpoint.family).dtype}"
