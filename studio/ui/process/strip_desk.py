"""The strip of steps below the picture that the stage shows: recorded ones, or those of the picture that is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
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
    ) -> None:
        """`has` is answered at once; `read`, the guess of each step, is called in the background. It raises
        StorageError.
        """
        super().__init__()
        self._view = window.picture_view
        self._stage = stage
        self._run = run
        self._has = has
        self._read = read
        self._failed = failed
        self._wanted: PictureId | None = None
        self._live: list[Pixels] = []
        self._index = 0
        window.gallery_panel.picture_selected.connect(self.follow)
        window.gallery_panel.nothing_selected.connect(self.follow)
        self._view.steps.opened.connect(lambda: self.opened.emit(self._view.steps.current))

    def follow(self, *_: object) -> None:
        """Show the steps of what the stage shows, if they are known."""
        record = self._stage.shown_record
        if record is None or not self._has(record.id):
            self._wanted = None
            self._view.show_steps(shown=record is None and bool(self._live))
            return
        self._wanted = wanted = record.id
        self._view.steps.show_steps([])
        self._view.show_steps(shown=True)  # at once, so that nothing moves when they come

        def show(guesses: Sequence[Pixels]) -> None:
            self._show(wanted, guesses)

        self._run(lambda: self._read_if_wanted(wanted), done=show, failed=self._failed)

    def on_preview(self, frame: PreviewFrame) -> None:
        """Of the picture that is being made."""
        if frame.index != self._index:  # the next one of a batch
            self._index, self._live = frame.index, []
        self._live.append(frame.pixels)
        if self._stage.shown_record is None:
            self._view.steps.show_steps(self._live)
            self._view.steps.set_current(len(self._live) - 1)
            self._view.show_steps(shown=True)

    def on_job_ended(self, *_: object) -> None:
        self._live = []
        self.follow()

    def on_kept(self, picture: PictureId) -> None:
        """The steps of this picture can be read from now on."""
        record = self._stage.shown_record
        if record is not None and record.id == picture:
            self.follow()

    def _read_if_wanted(self, picture: PictureId) -> Sequence[Pixels]:
        """A key that is held goes further."""
        return self._read(picture) if self._wanted == picture else ()

    def _show(self, picture: PictureId, guesses: Sequence[Pixels]) -> None:
        if self._wanted == picture:
            self._view.steps.show_steps(guesses)
            self._view.steps.set_current(max(0, len(guesses) - 1))
            self._view.show_steps(shown=bool(guesses))
