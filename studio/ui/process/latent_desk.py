"""Asks the engine what the latent laboratory needs: decodes of what is painted, and frames between two pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.latent_work import BetweenSeeds, DecodeLatents, EncodePicture, LatentWork
from studio.core.request import GenerationRequest
from studio.core.round_trip import RoundTrip
from studio.core.task import TextToImage
from studio.imaging.interpolation import even_shares, slerp
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for
from studio.ui.process.step_export import StepExport
from studio.ui.process.study_desk import PICTURE_FILTERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents
    from studio.ui.process.between_view import ShownFrames
    from studio.ui.process.latent_tab import LatentTab
    from studio.ui.process.process_page import ProcessPage

_MILLISECONDS_BETWEEN_DECODES = 60


@dataclass(frozen=True, slots=True)
class LatentOperations:
    """The first two are called in the background; they raise StorageError."""

    read: Callable[[Path, Size], Pixels]
    """The picture, scaled to this size."""
    export: Callable[[ShownFrames, Path], None]
    prepare: Callable[[Callable[[GenerationRequest], None]], None]
    """Tells what the panel asks for now."""


class LatentDesk(QObject):
    """One question at a time is on its way; the frames that are still to be made wait here.

    Signals:
        asked(LatentWork): in place of an older question; `on_answered` or `on_failed` is to follow.
        cancelled(): nobody waits for an answer any more.
    """

    asked = Signal(object)
    cancelled = Signal()

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        operations: LatentOperations,
        checkpoint: Callable[[], Checkpoint],
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._run = run
        self._operations = operations
        self._checkpoint = checkpoint
        self._failed = failed
        self._export = StepExport(window, run, operations.export, failed, "frames")
        self._tab: LatentTab | None = None
        self._other: Path | None = None
        self._asked: LatentWork | None = None
        self._frames: list[LatentWork] = []
        """Those that are still to be asked for, the next one first."""
        self._count = 0
        self._painted: Latents | None = None
        """Into what the decode that was asked for last was painted."""
        self._throttle = QTimer(self)
        self._throttle.setSingleShot(True)
        self._throttle.setInterval(_MILLISECONDS_BETWEEN_DECODES)
        self._throttle.timeout.connect(self._decode)

    def attach(self, page: ProcessPage) -> None:
        """The latent's tab is served from now on."""
        self._tab = tab = page.latent
        tab.paint.changed.connect(self._on_painted)
        tab.between.choose_asked.connect(self._choose)
        tab.between.pictures_asked.connect(self._begin_pictures)
        tab.between.seeds_asked.connect(self._begin_seeds)
        tab.between.stop_asked.connect(self.stop)
        tab.between.save_asked.connect(self._save)

    def on_answered(self, work: LatentWork, answer: Pixels | RoundTrip) -> None:
        """What was asked for last, or a decode of what was painted a moment ago."""
        if self._tab is None:
            return
        if isinstance(answer, RoundTrip):
            if work is self._asked:
                self._go_between(self._tab.paint.original, answer.latents)
        elif isinstance(work, DecodeLatents) and self._count == 0:
            if self._painted is self._tab.paint.original:  # else another picture came meanwhile
                self._tab.paint.show_decoded(work.latents, answer)
        elif work is self._asked:
            self._tab.between.add_frame(answer)
            self._ask_next()

    def on_failed(self, work: LatentWork, error: StudioError) -> None:
        if self._tab is None or work is not self._asked:
            return
        if self._count:
            self._forget_frames()
            self._tab.between.show_fault(error)
        else:
            message = message_for(error)
            self._tab.paint.show_fault(f"{message.title}\n{message.text}")

    def stop(self) -> None:
        """Make no more frames."""
        if self._count and self._tab is not None:
            self._forget_frames()
            self.cancelled.emit()
            self._tab.between.end()

    def _save(self, frames: ShownFrames) -> None:
        self._export.ask(frames, "between")

    # --- painting ---

    def _on_painted(self, _latents: Latents) -> None:
        self.stop()
        if not self._throttle.isActive():
            self._throttle.start()

    def _decode(self) -> None:
        latents = None if self._tab is None else self._tab.paint.latents
        if latents is not None and self._tab is not None:
            self._painted = self._tab.paint.original
            self._ask(DecodeLatents(self._checkpoint(), latents, self._size))

    @property
    def _size(self) -> Size:
        assert self._tab is not None
        return self._tab.paint.picture_size

    # --- between two ---

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "The picture at the end of the way", "", PICTURE_FILTERS)
        if name and self._tab is not None:
            self._other = Path(name)
            self._tab.between.show_other(self._other.name)

    def _begin_pictures(self, count: int) -> None:
        other, tab = self._other, self._tab
        if other is None or tab is None or tab.paint.original is None:
            return
        size, checkpoint = self._size, self._checkpoint()
        self._begin(count)

        def ask(pixels: Pixels) -> None:
            if self._count:
                self._ask(EncodePicture(checkpoint, pixels))

        self._run(lambda: self._operations.read(other, size), done=ask, failed=self._on_unreadable)

    def _on_unreadable(self, error: StudioError) -> None:
        self._forget_frames()
        assert self._tab is not None
        self._tab.between.show_fault(error)

    def _go_between(self, first: Latents | None, second: Latents) -> None:
        if first is None or first.shape != second.shape:  # another picture came meanwhile
            self.stop()
            return
        checkpoint, size = self._checkpoint(), self._size
        self._frames = [
            DecodeLatents(checkpoint, _halves(slerp(first, second, share)), size) for share in even_shares(self._count)
        ]
        self._ask_next()

    def _begin_seeds(self, other: int, count: int) -> None:
        def begin(request: GenerationRequest) -> None:
            plain = replace(request, task=TextToImage(), earlier=(), branched_from=None, batch_size=1)
            self._begin(count)
            self._frames = [BetweenSeeds(plain, other, share) for share in even_shares(count)]
            self._ask_next()

        self._operations.prepare(begin)

    def _begin(self, count: int) -> None:
        assert self._tab is not None
        self._count = count
        self._tab.between.begin(count)

    def _ask_next(self) -> None:
        if self._frames:
            self._ask(self._frames.pop(0))
        else:
            self._forget_frames()

    def _forget_frames(self) -> None:
        self._frames, self._count, self._asked = [], 0, None

    def _ask(self, work: LatentWork) -> None:
        self._asked = work
        self.asked.emit(work)


def _halves(latents: NDArray[np.floating]) -> Latents:
    import numpy as np

    halves = latents.astype(np.float16)
    halves.setflags(write=False)
    return halves
