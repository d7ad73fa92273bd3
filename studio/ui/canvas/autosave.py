"""The open canvas outlives the program: kept as it changes, laid down again at the next start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, Signal

from studio.core.errors import StorageError, StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.pixels import frozen_pixels
from studio.gallery.canvas_schema import KEPT
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.canvas.canvas_desk import CanvasDesk
from studio.ui.notice_bar import Notice, NoticeBar

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels
    from studio.gallery.canvas_store import CanvasStore
    from studio.imaging.canvas import Canvas
    from studio.ui.canvas.staging import Staging


_BACK = "canvas back"
"""The notice is about what lies on the desk."""


@dataclass(frozen=True, slots=True, eq=False)
class _Restored:
    canvas: Canvas
    results: tuple[PictureRecord, ...]
    view: Mapping[str, object]


class CanvasAutosave(QObject):
    """Hears of every change of the canvas and keeps it; `restore` brings back what was kept.

    Signals:
        ready(): what was kept is on the desk, or there was nothing; other pictures can be opened from now on.
    """

    ready = Signal()
    _write_failed = Signal(object)

    def __init__(
        self,
        store: Callable[[Callable[[StorageError], None]], CanvasStore],
        desk: CanvasDesk,
        notices: NoticeBar,
        run: RunInBackground,
        record: Callable[[PictureId], PictureRecord | None],
        failed: Callable[[StudioError], None],
    ) -> None:
        """`store` makes the store, at the first need: what it is given is called from the store's thread."""
        super().__init__()
        self._make_store = store
        self._made_store: CanvasStore | None = None
        self._desk = desk
        self._notices = notices
        self._run = run
        self._record = record
        self._failed = failed
        self._staging: Staging | None = None
        self._newest: tuple[Canvas, Pixels, MaskPixels] | None = None
        self._is_restoring = False
        self._write_failed.connect(failed, Qt.ConnectionType.QueuedConnection)
        desk.opened.connect(self._begin)
        desk.closed.connect(self._forget)
        desk.shown.connect(self._keep_view)
        desk.sent_changed.connect(self._keep_view)
        desk.kept.connect(self._keep_view)

    def new_canvas(self, picture: Pixels, mask: MaskPixels | None) -> Canvas:
        """A canvas whose edits are kept from the moment in which it lies on the desk. May be called in any thread."""
        import numpy as np

        from studio.imaging.canvas import Canvas

        canvas = Canvas(picture, mask, listener=self._store)
        if mask is None:
            mask = np.zeros(picture.shape[:2], np.uint8)  # memory that is never written to takes no room
        self._newest = (canvas, frozen_pixels(picture), frozen_pixels(mask))
        return canvas

    def watch(self, staging: Staging) -> None:
        """Keep which results wait over the canvas."""
        self._staging = staging
        staging.changed.connect(lambda: self._store.set_candidates(staging.ids))

    def restore(self) -> None:
        """Open the store and lay down what it kept; `ready` follows, however it ends. Call it before anything else."""
        self._made_store = self._make_store(self._write_failed.emit)
        self._made_store.start()
        self._run(self._load, done=self._lay_down, failed=self._cannot_restore)

    def close(self) -> None:
        """Make the last changes durable."""
        if self._made_store is not None:
            self._made_store.close()

    @property
    def _store(self) -> CanvasStore:
        assert self._made_store is not None
        return self._made_store

    # --- restoring ---

    def _load(self) -> tuple[_Restored | None, tuple[str, ...]]:
        sentences = self._store.open()
        stored, more = self._store.load()
        if stored is None:
            return None, (*sentences, *more)
        canvas = self.new_canvas(stored.picture, stored.mask)
        canvas.history.load(stored.edits, stored.position)
        found = (self._record(picture) for picture in stored.candidates)
        results = tuple(record for record in found if record is not None)
        return _Restored(canvas, results, stored.view), (*sentences, *more)

    def _lay_down(self, answer: tuple[_Restored | None, tuple[str, ...]]) -> None:
        restored, sentences = answer
        for sentence in sentences:
            self._notices.show_notice(Notice(tr("About the canvas"), sentence))
        if restored is not None and self._desk.canvas is None:
            self._lay_down_again(restored)
        self.ready.emit()

    def _lay_down_again(self, restored: _Restored) -> None:
        view = restored.view
        parent, sent, file = view.get("parent"), view.get("sent"), view.get("file")
        self._is_restoring = True
        self._desk.open(
            restored.canvas,
            PictureId(parent) if isinstance(parent, str) else None,
            frozenset(map(str, cast("list[object]", sent))) if isinstance(sent, list) else frozenset(),
            file=Path(file) if isinstance(file, str) else None,
            takes_keys=False,
        )
        self._is_restoring = False
        if view.get(KEPT) is True:
            restored.canvas.note_kept(restored.canvas.changes)
        if self._staging is not None:
            self._staging.restore(restored.results)
        if view.get("shown") is False:
            self._desk.hide()
        self._notices.show_notice(
            Notice(
                tr("Your canvas is back"),
                tr("Picture, mask and steps are as they were. Undo goes on from there."),
                key=_BACK,
            )
        )

    def _cannot_restore(self, error: StudioError) -> None:
        self._failed(error)
        self.ready.emit()

    # --- keeping ---

    def _forget(self) -> None:
        self._notices.dismiss(_BACK)
        self._store.close_canvas()

    def _begin(self) -> None:
        canvas = self._desk.canvas
        if canvas is not None and not self._is_restoring:
            self._notices.dismiss(_BACK)
            self._store.begin(*self._beginning_of(canvas))
            self._keep_view()

    def _beginning_of(self, canvas: Canvas) -> tuple[Pixels, MaskPixels]:
        """What the canvas was made from: copying its 24 megapixels would hold up the window."""
        if self._newest is not None and self._newest[0] is canvas:
            return self._newest[1:]
        return canvas.picture_now(), canvas.mask_now()

    def _keep_view(self) -> None:
        if self._desk.canvas is not None and not self._is_restoring:
            self._store.set_view(
                {
                    "parent": self._desk.parent_picture,
                    "sent": sorted(self._desk.sent),
                    "shown": self._desk.is_shown,
                    "file": None if self._desk.file is None else str(self._desk.file),
                    KEPT: self._desk.canvas.is_kept,
                }
            )
