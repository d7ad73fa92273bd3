"""Saving a job's pictures beside the making of the next one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Protocol

from studio.core.errors import StorageError
from studio.core.job import JobId
from studio.core.result import GeneratedImage, PictureId
from studio.core.trajectory import Trajectory
from studio.gallery.record import PictureRecord


class SavePicture(Protocol):
    """Makes a picture durable; returns only when it is. Raises StorageError."""

    def __call__(self, image: GeneratedImage, job_id: JobId) -> PictureRecord: ...


class KeepSteps(Protocol):
    """Takes over how a durable picture came about. Raises nothing: no picture may be lost for it."""

    def __call__(self, picture: PictureId, trajectory: Trajectory) -> None: ...


class PictureSaver:
    """Saves the pictures of one job in order, in a thread of its own. Leaving the context waits for all of them.

    `saved` and `unsaved` are called in that thread. After a picture could not be saved the rest of the job is not
    saved either, but handed to `unsaved`: nothing is lost and the disk is left alone. The steps of those are let go:
    they may take many times the memory of the picture.
    """

    def __init__(
        self,
        save: SavePicture,
        job_id: JobId,
        saved: Callable[[PictureRecord], None],
        unsaved: Callable[[GeneratedImage, StorageError], None],
        keep_steps: KeepSteps | None = None,
    ) -> None:
        self._save = save
        self._job_id = job_id
        self._saved = saved
        self._unsaved = unsaved
        self._keep_steps = keep_steps
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="picture-saver")
        self._pending: list[Future[None]] = []
        self._failure: StorageError | None = None

    def __enter__(self) -> PictureSaver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True)

    def submit(self, image: GeneratedImage) -> None:
        self._pending.append(self._executor.submit(self._save_one, image))

    def raise_if_failed(self) -> None:
        """Raises the StorageError of the first picture that could not be saved, as far as that is known by now."""
        if self._failure is not None:
            raise self._failure

    def wait(self) -> None:
        """Wait until every submitted picture is durable. Raises StorageError if one is not."""
        for pending in self._pending:
            pending.result()
        self.raise_if_failed()

    def _save_one(self, image: GeneratedImage) -> None:
        if self._failure is not None:
            self._unsaved(replace(image, trajectory=None), self._failure)
            return
        try:
            record = self._save(image, self._job_id)
        except StorageError as error:
            self._failure = error
            self._unsaved(replace(image, trajectory=None), error)
        else:
            self._saved(record)
            if self._keep_steps is not None and image.trajectory is not None:
                self._keep_steps(image.id, image.trajectory)
