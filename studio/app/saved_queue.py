"""The queue on disk: saved at each change, and offered again at the next start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from studio.app.saved_jobs import RestoredJobs, restore_jobs
from studio.core.errors import StudioError
from studio.core.job import Job
from studio.core.language import tr, trn
from studio.gallery.gallery import Gallery
from studio.gallery.queue_store import QueueStore
from studio.ui.notice_bar import Answer, Notice, NoticeBar
from studio.worker.background import BackgroundThread

_OFFERED = "offered"


class SavedQueue(QObject):
    """Lives in the window's thread. What is offered but not answered yet stays in the saved queue.

    Signals:
        continued(tuple[Job, ...]): jobs of the last session are to be made.
    """

    continued = Signal(object)

    def __init__(self, store: QueueStore, disk: BackgroundThread, announce: Callable[[StudioError], None]) -> None:
        super().__init__()
        self._store = store
        self._disk = disk
        self._announce = announce
        self._jobs: tuple[Job, ...] = ()
        self._offered: tuple[Job, ...] = ()

    def save(self, jobs: tuple[Job, ...]) -> Future[None]:
        """These run and wait now."""
        self._jobs = jobs
        kept = (*jobs, *self._offered)
        return self._disk.run(lambda: self._store.save(kept), failed=self._announce)

    def restore(self, gallery: Gallery, notices: NoticeBar) -> None:
        """Jobs of an earlier session are offered, never started by themselves."""

        def offer(restored: RestoredJobs) -> None:
            for text in restored.notices:
                notices.show_notice(Notice(tr("About the queue"), text))
            if restored.jobs:
                self._offer(restored.jobs, notices)

        self._disk.run(lambda: restore_jobs(self._store, gallery), done=offer, failed=self._announce)

    def take(self, jobs: Sequence[Job], notices: NoticeBar) -> None:
        """These are made now: if they were offered, they are no longer."""
        taken = {job.id for job in jobs}
        self._offered = tuple(job for job in self._offered if job.id not in taken)
        if not self._offered:
            notices.dismiss(_OFFERED)

    def _offer(self, jobs: tuple[Job, ...], notices: NoticeBar) -> None:
        self._offered = jobs
        notices.show_notice(
            Notice(
                trn("{n} picture was still waiting", "{n} jobs were still waiting", len(jobs)),
                tr(
                    "They were left when the program closed, beginning with “{words}”.",
                    words=jobs[0].request.prompt.text,
                ),
                (
                    Answer(tr("Continue"), lambda: self.continued.emit(self._offered)),
                    Answer(tr("Drop"), self._drop_offered),
                ),
                key=_OFFERED,
            )
        )

    def _drop_offered(self) -> None:
        self._offered = ()
        self.save(self._jobs)
