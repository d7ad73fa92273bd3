"""Pictures that were made but could not be written: held, announced, and saved again or somewhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.core.job import JobId, UnsavedPicture
from studio.core.language import tr, trn
from studio.core.result import GeneratedImage
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.loss_question import LossQuestion
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for
from studio.ui.notice_bar import Answer, Notice

_KEY = "unsaved"


class SaveAgain(Protocol):
    def __call__(self, image: GeneratedImage, job_id: JobId) -> PictureRecord: ...


class UnsavedPictures(QObject):
    """Holds them until each is on disk. The queue stands still meanwhile.

    Signals:
        saved(PictureRecord): one of them is in the gallery after all.
        resolved(): none is left; the queue may go on.
    """

    saved = Signal(object)
    resolved = Signal()

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        save_again: SaveAgain,
        save_elsewhere: Callable[[GeneratedImage, Path], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._run = run
        self._save_again = save_again
        self._save_elsewhere = save_elsewhere
        self._held: list[UnsavedPicture] = []

    @property
    def held(self) -> tuple[UnsavedPicture, ...]:
        return tuple(self._held)

    def hold(self, picture: UnsavedPicture) -> None:
        self._held.append(picture)
        self._announce(picture.error)

    def try_again(self) -> None:
        """Write them to the gallery again."""
        for picture in self._take_all():
            self._run(
                lambda picture=picture: self._save_again(picture.image, picture.job_id),
                done=self._on_saved,
                failed=self._hold_again(picture),
            )

    def save_into(self, folder: Path) -> None:
        """Write them into another folder."""
        for picture in self._take_all():
            target = folder / f"{picture.image.id}.png"
            self._run(
                lambda picture=picture, target=target: self._save_elsewhere(picture.image, target),
                done=lambda _: self._resolve(),
                failed=self._hold_again(picture),
            )

    def may_be_lost(self) -> bool:
        """Asked when the window closes: True when nothing is held or the user gives it up."""
        if not self._held:
            return True
        text = trn(
            "{n} picture is not on disk yet. If you close now, it is lost.",
            "{n} pictures are not on disk yet. If you close now, they are lost.",
            len(self._held),
        )
        return LossQuestion(self._window, tr("Pictures are not saved"), text, tr("Close and lose them")).is_agreed()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, tr("Save the pictures into this folder"))
        if folder:
            self.save_into(Path(folder))
        else:
            self._announce(self._held[-1].error)

    def _on_saved(self, record: PictureRecord) -> None:
        self.saved.emit(record)
        self._resolve()

    def _resolve(self) -> None:
        if not self._held:
            self._window.notices.dismiss(_KEY)
            self.resolved.emit()

    def _hold_again(self, picture: UnsavedPicture) -> Callable[[StudioError], None]:
        def hold(error: StudioError) -> None:
            self._held.append(picture)
            self._announce(error)

        return hold

    def _take_all(self) -> list[UnsavedPicture]:
        taken, self._held = self._held, []
        return taken

    def _announce(self, error: StudioError) -> None:
        message = message_for(error)
        self._window.notices.show_notice(
            Notice(
                trn(
                    "{title}: {n} picture is not saved yet",
                    "{title}: {n} pictures are not saved yet",
                    len(self._held),
                    title=message.title,
                ),
                message.text,
                (Answer(tr("Try again"), self.try_again), Answer(tr("Save elsewhere…"), self._choose_folder)),
                grave=True,
                key=_KEY,
            )
        )
