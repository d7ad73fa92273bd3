"""Asks the engine what the latent laboratory needs: decodes of what is painted, and frames between two pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.inquiry import BetweenSeeds, DecodedLatents, EncodedPicture, Finding, InquiryId, Question
from studio.core.language import tr
from studio.core.request import GenerationRequest
from studio.core.round_trip import RoundTrip
from studio.core.task import TextToImage
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for
from studio.ui.process.inquire import Inquiries
from studio.ui.process.step_export import FRAMES, StepExport
from studio.ui.process.study_desk import PICTURE_FILTERS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels
    from studio.core.trajectory import Latents
    from studio.ui.process.between_view import BetweenView, ShownFrames
    from studio.ui.process.latent_paint_view import LatentPaintView
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
    """One question at a time is on its way: a decode of what is painted, or the next frame. No answer is late by more
    than one, and the pictures of the queue come in between.
    """

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        operations: LatentOperations,
        inquiries: Inquiries,
        checkpoint: Callable[[], Checkpoint],
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._run = run
        self._operations = operations
        self._inquiries = inquiries
        self._checkpoint = checkpoint
        self._export = StepExport(window, run, operations.export, failed, FRAMES)
        self._tab: LatentTab | None = None
        self._other: Path | None = None
        self._inquiry: InquiryId | None = None
        self._decoding: Latents | None = None
        """What is being decoded now."""
        self._frames: list[Question] = []
        """Those that are still to be asked for, the next one first."""
        self._is_between = False
        self._throttle = QTimer(self)
        self._throttle.setSingleShot(True)
        self._throttle.setInterval(_MILLISECONDS_BETWEEN_DECODES)
        self._throttle.timeout.connect(self.decode)

    def attach(self, page: ProcessPage) -> None:
        """The latent's tab is served from now on."""
        self._tab = tab = page.latent
        tab.paint.changed.connect(self._on_painted)
        tab.paint.replaced.connect(self._forget_decode)
        tab.between.choose_asked.connect(self._choose)
        tab.between.gallery_asked.connect(self._take_selected)
        tab.between.pictures_asked.connect(self._begin_pictures)
        tab.between.seeds_asked.connect(self._begin_seeds)
        tab.between.stop_asked.connect(self.stop)
        tab.between.save_asked.connect(self._save)

    def stop(self) -> None:
        """Make no more frames."""
        if self._is_between:
            self._take_back()
            self._end_frames()

    def _save(self, frames: ShownFrames) -> None:
        self._export.ask(frames, "between")

    # --- painting ---

    def _on_painted(self, _latents: Latents) -> None:
        self.stop()
        if not self._throttle.isActive():
            self._throttle.start()

    def decode(self) -> None:
        """What is painted now, unless something older is on its way still: then it comes after that."""
        paint = self._paint
        if paint.latents is None or self._decoding is not None:
            return
        self._decoding = latents = paint.latents
        question = DecodedLatents(self._checkpoint(), latents, paint.picture_size)

        def show(finding: Finding) -> None:
            paint.show_decoded(latents, cast("Pixels", finding))

        def fail(error: StudioError) -> None:
            message = message_for(error)
            paint.show_fault(f"{message.title}\n{message.text}")
            self._decoding = None

        self._ask(question, show, self._on_decoded, fail)

    def _on_decoded(self) -> None:
        decoded, self._decoding = self._decoding, None
        if self._paint.latents is not decoded:
            self.decode()

    def _forget_decode(self) -> None:
        """Another picture is looked at."""
        self._throttle.stop()
        if self._decoding is not None:
            self._decoding = None
            self._take_back()

    @property
    def _paint(self) -> LatentPaintView:
        assert self._tab is not None
        return self._tab.paint

    # --- between two ---

    @property
    def _between(self) -> BetweenView:
        assert self._tab is not None
        return self._tab.between

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("The picture at the end of the way"), "", PICTURE_FILTERS
        )
        if name:
            self._end_at(Path(name))

    def _take_selected(self) -> None:
        others = self._window.gallery_panel.others_selected
        if others:
            self._end_at(others[0].path)
        else:
            self._between.tell_nothing_selected()

    def _end_at(self, path: Path) -> None:
        self._other = path
        self._between.show_other(path.name)

    def _begin_pictures(self, count: int) -> None:
        other, first = self._other, self._paint.original
        if other is None or first is None:
            return
        size, checkpoint = self._paint.picture_size, self._checkpoint()
        self._begin(count)

        def go_between(finding: Finding) -> None:
            from studio.imaging.interpolation import even_shares, slerp

            second = cast("RoundTrip", finding).latents
            self._frames = [
                DecodedLatents(checkpoint, _halves(slerp(first, second, share)), size) for share in even_shares(count)
            ]

        def ask(pixels: Pixels) -> None:
            if self._is_between:
                self._ask(EncodedPicture(checkpoint, pixels), go_between, self._ask_next, self._on_frame_failed)

        self._run(lambda: self._operations.read(other, size), done=ask, failed=self._on_frame_failed)

    def _begin_seeds(self, other: int, count: int) -> None:
        def begin(request: GenerationRequest) -> None:
            from studio.imaging.interpolation import even_shares

            plain = replace(request, task=TextToImage(), earlier=(), regions=(), branched_from=None, batch_size=1)
            self._begin(count)
            self._frames = [BetweenSeeds(plain, other, share) for share in even_shares(count)]
            self._ask_next()

        self._operations.prepare(begin)

    def _begin(self, count: int) -> None:
        self.stop()
        self._forget_decode()
        self._is_between = True
        self._between.begin(count)

    def _ask_next(self) -> None:
        if not self._frames:
            self._end_frames()
            return

        def show(finding: Finding) -> None:
            self._between.add_frame(cast("Pixels", finding))

        self._ask(self._frames.pop(0), show, self._ask_next, self._on_frame_failed)

    def _on_frame_failed(self, error: StudioError) -> None:
        self._end_frames()
        self._between.show_fault(error)

    def _end_frames(self) -> None:
        self._frames, self._is_between = [], False
        self._between.end()

    # --- the engine ---

    def _ask(
        self,
        question: Question,
        found: Callable[[Finding], None],
        done: Callable[[], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        self._inquiry = self._inquiries.inquire(question, found=found, done=done, failed=failed)

    def _take_back(self) -> None:
        if self._inquiry is not None:
            self._inquiries.take_back(self._inquiry)
            self._inquiry = None


def _halves(latents: NDArray[np.floating]) -> Latents:
    import numpy as np

    halves = latents.astype(np.float16)
    halves.setflags(write=False)
    return halves
