"""A canvas as a file: saved with its mask and results, and opened again, here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord
from studio.settings.model import PanelState
from studio.settings.reading import read_settings
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

_ELSEWHERE = frozenset({"prompt", "negative", "checkpoint", "keep_discarded"})
"""Not in a file's panels: texts have keys of their own there, the model is this computer's, the last is a habit."""
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
            self._desk.note_kept(canvas, changes, path)
            self._window.notices.show_notice(Notice(tr("Canvas saved"), str(path), key="done"))
            self.saved.emit(path)

        self._run(write, done=saved, failed=self._failed)

    def open_canvas_file(self, path: Path) -> None:
        """Lay the canvas in this file down, in place of the one that is open."""

        def read() -> _Opened:
            document = self._operations.read(path)
            return _Opened(document, tuple(map(self._operations.keep_candidate, document.candidates)))

        self._run(read, done=partial(self._lay_down, path), failed=self._failed)

    def _lay_down(self, path: Path, opened: _Opened) -> None:
        settings = opened.document.settings
        canvas = self._new_canvas(opened.document.picture, opened.document.mask)
        parent = PictureId(str(settings["parent"])) if settings.get("parent") else None
        if self._opener.lay_down(canvas, parent, path):
            self._opened = (canvas, opened.document.unknown)
            self._use_settings(settings)
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
            **self._panels(),
        }

    def _use_settings(self, settings: Mapping[str, object]) -> None:
        """What the file does not say stays as the window has it."""
        panel = self._window.request_panel
        now = self._panels()
        kept = {name: {**values, **_known(settings.get(name), values)} for name, values in now.items()}
        found, _ = read_settings(kept)
        panel.restore(found.panel)
        panel.prompt.set_texts(_text(settings, "prompt"), _text(settings, "negative_prompt"))
        panel.start.restore(replace(found.start, keep_discarded=panel.start.keep_discarded))

    def _panels(self) -> dict[str, dict[str, object]]:
        """The settings of the window that are about the picture, in the words of `settings.json`."""
        panel = self._window.request_panel
        return {
            "panel": _without(asdict(panel.state(PanelState())), _ELSEWHERE),
            "start": _without(asdict(panel.start.state()), _ELSEWHERE),
        }

    def _ask_where(self) -> None:
        suggested = self._desk.file or self._folder / f"canvas{CANVAS_ENDING}"
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Save the canvas"), str(suggested), _FILTER)
        if name:
            path = Path(name)
            self._folder = path.parent
            self.save(path if path.suffix.lower() == CANVAS_ENDING else path.with_name(path.name + CANVAS_ENDING))


def _without(values: dict[str, object], names: frozenset[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names}


def _known(found: object, names: Container[str]) -> dict[str, object]:
    """Of what another program may have written there, what is to be read."""
    values = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    return {name: value for name, value in values.items() if name in names}


def _text(settings: Mapping[str, object], key: str) -> str:
    """A text that another program may have written there, or not."""
    value = settings.get(key)
    return value if isinstance(value, str) else ""
