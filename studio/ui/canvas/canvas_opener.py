"""From what the user points at to a picture on the canvas: files, pictures of the gallery, pixels of the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.family import family_traits
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage, Inpaint
from studio.gallery.record import PictureRecord
from studio.imaging.decode import DecodedPicture, flattened
from studio.ui.background import RunInBackground
from studio.ui.canvas.canvas_desk import CanvasDesk
from studio.ui.images import to_qimage
from studio.ui.incoming import Incoming
from studio.ui.loss_question import LossQuestion
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, Notice

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels
    from studio.imaging.canvas import Canvas
    from studio.ui.canvas.glimpse_page import GlimpsePage

_WORK = tr("There is work on the canvas that is in no picture yet: its mask, paint and steps would be lost.")
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_TRANSPARENT = "transparent"
"""The notice is about the picture as it was opened."""


@dataclass(frozen=True, slots=True)
class ReadOperations:
    """Called in the background. Each raises StorageError."""

    glimpse: Callable[[Path, int], Pixels | None]
    """Of what takes long to be read; at least so many pixels along its longer side."""
    picture: Callable[[Path], DecodedPicture]
    image: Callable[[ImageRef], Pixels]
    mask: Callable[[ImageRef], MaskPixels]


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    """A file's picture, and a canvas with it."""

    picture: DecodedPicture
    canvas: Canvas


