"""What lies on the canvas: opened from a picture, shown, closed, and sent to be varied or repainted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import InvalidRequest, StudioError
from studio.core.geometry import Rect
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest
from studio.core.sources import ImageRef
from studio.ui import glossary
from studio.ui.background import RunInBackground
from studio.ui.glossary import Entry
from studio.ui.main_window import MainWindow

if TYPE_CHECKING:
    # Made when the first picture is opened: the window is painted without them.
    from studio.core.pixels import MaskPixels, Pixels
    from studio.imaging.canvas import Canvas
    from studio.imaging.history import Growth
    from studio.ui.canvas.canvas_page import CanvasPage


@dataclass(frozen=True, slots=True)
class SourceOperations:
    """Keeping what a request starts from; called in the background. Each raises StorageError."""

    put_image: Callable[[Pixels], ImageRef]
    put_mask: Callable[[MaskPixels], ImageRef]


class CanvasDesk(QObject):
    """Holds the open canvas. Its page is made when it is first needed: the window starts without it.

    Signals:
        page_made(CanvasPage): once.
        opened(): another picture lies on the canvas.
        closed(): none does any more.
        shown(bool): whether the middle of the window shows the canvas.
        edited(): picture or mask were changed.
        sent_changed(): `sent` or `parent_picture` are others now.
        kept(): nothing that lies here would be lost with it, or `file` is another.
    """

    page_made = Signal(object)
    opened = Signal()
    closed = Signal()
    shown = Signal(bool)
    edited = Signal()
    sent_changed = Signal()
    kept = Signal()

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        sources: SourceOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._run = run
        self._sources = sources
        self._failed = failed
        self._page: CanvasPage | None = None
        self._sent: set[str] = set()
        self._told_parent: PictureId | None = None
        window.request_panel.changed.connect(self._tell_purpose)
        self.canvas: Canvas | None = None
        self.file: Path | None = None
        """Where the canvas was saved to, or opened from, last."""

    # --- what lies on it ---

    @property
    def is_shown(self) -> bool:
        return self.canvas is not None and self._window.shows_canvas

    @property
    def parent_picture(self) -> PictureId | None:
        """The picture of the gallery that the one on the canvas comes from."""
        return None if self.canvas is None else self.canvas.parent

    @property
    def page(self) -> CanvasPage:
        return self._page or self.make_page()

    def make_page(self) -> CanvasPage:
        """Make the page, unless it is there."""
        if self._page is None:
            self._page = self._new_page()
        return self._page

    def open(
        self,
        canvas: Canvas,
        parent: PictureId | None,
        sent: frozenset[str] = frozenset(),
        *,
        file: Path | None = None,
        takes_keys: bool = True,
    ) -> None:
        """Lay a picture on the canvas and show it. `sent` are the sources of requests whose results are waited for.
        `file` is the canvas' own.

        One that comes by itself takes no keys: the user may be writing by then, and letters are tools here.
        """
        canvas.parent = self._told_parent = parent
        self.canvas = canvas
        self.file = file
        self._sent = set(sent)
        self.page.set_canvas(canvas)
        self.opened.emit()
        self._set_shown(True)
        if takes_keys:
            self.page.view.setFocus()
        self._tell_purpose()

    def close(self) -> None:
        """Take the picture away; the middle shows the gallery's picture again."""
        if self.canvas is None:
            return
        self.canvas = None
        self.page.set_canvas(None)
        self._set_shown(False)
        self.closed.emit()

    def show(self) -> None:
        """Bring the canvas to the middle of the window."""
        if self.canvas is not None:
            self._set_shown(True)
            self.page.view.setFocus()

    def hide(self) -> None:
        """Show the gallery's picture; the canvas stays as it is."""
        self._set_shown(False)

    def mask(self, mask: MaskPixels, label: str) -> None:
        """Another mask: one step that can be undone."""
        assert self.canvas is not None
        self.canvas.set_mask(mask, label)
        self.page.view.refresh(None)
        self._on_edited()

    def paint_over(self, picture: Pixels, label: str) -> None:
        """Another picture of the same size; the mask stays. One step that can be undone."""
        assert self.canvas is not None
        self.canvas.replace_picture(picture, label)
        self.page.view.refresh(None)
        self._on_edited()

    def accept(self, picture: Pixels, parent: PictureId, label: str) -> None:
        """A result, of any size, becomes the picture, and the mask has done its work: one step that can be undone."""
        assert self.canvas is not None
        self.canvas.accept(picture, label, parent)
        self.page.view.refresh(None)
        self._on_edited()
        self.note_kept(self.canvas, self.canvas.changes)

    def note_kept(self, canvas: Canvas, changes: int, file: Path | None = None) -> None:
        """What lay on `canvas` when there were so many `changes` is in a picture of the gallery, or in this `file`."""
        canvas.note_kept(changes)
        if canvas is self.canvas:
            self.file = file or self.file
            self.kept.emit()

    # --- what is sent ---

    @property
    def sent(self) -> frozenset[str]:
        """The sources (sha256) of the requests that were sent from this canvas."""
        return frozenset(self._sent)

    def is_from_here(self, image: ImageRef) -> bool:
        """True if a request that starts from `image` was sent from the open canvas."""
        return self.canvas is not None and image.sha256 in self._sent

    def send(self, request: GenerationRequest, send: Callable[[GenerationRequest], None]) -> None:
        """Keep picture and mask as they are now, then `send` the request with the task that the panel describes."""
        canvas = self.canvas
        assert canvas is not None
        picture, mask = canvas.picture_now(), None if canvas.is_mask_empty else canvas.mask_now()
        parent, seam = canvas.parent, self._seam(canvas)

        def keep() -> tuple[ImageRef, ImageRef | None]:
            return self._sources.put_image(picture), None if mask is None else self._sources.put_mask(mask)

        def kept(refs: tuple[ImageRef, ImageRef | None]) -> None:
            panel = self._window.request_panel
            try:
                complete = replace(request, task=panel.start.task(*refs, parent, seam=seam))
            except InvalidRequest as fault:
                panel.show_fault(fault)
                return
            if self.canvas is canvas:
                self._sent.add(refs[0].sha256)
                self.sent_changed.emit()
            send(complete)

        self._run(keep, done=kept, failed=self._failed)

    def _seam(self, canvas: Canvas) -> int:
        """How softly the new part has to meet the old one: more where the picture was extended just now."""
        from studio.imaging.masks import seam_blur

        growth = _last_growth(canvas)
        if growth is None:
            return 0
        return seam_blur(canvas.width - growth.left - growth.right, canvas.height - growth.top - growth.bottom)

    # --- how it is put together ---

    def _new_page(self) -> CanvasPage:
        from studio.ui.canvas.canvas_page import CanvasPage

        page = CanvasPage()
        page.view.edited.connect(self._on_edited)
        self._window.add_canvas_page(page)
        self.page_made.emit(page)
        return page

    def _set_shown(self, shown: bool) -> None:
        self._window.show_canvas(shown=shown)
        self._tell_purpose()
        self.shown.emit(shown)

    def _on_edited(self) -> None:
        self.page.refresh_commands()
        self._tell_purpose()
        self.edited.emit()
        if self.parent_picture != self._told_parent:  # by accepting a result, and by undo of that
            self._told_parent = self.parent_picture
            self.sent_changed.emit()

    def _tell_purpose(self) -> None:
        panel = self._window.request_panel
        panel.show_purpose(self._purpose())
        if self.canvas is not None:
            has_mask = not self.canvas.is_mask_empty
            panel.start.show_mask(has_mask=has_mask, extends=has_mask and _last_growth(self.canvas) is not None)
            self.page.view.show_model_frame(self._model_frame(self.canvas))

    def _model_frame(self, canvas: Canvas) -> Rect | None:
        """The part that the model will see; None when that is all, or when a field has a fault."""
        from studio.imaging.seen_part import seen_part

        panel, whole = self._window.request_panel, canvas.bounds
        image = ImageRef("", whole.width, whole.height)
        try:
            task = panel.start.task(image, None if canvas.is_mask_empty else image, None, seam=self._seam(canvas))
            part = seen_part(task, canvas.mask, panel.sampling.size_in_pixels())
        except InvalidRequest:
            return None
        return None if part == whole else part

    def _purpose(self) -> Entry:
        if not self.is_shown or self.canvas is None:
            return glossary.MAKE
        if self.canvas.is_mask_empty:
            return glossary.VARY
        return glossary.REPAINT if _last_growth(self.canvas) is None else glossary.EXTEND


def _last_growth(canvas: Canvas) -> Growth | None:
    """By how much the picture was extended, if that was the last thing that was done to it."""
    edit = canvas.history.next_undo
    return None if edit is None else edit.extension
