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
    """Lives in the window's thread. What is offered but not answered yet stays in the saved queue, and so does what
    is not offered yet: a person can ask for a picture, or close the window, before the disk has told what waited.

    Signals:
        continued(tuple[Job, ...]): jobs of the last session are to be made.
    """

    continued = Signal(object)

    def __init__(
        self, store: QueueStore, gallery: Gallery, disk: BackgroundThread, announce: Callable[[StudioError], None]
    ) -> None:
        super().__init__()
        self._store = store
        self._gallery = gallery
        self._disk = disk
        self._announce = announce
        self._jobs: tuple[Job, ...] = ()
        self._offered: tuple[Job, ...] | None = None
        """None: what waited is not known yet."""
        self._restored: RestoredJobs | None = None  # the disk's thread alone knows it

    def save(self, jobs: tuple[Job, ...]) -> Future[None]:
        """These run and wait now."""
        self._jobs = jobs
        offered = self._offered

        def write() -> None:
            self._store.save((*jobs, *_without(jobs, self._earlier().jobs if offered is None else offered)))

        return self._disk.run(write, failed=self._announce)

    def restore(self, notices: NoticeBar) -> None:
        """Jobs of an earlier session are offered, never started by themselves."""

        def offer(restored: RestoredJobs) -> None:
            self._offered = _without(self._jobs, restored.jobs)
            for text in restored.notices:
                notices.show_notice(Notice(tr("About the queue"), text))
            if self._offered:
                self._offer(self._offered, notices)

        self._disk.run(self._earlier, done=offer, failed=self._announce)

    def take(self, jobs: Sequence[Job], notices: NoticeBar) -> None:
        """These are made now: if they were offered, they are no longer."""
        if self._offered is not None:
            self._offered = _without(jobs, self._offered)
        if not self._offered:
            notices.dismiss(_OFFERED)

    def _earlier(self) -> RestoredJobs:
        """In the disk's thread: read once, before anything is written in its place."""
        if self._restored is None:
            self._restored = restore_jobs(self._store, self._gallery)
        return self._restored

    def _offer(self, jobs: tuple[Job, ...], notices: NoticeBar) -> None:
        notices.show_notice(
            Notice(
                trn("{n} picture was still waiting", "{n} jobs were still waiting", len(jobs)),
                trn(
                    "It was left when the program closed: “{words}”.",
                    "They were left when the program closed, beginning with “{words}”.",
                    len(jobs),
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


def _without(taken: Sequence[Job], jobs: tuple[Job, ...]) -> tuple[Job, ...]:
    ids = {job.id for job in taken}
    return tuple(job for job in jobs if job.id not in ids)
