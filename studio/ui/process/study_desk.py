"""Has the engine look at a picture for the tabs about noise and latents: the gallery's, or one from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.study import StudiedPicture, Study
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for
from studio.ui.picture_stage import PictureStage

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.process.process_page import ProcessPage

PICTURE_FILTERS = tr(
    "Pictures (*.png *.jpg *.jpeg *.webp *.avif *.tif *.tiff *.bmp *.gif *.heic *.heif);;All files (*)"
)
_BUSY = tr("The model looks at the picture. If it is making another one, this comes right after.")


class StudyDesk(QObject):
    """One study at a time is asked for; when its answer comes and another picture is wanted by then, that one is next.

    Signals:
        asked(Study): have the engine do it; `on_studied` or `on_failed` is to follow.
        restart_asked(Path, float): vary this picture with this strength.
    """

    asked = Signal(object)
    restart_asked = Signal(object, float)

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        run: RunInBackground,
        read_pixels: Callable[[Path, Checkpoint], Pixels],
        checkpoint: Callable[[], Checkpoint],
    ) -> None:
        """`read_pixels` is called in the background: the picture as this model can take it. Raises StorageError."""
        super().__init__()
        self._window = window
        self._stage = stage
        self._run = run
        self._read_pixels = read_pixels
        self._checkpoint = checkpoint
        self._page: ProcessPage | None = None
        self._opened: Path | None = None
        self._asked: tuple[Path, Checkpoint] | None = None
        self._shown: tuple[Path, Checkpoint] | None = None
        window.gallery_panel.picture_selected.connect(self._leave_opened)
        window.request_panel.changed.connect(self._show_steps)

    def attach(self, page: ProcessPage) -> None:
        """Its tabs are filled from now on, while one of them is in sight."""
        self._page = page
        page.mode_changed.connect(self.look)
        page.open_asked.connect(self._ask_for_file)
        page.forward.restart_asked.connect(self._restart)
        self._show_steps()

    @property
    def path(self) -> Path | None:
        """What is looked at: a file that was opened, else the picture that the stage shows."""
        record = self._stage.shown_record
        return self._opened or (record.path if record is not None else None)

    def look(self, *_: object) -> None:
        """Another picture, another model, or the tabs come in sight."""
        if self._page is None or not self._is_in_sight:
            return
        path, checkpoint = self.path, self._checkpoint()
        if path is None:
            self._shown = None
            self._page.forward.invite()
            self._page.latent.invite()
        elif (path, checkpoint) != self._shown:
            self._shown = None
            self._await(_BUSY)
            self._ask(path, checkpoint)

    def open(self, path: Path) -> None:
        """Look at this file until a picture of the gallery is selected."""
        self._opened = path
        if self._page is not None:
            self._page.show_subject(path.name)
        self.look()

    def on_studied(self, studied: StudiedPicture) -> None:
        asked, self._asked = self._asked, None
        if self._page is None or asked != (self.path, self._checkpoint()):
            self.look()
            return
        self._shown = asked
        self._page.forward.show_picture(studied)
        self._page.latent.show_picture(studied)

    def on_failed(self, error: StudioError) -> None:
        asked, self._asked = self._asked, None
        if asked == (self.path, self._checkpoint()):
            message = message_for(error)
            self._await(f"{message.title}\n{message.text}")
        else:
            self.look()

    @property
    def _is_in_sight(self) -> bool:
        page = self._page
        return page is not None and (page.forward.isVisible() or page.latent.isVisible())

    def _ask(self, path: Path, checkpoint: Checkpoint) -> None:
        if self._asked is not None:
            return
        self._asked = (path, checkpoint)

        def ask(pixels: Pixels) -> None:
            self.asked.emit(Study(checkpoint, pixels))

        self._run(lambda: self._read_pixels(path, checkpoint), done=ask, failed=self.on_failed)

    def _await(self, why: str) -> None:
        if self._page is not None:
            self._page.forward.await_picture(why)
            self._page.latent.await_picture(why)

    def _leave_opened(self, _record: object) -> None:
        self._opened = None
        self.look()

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Look at a picture"), "", PICTURE_FILTERS)
        if name:
            self.open(Path(name))

    def _restart(self, strength: float) -> None:
        if self.path is not None:
            self.restart_asked.emit(self.path, strength)

    def _show_steps(self) -> None:
        if self._page is not None:
            self._page.forward.show_steps(round(self._window.request_panel.sampling.steps.value()))
