"""Decides what the middle of the window shows: the running job, the selected picture, or the welcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QSize, Signal
from PySide6.QtGui import QImage

from studio.core.errors import StudioError
from studio.core.job import Job
from studio.core.request import GenerationRequest
from studio.core.task import finished_size
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.images import to_qimage
from studio.ui.main_window import MainWindow

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.imaging.metadata.foreign_settings import ForeignSettings


class PictureStage(QObject):
    """Follows the running job until the user selects another picture; the next press of the button follows again.

    Lives in the window's thread. Pixels of files are read in the background; when several are asked for, the newest
    wins.

    Signals:
        picture_chosen(): the user went to a picture of the gallery.
    """

    picture_chosen = Signal()

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        read_pixels: Callable[[Path], Pixels],
        foreign_settings: Callable[[PictureRecord], ForeignSettings | None],
        failed: Callable[[StudioError], None],
        is_told_elsewhere: Callable[[], bool] = lambda: False,
    ) -> None:
        """`foreign_settings` are what another program's picture tells; asked in the background. Why a file cannot be
        read is not said once more where `is_told_elsewhere`: the picture is looked at large."""
        super().__init__()
        self._window = window
        self._run = run
        self._read_pixels = read_pixels
        self._foreign_settings = foreign_settings
        self._failed = failed
        self._is_told_elsewhere = is_told_elsewhere
        self._job: Job | None = None
        self._following = False
        self._selecting = False
        self._covered = False
        self._wanted: PictureRecord | None = None
        self._last_preview: QImage | None = None
        window.gallery_panel.picture_selected.connect(self._on_picture_selected)
        window.gallery_panel.nothing_selected.connect(self._on_nothing_selected)
        window.gallery_panel.view.clicked.connect(self._on_clicked)
        window.commands.show_live.triggered.connect(self.follow)
        self._update_commands()

    @property
    def shown_record(self) -> PictureRecord | None:
        """The finished picture that is shown; None for the welcome and for a running job."""
        return self._wanted

    def set_covered(self, covered: bool) -> None:
        """While the canvas lies over the picture, nothing can be done with the picture."""
        self._covered = covered
        self._update_commands()

    def stay(self) -> None:
        """The user looks at the gallery's current picture: no running job takes its place."""
        self._following = False
        record = self._window.gallery_panel.current
        if self._wanted is None and record is not None:
            self._show_record(record)
        self.picture_chosen.emit()

    def follow(self) -> None:
        """Show the running job from now on."""
        self._following = True
        if self._job is not None:
            self._show_job(self._job)

    def on_job_started(self, job: Job) -> None:
        self._job = job
        self._last_preview = None
        self._update_commands()
        if self._following:
            self._show_job(job)

    def on_preview(self, pixels: Pixels) -> None:
        """A guess of the picture that is being made, about as large as it."""
        self._last_preview = to_qimage(pixels)
        if self._following:
            self._show_preview()

    def on_picture_saved(self, record: PictureRecord) -> None:
        """Select the new picture, unless the user is looking at another one."""
        if self._following or self._wanted is None:
            self._selecting = True
            self._window.gallery_panel.select(record.id)
            self._selecting = False

    def on_job_ended(self) -> None:
        """The running job is over, however it ended: what is selected comes back."""
        self._job = None
        self._update_commands()
        record = self._window.gallery_panel.current
        if record is None:
            self._on_nothing_selected()
        elif self._following and self._wanted is None:
            self._show_record(record)

    def _on_picture_selected(self, record: PictureRecord) -> None:
        if not self._selecting:
            self._following = False
        self._show_record(record)

        if self._window.gallery_panel.view.hasFocus() and not self._selecting:
            self.picture_chosen.emit()

    def _on_clicked(self, _index: QModelIndex) -> None:
        """Also for the picture that was selected already, while a job is shown."""
        self.stay()

    def _on_nothing_selected(self) -> None:
        self._wanted = None
        self._update_commands()
        if self._job is not None and self._following:
            self._show_job(self._job)
        else:
            self._window.details.show_nothing()
            self._window.picture_view.show_welcome()

    def _show_job(self, job: Job) -> None:
        self._wanted = None
        self._update_commands()
        self._window.details.show_request(job.request)
        if self._last_preview is not None:
            self._show_preview()

    def _show_preview(self) -> None:
        assert self._job is not None
        assert self._last_preview is not None
        if self._wanted is not None:
            self._wanted = None
            self._update_commands()
            self._window.details.show_request(self._job.request)
        self._window.picture_view.show_preview(self._last_preview, _size_of_result(self._job.request))

    def _show_record(self, record: PictureRecord) -> None:
        self._wanted = record
        self._update_commands()
        self._window.details.show_record(record)

        if record.parameters is None:
            self._show_foreign(record)

        def read() -> Pixels | None:
            return self._read_pixels(record.path) if self._wanted is record else None  # a key that is held goes further

        def show(pixels: Pixels | None) -> None:
            if self._wanted is record and pixels is not None:
                prompt = record.parameters.prompt.text if record.parameters else record.path.name
                self._window.picture_view.show_picture(to_qimage(pixels), prompt)

        def failed(error: StudioError) -> None:
            if self._wanted is record:
                self._show_remembered(record)
            if not self._is_told_elsewhere():
                self._failed(error)

        self._run(read, done=show, failed=failed)

    def _show_remembered(self, record: PictureRecord) -> None:
        """Its file cannot be read, or its drive is away: no other picture may stand over what is said of it."""
        small = self._window.gallery_panel.remembered(record.id)
        self._window.picture_view.show_preview(small, QSize(record.width, record.height))

    def _show_foreign(self, record: PictureRecord) -> None:
        def show(foreign: ForeignSettings | None) -> None:
            if self._wanted is record:
                self._window.details.show_foreign(record, foreign)

        self._run(lambda: self._foreign_settings(record), done=show, failed=self._failed)

    def _update_commands(self) -> None:
        for action in self._window.commands.for_picture:
            action.setEnabled(self._wanted is not None and not self._covered)
        self._window.commands.show_live.setEnabled(self._job is not None)


def _size_of_result(request: GenerationRequest) -> QSize:
    """How large the picture will be: what is put back into a start picture has its size."""
    return QSize(*finished_size(request.task, request.size))
