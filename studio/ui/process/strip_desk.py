"""The strip of steps below the picture that the stage shows: recorded ones, or those of the picture that is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.job import Job, JobId
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


class StripDesk(QObject):
    """
    Signals:
        opened(int): more is to be seen of this step.
    """

    opened = Signal(int)

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        run: RunInBackground,
        has: Callable[[PictureId], bool],
        read: Callable[[PictureId], Sequence[Pixels]],
        failed: Callable[[StudioError], None],
        *,
        is_recording: bool,
    ) -> None:
        """`has` is answered at once; `read`, the guess of each step, is called in the background. It raises
        StorageError. `is_recording`: pictures get their steps, a while after they are there.
        """
        super().__init__()
        self._view = window.picture_view
        self._stage = stage
        self._run = run
        self._has = has
        self._read = read
        self._failed = failed
        self._is_recording = is_recording
        self._wanted: PictureId | None = None
        """The finished picture that is shown; None while those of the one that is made are."""
        self._expected: JobId | None = None
        """The job whose pictures may still get their steps."""
        self._live: list[Pixels] = []
        self._index = 0
        window.gallery_panel.picture_selected.connect(self.follow)
        window.gallery_panel.nothing_selected.connect(self.follow)
        self._view.steps.opened.connect(lambda: self.opened.emit(self._view.steps.current))

    def follow(self, *_: object) -> None:
        """Show the steps of what the stage shows, if they are known."""
        record = self._stage.shown_record
        if record is None:
            self._wanted = None
            self._view.show_steps(shown=bool(self._live))
        elif self._has(record.id):
            self._read_steps(record)
        elif not self._were_seen_live(record):  # else they stay until they can be read: nothing moves meanwhile
            self._wanted = record.id
            self._view.steps.show_steps([])
            self._view.show_steps(shown=False)

    def on_job_started(self, job: Job) -> None:
        self._expected = job.id if self._is_recording else None

    def on_preview(self, frame: PreviewFrame) -> None:
        """Of the picture that is being made."""
        if frame.index != self._index:  # the next one of a batch
            self._index, self._live = frame.index, []
        self._live.append(frame.pixels)
        if self._stage.shown_record is None:
            self._wanted = None
            self._view.steps.show_steps(self._live)
            self._view.steps.set_current(len(self._live) - 1)
            self._view.show_steps(shown=True)

    def on_job_ended(self, *_: object) -> None:
        self._live = []
        self.follow()

    def on_kept(self, picture: PictureId) -> None:
        """The steps of this picture can be read from now on, if there was room for them."""
        record = self._stage.shown_record
        if record is None or record.id != picture:
            return
        if self._has(picture):
            self._read_steps(record)
        else:
            self.on_lost()

    def on_lost(self, *_: object) -> None:
        """Steps could not be written."""
        self._expected = None
        self.follow()

    def _were_seen_live(self, record: PictureRecord) -> bool:
        return self._wanted is None and record.job_id == self._expected is not None

    def _read_steps(self, record: PictureRecord) -> None:
        if self._wanted != record.id and not self._were_seen_live(record):
            self._view.steps.show_steps([])
        self._view.show_steps(shown=True)  # its place at once, so that nothing moves when they come
        self._wanted = wanted = record.id

        def show(guesses: Sequence[Pixels]) -> None:
            self._show(wanted, guesses)

        self._run(lambda: self._read_if_wanted(wanted), done=show, failed=self._failed)

    def _read_if_wanted(self, picture: PictureId) -> Sequence[Pixels]:
        """A key that is held goes further."""
        return self._read(picture) if self._wanted == picture else ()

    def _show(self, picture: PictureId, guesses: Sequence[Pixels]) -> None:
        if self._wanted == picture:
            self._view.steps.show_steps(guesses)
            self._view.steps.set_current(max(0, len(guesses) - 1))
            self._view.show_steps(shown=bool(guesses))
