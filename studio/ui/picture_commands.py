"""What can be done with the shown picture: use its settings, copy it, save it, delete it and bring it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.core.result import PictureId, PictureParameters
from studio.core.task import TextToImage
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, Notice
from studio.ui.picture_stage import PictureStage

SAVE_FILTERS = "PNG, exact copy (*.png);;JPEG, small (*.jpg *.jpeg);;WebP, small and sharp (*.webp)"


@dataclass(frozen=True, slots=True)
class PictureOperations:
    """The work behind the commands; called in the background. Each raises StorageError."""

    trash: Callable[[PictureId], PictureRecord | None]
    restore: Callable[[PictureRecord], None]
    export: Callable[[Path, Path], None]
    infotext: Callable[[PictureParameters], str]


class PictureCommands(QObject):
    """Connects the commands for a finished picture. They act on what `stage` shows.

    Signals:
        start_wanted(ImageToImage | Inpaint): settings were taken over from a picture that was made from another one.
        deleted(PictureId)
    """

    start_wanted = Signal(object)
    deleted = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        model: GalleryModel,
        stage: PictureStage,
        run: RunInBackground,
        operations: PictureOperations,
        failed: Callable[[StudioError], None],
        pictures_folder: Path,
    ) -> None:
        super().__init__()
        self._window = window
        self._model = model
        self._stage = stage
        self._run = run
        self._operations = operations
        self._failed = failed
        self._pictures_folder = pictures_folder
        self._deleted: list[PictureRecord] = []
        self._save_folder = Path.home()
        self._connect()
        self._update_undo()

    def _connect(self) -> None:
        commands = self._window.commands
        for action, act in (
            (commands.use_settings, self._use_settings),
            (commands.same_seed, self._same_seed),
            (commands.copy_picture, self._copy_picture),
            (commands.copy_parameters, self._copy_parameters),
            (commands.show_in_folder, self._show_in_folder),
            (commands.save_as, self._save_as),
            (commands.delete, self.delete),
        ):
            action.triggered.connect(self._with_shown_record(act))
        commands.undo_delete.triggered.connect(self.undo_delete)
        commands.open_gallery_folder.triggered.connect(lambda: open_folder(self._pictures_folder))

    def _with_shown_record(self, act: Callable[[PictureRecord], None]) -> Callable[[], None]:
        def act_on_shown() -> None:
            record = self._stage.shown_record
            if record is not None:
                act(record)

        return act_on_shown

    def _use_settings(self, record: PictureRecord) -> None:
        if record.parameters is not None:
            self._window.request_panel.use_parameters(record.parameters)
            if not isinstance(record.parameters.task, TextToImage):
                self.start_wanted.emit(record.parameters.task)
            self._say("Settings taken over", "The next picture will be this one again, until you change something.")

    def _same_seed(self, record: PictureRecord) -> None:
        if record.parameters is not None:
            self._window.request_panel.use_seed(record.parameters.sampling.seed)

    def _copy_picture(self, record: PictureRecord) -> None:
        image = self._window.picture_view.shown_image
        if image is not None:
            QGuiApplication.clipboard().setImage(image)
            self._say("Picture copied", "Paste it into any other program.")

    def _copy_parameters(self, record: PictureRecord) -> None:
        if record.parameters is not None:
            QGuiApplication.clipboard().setText(self._operations.infotext(record.parameters))
            self._say("Parameters copied", "As text that other programs of this kind understand as well.")

    def _show_in_folder(self, record: PictureRecord) -> None:
        open_folder(record.path.parent)

    def _save_as(self, record: PictureRecord) -> None:
        suggested = self._save_folder / record.path.name
        name, chosen_filter = QFileDialog.getSaveFileName(
            self._window, "Save a copy of this picture", str(suggested), SAVE_FILTERS
        )
        if name:
            self.save_copy(record, with_suffix_of(Path(name), chosen_filter))

    def save_copy(self, record: PictureRecord, target: Path) -> None:
        """Save a copy of the picture in the format of `target`'s ending."""
        self._save_folder = target.parent

        def saved(_: None) -> None:
            self._say("Saved", f"{target}")

        self._run(lambda: self._operations.export(record.path, target), done=saved, failed=self._failed)

    def delete(self, record: PictureRecord) -> None:
        """Move a picture to the trash; that can be undone."""
        row = self._model.row_of(record.id)

        def deleted(trashed: PictureRecord | None) -> None:
            self._model.remove(record.id)
            self.deleted.emit(record.id)
            self._select_near(row or 0)
            if trashed is None:
                return
            self._deleted.append(trashed)
            self._update_undo()
            self._window.notices.show_notice(
                Notice(
                    "Moved to the trash",
                    trashed.path.name,
                    (Answer("Undo", self.undo_delete),),
                    key="deleted",
                )
            )

        self._run(lambda: self._operations.trash(record.id), done=deleted, failed=self._failed)

    def undo_delete(self) -> None:
        """Bring the picture back that was deleted last."""
        if not self._deleted:
            return
        record = self._deleted.pop()
        self._update_undo()
        self._window.notices.dismiss("deleted")

        def restored(_: None) -> None:
            self._model.reload()
            self._window.gallery_panel.select(record.id)

        self._run(lambda: self._operations.restore(record), done=restored, failed=self._failed)

    def _select_near(self, row: int) -> None:
        """After a delete the picture in its place becomes current, so that Delete can be pressed again."""
        count = self._model.rowCount()
        if count:
            near = self._model.record(min(row, count - 1))
            if near is not None:
                self._window.gallery_panel.select(near.id)

    def _update_undo(self) -> None:
        self._window.commands.undo_delete.setEnabled(bool(self._deleted))

    def _say(self, title: str, text: str) -> None:
        self._window.notices.show_notice(Notice(title, text, key="done"))


def open_folder(folder: Path) -> None:
    """Open `folder` in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def with_suffix_of(path: Path, chosen_filter: str) -> Path:
    """`path`, given the ending of the chosen file type when none was typed."""
    if path.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"}:
        return path
    ending = {"JPEG": ".jpg", "WebP": ".webp"}.get(chosen_filter.partition(",")[0], ".png")
    return path.with_name(path.name + ending)
