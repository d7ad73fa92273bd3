"""Copies, moves and checks of models: gigabytes, one after the other in the background, told about and stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from studio.checkpoints.work_progress import OnProgress, TimeLeft, now_and_then
from studio.core.errors import StudioError
from studio.core.session import CancelToken
from studio.ui.background import RunInBackground
from studio.ui.model_manager.model_row import RowState

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, eq=False)
class ModelJob:
    """Something that is being done to the model of the row `key`, or that will bring it."""

    key: str
    title: str
    state: RowState
    cancel: CancelToken = field(default_factory=CancelToken)
    time_left: TimeLeft = field(default_factory=TimeLeft)


class ModelWorks(QObject):
    """Lives in the window's thread.

    Signals:
        changed(): one was begun, or ended.
        progressed(ModelJob, WorkProgress): a few times a second.
    """

    changed = Signal()
    progressed = Signal(object, object)

    def __init__(self, run: RunInBackground) -> None:
        super().__init__()
        self._run = run
        self._jobs: dict[str, ModelJob] = {}

    @property
    def jobs(self) -> tuple[ModelJob, ...]:
        """In the order in which they are done."""
        return tuple(self._jobs.values())

    def begin(
        self,
        job: ModelJob,
        work: Callable[[OnProgress, CancelToken], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        """Do `work` when it is its turn, then call `done` or `failed`. Nothing is begun twice at once."""
        if job.key in self._jobs:
            return
        self._jobs[job.key] = job
        self.changed.emit()
        on_progress = now_and_then(lambda progress: self.progressed.emit(job, progress))  # in another thread: queued

        self._run(lambda: work(on_progress, job.cancel), done=self._ending(job, done), failed=self._ending(job, failed))

    def stop(self, key: str) -> None:
        """It fails with ModelWorkCancelled, and leaves nothing half done."""
        if key in self._jobs:
            self._jobs[key].cancel.cancel()

    def stop_all(self) -> None:
        for job in self.jobs:
            job.cancel.cancel()

    def _ending(self, job: ModelJob, then: Callable[[Result], None]) -> Callable[[Result], None]:
        def end(result: Result) -> None:
            del self._jobs[job.key]
            self.changed.emit()
            then(result)

        return end