class CanvasOpener(QObject):
    """Reads pictures in the background and lays them on the desk; asks before work on the canvas is lost."""

    def __init__(
        self,
        window: MainWindow,
        desk: CanvasDesk,
        run: RunInBackground,
        read: ReadOperations,
        record: Callable[[PictureId], PictureRecord | None],
        new_canvas: Callable[[Pixels, MaskPixels | None], Canvas],
        checkpoint: Callable[[], Checkpoint],
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._desk = desk
        self._run = run
        self._read = read
        self._record = record
        self._new_canvas = new_canvas
        self._checkpoint = checkpoint
        self._failed = failed
        self._sized_for = (0, 0)
        self._glimpse_page: GlimpsePage | None = None
        desk.edited.connect(self._follow_size)
        desk.opened.connect(self._withdraw_offer)
        desk.closed.connect(self._withdraw_offer)

    def open_incoming(self, found: Incoming) -> None:
        """Start from what was dropped, pasted or chosen."""
        record = self._record(found.picture) if found.picture is not None else None
        if record is not None:
            self.open_record(record)
        elif found.pixels is not None:
            self._begin_with(self._new_canvas(found.pixels, None), None)
        elif found.files:
            self._open_file(found.files[0])

    def _open_file(self, path: Path) -> None:
        """The page of the canvas is made while the file is read: all at once would hold up the window."""
        QTimer.singleShot(0, self, self._desk.make_page)
        show = partial(self._show_glimpse, path.name)
        side = self._window.middle_pixels
        self._run(lambda: self._glimpse(path, side), done=show, failed=_said_by_what_follows)
        self._run(lambda: self._decode(path), done=self._open_decoded, failed=self._on_unreadable)

    def _glimpse(self, path: Path, side: int) -> QImage | None:
        pixels = self._read.glimpse(path, side)
        return None if pixels is None else to_qimage(pixels)

    def _show_glimpse(self, name: str, glimpse: QImage | None) -> None:
        if glimpse is not None:
            page = self._glimpse_page = self._glimpse_page or self._new_glimpse_page()
            page.show_glimpse(name, glimpse)
            self._window.show_page(page)

    def _new_glimpse_page(self) -> GlimpsePage:
        from studio.ui.canvas.glimpse_page import GlimpsePage

        page = GlimpsePage()
        self._window.add_page(page)
        return page

    def _hide_glimpse(self) -> None:
        """What was in the middle before comes back."""
        if self._glimpse_page is not None and self._glimpse_page.isVisible():
            self._window.show_page(None)

    def _on_unreadable(self, error: StudioError) -> None:
        self._hide_glimpse()
        self._failed(error)

    def open_record(self, record: PictureRecord) -> None:
        """Start from a picture of the gallery; its prompt is offered where none is written yet."""
        prompt = self._window.request_panel.prompt
        if record.parameters is not None and not prompt.text.toPlainText().strip():
            prompt.set_prompt(record.parameters.prompt)

        def opened(decoded: _Decoded) -> None:
            self._begin_with(decoded.canvas, record.id)

        self._run(lambda: self._decode(record.path), done=opened, failed=self._failed)

    def open_task(self, task: ImageToImage | Inpaint) -> None:
        """Lay down what a picture was made from, mask and all, so that it can be made again."""

        def read() -> Canvas:
            mask = self._read.mask(task.mask) if isinstance(task, Inpaint) else None
            return self._new_canvas(self._read.image(task.image), mask)

        def opened(canvas: Canvas) -> None:
            self.lay_down(canvas, task.parent)

        self._run(read, done=opened, failed=self._failed)

    def _decode(self, path: Path) -> _Decoded:
        """In the background: also making the canvas takes a tenth of a second for 24 megapixels."""
        picture = self._read.picture(path)
        return _Decoded(picture, self._new_canvas(flattened(picture, _WHITE), None))

    def _open_decoded(self, decoded: _Decoded) -> None:
        picture = decoded.picture
        if not self._begin_with(decoded.canvas, None):
            self._hide_glimpse()
            return
        if picture.alpha is not None:
            self._offer_transparency(picture, picture.alpha)
        if picture.is_first_of_frames:
            self._say(tr("Only the first picture was opened"), tr("The file has several: an animation, or pages."))

    def _offer_transparency(self, picture: DecodedPicture, alpha: MaskPixels) -> None:
        """What is transparent lies on white; it may be meant as the part to paint."""
        answers = (
            Answer(tr("Repaint that part"), partial(self._mask_transparency, alpha)),
            Answer(
                tr("Put it on black"), lambda: self._desk.paint_over(flattened(picture, _BLACK), tr("Put on black"))
            ),
        )
        self._window.notices.show_notice(
            Notice(
                tr("The picture has transparent parts"),
                tr("They are white on the canvas now."),
                answers,
                key=_TRANSPARENT,
            )
        )

    def _mask_transparency(self, alpha: MaskPixels) -> None:
        import numpy as np

        self._desk.mask(np.subtract(255, alpha, dtype=np.uint8), tr("Mask what is transparent"))

    def _withdraw_offer(self) -> None:
        """Another picture lies there, or one of another size."""
        self._window.notices.dismiss(_TRANSPARENT)

    def _begin_with(self, canvas: Canvas, parent: PictureId | None) -> bool:
        """Lay down another picture than the settings on the left are about."""
        is_laid_down = self.lay_down(canvas, parent)
        if is_laid_down:
            self._window.request_panel.begin_anew()
        return is_laid_down

    def lay_down(self, canvas: Canvas, parent: PictureId | None, file: Path | None = None) -> bool:
        """Lay a canvas on the desk; `file` is its own. False if the user keeps what lies there."""
        if not self._may_be_lost(tr("Replace the canvas?"), tr("Replace it")):
            return False
        self._choose_size(canvas)
        self._desk.open(canvas, parent, file=file)
        return True

    def close(self) -> None:
        """Take the canvas away, unless the user keeps what lies there."""
        if self._may_be_lost(tr("Close the canvas?"), tr("Close it")):
            self._desk.close()

    def _choose_size(self, canvas: Canvas) -> None:
        """The size at which the model is at its best with a picture of these proportions."""
        from studio.imaging.fit import model_size

        self._sized_for = (canvas.width, canvas.height)
        checkpoint = self._checkpoint()
        multiple = family_traits(checkpoint.family).size_multiple
        size = model_size(canvas.width, canvas.height, checkpoint.recommended.size, multiple)
        self._window.request_panel.sampling.set_size(size)

    def _follow_size(self) -> None:
        """The canvas was extended, or that was undone."""
        canvas = self._desk.canvas
        if canvas is not None and (canvas.width, canvas.height) != self._sized_for:
            self._withdraw_offer()
            self._choose_size(canvas)

    def _may_be_lost(self, title: str, give_up: str) -> bool:
        """True when nothing would be lost, or the user agrees."""
        if self._desk.canvas is None or self._desk.canvas.is_kept:
            return True
        return LossQuestion(
            self._window, title, tr("{work} Keep it with “Save the canvas…”.", work=_WORK), give_up
        ).is_agreed()

    def _say(self, title: str, text: str) -> None:
        self._window.notices.show_notice(Notice(title, text, key="opened"))


def _said_by_what_follows(_error: StudioError) -> None:
    """Reading the picture fails as well, and that is announced."""
