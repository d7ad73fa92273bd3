"""A canvas as a file: saved with its mask and results, and opened again, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.canvas.canvas_desk import CanvasDesk
from studio.ui.canvas.canvas_opener import CanvasOpener
from studio.ui.incoming import CANVAS_ENDING
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels
    from studio.imaging.canvas import Canvas
    from studio.imaging.canvas_file import CanvasDocument
    from studio.ui.canvas.staging import Staging

_FILTER = tr("Canvas of Latent Studio (*{ending})", ending=CANVAS_ENDING)


@dataclass(frozen=True, slots=True)
class CanvasFileOperations:
    """Called in the background. Each raises StorageError."""

    read: Callable[[Path], CanvasDocument]
    write: Callable[[Path, CanvasDocument], None]
    read_bytes: Callable[[Path], bytes]
    keep_candidate: Callable[[bytes], PictureRecord]
    """Puts a result into the gallery, unless it is there."""


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    document: CanvasDocument
    candidates: tuple[PictureRecord, ...]


class CanvasFiles(QObject):
    """Saves and opens. `staging` is None until the canvas was first shown.

    Signals:
        saved(Path): the canvas is in this file.
    """

    saved = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        desk: CanvasDesk,
        opener: CanvasOpener,
        staging: Callable[[], Staging | None],
        new_canvas: Callable[[Pixels, MaskPixels | None], Canvas],
        run: RunInBackground,
        operations: CanvasFileOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._desk = desk
        self._opener = opener
        self._staging = staging
        self._new_canvas = new_canvas
        self._run = run
        self._operations = operations
        self._failed = failed
        self._folder = Path.home()
        self._opened: tuple[Canvas, Mapping[str, object]] | None = None
        window.commands.save_canvas.triggered.connect(self._ask_where)

    def save(self, path: Path) -> None:
        """Write what lies on the canvas to `path`."""
        from studio.imaging.canvas_file import CanvasDocument

        canvas = self._desk.canvas
        if canvas is None:
            return
        changes = canvas.changes
        picture, mask, settings = canvas.picture_now(), canvas.mask_now(), self._settings()
        unknown = self._unknown_keys(canvas)
        staging = self._staging()
        files = [record.path for record in staging.records] if staging is not None else []

        def document(results: tuple[bytes, ...]) -> CanvasDocument:
            return CanvasDocument(picture=picture, mask=mask, candidates=results, settings=settings, unknown=unknown)

        def write() -> None:
            results = tuple(self._operations.read_bytes(file) for file in files)
            self._operations.write(path, document(results))

        def saved(_: None) -> None:
            canvas.note_kept(changes)
            self._window.notices.show_notice(Notice(tr("Canvas saved"), str(path), key="done"))
            self.saved.emit(path)

        self._run(write, done=saved, failed=self._failed)

    def open_canvas_file(self, path: Path) -> None:
        """Lay the canvas in this file down, in place of the one that is open."""

        def read() -> _Opened:
            document = self._operations.read(path)
            return _Opened(document, tuple(map(self._operations.keep_candidate, document.candidates)))

        self._run(read, done=self._lay_down, failed=self._failed)

    def _lay_down(self, opened: _Opened) -> None:
        settings = opened.document.settings
        canvas = self._new_canvas(opened.document.picture, opened.document.mask)
        parent = PictureId(str(settings["parent"])) if settings.get("parent") else None
        if self._opener.lay_down(canvas, parent):
            self._opened = (canvas, opened.document.unknown)
            self._window.request_panel.prompt.set_texts(_text(settings, "prompt"), _text(settings, "negative_prompt"))
            staging = self._staging()
            if staging is not None:
                staging.restore(opened.candidates)

    def _unknown_keys(self, canvas: Canvas) -> Mapping[str, object]:
        """What a newer program wrote into the file that this canvas was opened from."""
        if self._opened is not None and self._opened[0] is canvas:
            return self._opened[1]
        return {}

    def _settings(self) -> dict[str, object]:
        prompt = self._window.request_panel.prompt
        return {
            "prompt": prompt.text.toPlainText(),
            "negative_prompt": prompt.negative.toPlainText(),
            "parent": self._desk.parent_picture,
        }

    def _ask_where(self) -> None:
        suggested = self._folder / f"canvas{CANVAS_ENDING}"
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Save the canvas"), str(suggested), _FILTER)
        if name:
            path = Path(name)
            self._folder = path.parent
            self.save(path if path.suffix.lower() == CANVAS_ENDING else path.with_name(path.name + CANVAS_ENDING))


def _text(settings: Mapping[str, object], key: str) -> str:
    """A text that another program may have written there, or not."""
    value = settings.get(key)
    return value if isinstance(value, str) else ""
