"""What can be done with the shown picture: use its settings, copy it, save it, delete it and bring it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from studio.core.checkpoint import Checkpoint
from studio.core.errors import NoParameters, StudioError
from studio.core.language import tr
from studio.core.result import PictureId, PictureParameters
from studio.core.session import DeviceInfo
from studio.core.task import TextToImage
from studio.gallery.record import PictureRecord
from studio.imaging.export import JPEG_XL, export_endings
from studio.ui.background import RunInBackground
from studio.ui.file_manager import open_folder
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.images import to_qimage
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, AnswerKind, Notice
from studio.ui.picture_stage import PictureStage
from studio.ui.request_panel import lora_tags
from studio.ui.same_pixels import made_again_text, what_differs

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.imaging.picture_metadata import PictureInfo

_SAVE_FILTERS = {
    ".png": tr("PNG, exact copy (*.png)"),
    ".jpg": tr("JPEG, small (*.jpg *.jpeg)"),
    ".webp": tr("WebP, small and sharp (*.webp)"),
    ".avif": tr("AVIF, smallest (*.avif)"),
    JPEG_XL: tr("JPEG XL, small and sharp (*.jxl)"),
}


@dataclass(frozen=True, slots=True)
class PictureOperations:
    """The work behind the commands; called in the background. Each raises StorageError."""

    trash: Callable[[PictureId], PictureRecord | None]
    restore: Callable[[PictureRecord], None]
    read_pixels: Callable[[Path], Pixels]
    export: Callable[[Path, Path], None]
    infotext: Callable[[PictureParameters], str]
    read_info: Callable[[Path], PictureInfo]
    """For pictures of other programs: what they tell is in their files."""


@dataclass(frozen=True, slots=True)
class _Trashed:
    """`gone` are no longer in the gallery, `records` of them can come back; `failure` stopped the rest."""

    gone: tuple[PictureId, ...]
    records: tuple[PictureRecord, ...]
    failure: StudioError | None = None


class PictureCommands(QObject):
    """Connects the commands for a finished picture. They act on what `stage` shows.

    Signals:
        start_wanted(ImageToImage | Inpaint): settings were taken over from a picture that was made from another one.
        deleted(PictureId)
        restored(PictureId): deleted pictures are back, this one among them.
    """

    start_wanted = Signal(object)
    deleted = Signal(object)
    restored = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        model: GalleryModel,
        stage: PictureStage,
        run: RunInBackground,
        operations: PictureOperations,
        failed: Callable[[StudioError], None],
        pictures_folder: Path,
        checkpoint: Callable[[], Checkpoint],
    ) -> None:
        """`checkpoint` is asked for the model that is chosen."""
        super().__init__()
        self._window = window
        self._model = model
        self._stage = stage
        self._run = run
        self._operations = operations
        self._failed = failed
        self._pictures_folder = pictures_folder
        self._checkpoint = checkpoint
        self._device: DeviceInfo | None = None
        self._deleted: list[tuple[tuple[PictureRecord, ...], Answer]] = []
        self._save_folder = Path.home()
        self._connect()
        self._update_undo()

    def on_device_known(self, device: DeviceInfo) -> None:
        """Where pictures are made from now on."""
        self._device = device

    def _connect(self) -> None:
        commands = self._window.commands
        for action, act in (
            (commands.use_settings, self._use_settings),
            (commands.only_prompt, self._only_prompt),
            (commands.same_seed, self._same_seed),
            (commands.copy_picture, self._copy_picture),
            (commands.copy_parameters, self._copy_parameters),
            (commands.show_in_folder, self._show_in_folder),
            (commands.save_as, self._save_as),
        ):
            action.triggered.connect(self._with_shown_record(act))
        commands.delete.triggered.connect(self._delete_selected)
        commands.undo_delete.triggered.connect(self.undo_delete)
        commands.open_gallery_folder.triggered.connect(lambda: open_folder(self._pictures_folder))

    def _with_shown_record(self, act: Callable[[PictureRecord], None]) -> Callable[[], None]:
        def act_on_shown() -> None:
            record = self._stage.shown_record
            if record is not None:
                act(record)

        return act_on_shown

    def _use_settings(self, record: PictureRecord) -> None:
        panel = self._window.request_panel
        parameters = record.parameters
        if parameters is None:
            self._with_info(record, self._use_foreign_settings)
            return
        panel.use_parameters(parameters)
        if not isinstance(parameters.task, TextToImage):
            self.start_wanted.emit(parameters.task)
        differences = what_differs(parameters, self._device, self._checkpoint()) if self._device else []
        self._say(tr("Settings taken over"), made_again_text(differences))

    def _use_foreign_settings(self, info: PictureInfo) -> bool:
        if info.foreign is None:
            return False
        self._window.request_panel.use_foreign_settings(info.foreign)
        self._say(tr("Settings taken over"), tr("What the picture does not tell, and its model, stay as they were."))
        return True

    def _only_prompt(self, record: PictureRecord) -> None:
        panel = self._window.request_panel

        def use(info: PictureInfo) -> bool:
            if info.foreign is not None:
                panel.use_prompt(info.foreign.prompt, info.foreign.loras)
            return info.foreign is not None

        if record.parameters is None:
            self._with_info(record, use)
        else:
            panel.use_prompt(record.parameters.prompt, lora_tags(record.parameters))

    def _same_seed(self, record: PictureRecord) -> None:
        panel = self._window.request_panel

        def use(info: PictureInfo) -> bool:
            seed = info.foreign.seed if info.foreign is not None else None
            if seed is not None:
                panel.use_seed(seed)
            return seed is not None

        if record.parameters is None:
            self._with_info(record, use)
        else:
            panel.use_seed(record.parameters.sampling.seed)

    def _with_info(self, record: PictureRecord, use: Callable[[PictureInfo], bool]) -> None:
        """Read what another program's picture tells. `use` is False if what is wanted is not there, which is said."""

        def use_or_say(info: PictureInfo) -> None:
            if not use(info):
                self._failed(NoParameters(record.path))

        self._run(lambda: self._operations.read_info(record.path), done=use_or_say, failed=self._failed)

    def _copy_picture(self, record: PictureRecord) -> None:
        """From its file: what is shown may be a small one from memory, or still the picture before."""

        def copy(pixels: Pixels) -> None:
            QGuiApplication.clipboard().setImage(to_qimage(pixels))
            self._say(tr("Picture copied"), tr("Paste it into any other program."))

        self._run(lambda: self._operations.read_pixels(record.path), done=copy, failed=self._failed)

    def _copy_parameters(self, record: PictureRecord) -> None:
        def copy(info: PictureInfo) -> bool:
            if info.infotext is not None:
                self._copy_text(info.infotext)
            return info.infotext is not None

        if record.parameters is None:
            self._with_info(record, copy)
        else:
            self._copy_text(self._operations.infotext(record.parameters))

    def _copy_text(self, infotext: str) -> None:
        QGuiApplication.clipboard().setText(infotext)
        self._say(tr("Parameters copied"), tr("As text that other programs of this kind understand as well."))

    def _show_in_folder(self, record: PictureRecord) -> None:
        open_folder(record.path.parent)

    def _save_as(self, record: PictureRecord) -> None:
        suggested = self._save_folder / record.path.name
        name, chosen_filter = QFileDialog.getSaveFileName(
            self._window, tr("Save a copy of this picture"), str(suggested), save_filters()
        )
        if name:
            self.save_copy(record, with_suffix_of(Path(name), chosen_filter))

    def save_copy(self, record: PictureRecord, target: Path) -> None:
        """Save a copy of the picture in the format of `target`'s ending."""
        self._save_folder = target.parent

        def saved(_: None) -> None:
            self._say(tr("Saved"), f"{target}")

        self._run(lambda: self._operations.export(record.path, target), done=saved, failed=self._failed)

    def delete(self, record: PictureRecord) -> None:
        """Move a picture to the trash; that can be undone."""
        self._delete([record.id])

    def _delete_selected(self) -> None:
        shown, selected = self._stage.shown_record, self._window.gallery_panel.selected
        if shown is not None:
            self._delete(selected if shown.id in selected else [shown.id])

    def _delete(self, pictures: Sequence[PictureId]) -> None:
        """All in one step. Those before one that cannot be moved are in the trash."""
        rows = [row for row in map(self._model.row_of, pictures) if row is not None]

        def deleted(outcome: _Trashed) -> None:
            for picture in outcome.gone:
                self._model.remove(picture)
                self.deleted.emit(picture)
            self._select_near(min(rows, default=0))
            if outcome.records:
                self._offer_undo(outcome.records)
            if outcome.failure is not None:
                self._failed(outcome.failure)

        self._run(lambda: _trash(pictures, self._operations.trash), done=deleted, failed=self._failed)

    def _offer_undo(self, records: tuple[PictureRecord, ...]) -> None:
        what = records[0].path.name if len(records) == 1 else tr("{n} pictures", n=len(records))
        undo = Answer(tr("Undo"), self.undo_delete, kind=AnswerKind.UNDO)
        self._deleted.append((records, undo))
        self._update_undo()
        self._window.notices.show_notice(Notice(tr("Moved to the trash"), what, (undo,), key="deleted"))

    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        if not self._deleted:
            return
        records, told = self._deleted.pop()
        self._window.notices.forget_undo(told)
        self._update_undo()
        self._window.notices.dismiss("deleted")

        def restore() -> None:
            for record in records:
                self._operations.restore(record)

        def failed(error: StudioError) -> None:
            self.restored.emit(records[0].id)  # some of them may be back
            self._failed(error)

        self._run(restore, done=lambda _: self.restored.emit(records[0].id), failed=failed)

    def _select_near(self, row: int) -> None:
        """After a delete the picture in its place becomes current, so that Delete can be pressed again."""
        count = self._model.rowCount()
        near = self._model.record(min(row, count - 1)) if count else None
        if near is not None:
            self._window.gallery_panel.select(near.id)
        else:
            self._window.gallery_panel.clear_selection()

    def _update_undo(self) -> None:
        self._window.commands.undo_delete.setEnabled(bool(self._deleted))

    def _say(self, title: str, text: str) -> None:
        self._window.notices.show_notice(Notice(title, text, key="done"))


def _trash(pictures: Sequence[PictureId], trash: Callable[[PictureId], PictureRecord | None]) -> _Trashed:
    gone: list[PictureId] = []
    records: list[PictureRecord] = []
    for picture in pictures:
        try:
            record = trash(picture)
        except StudioError as error:
            return _Trashed(tuple(gone), tuple(records), error)
        gone.append(picture)
        if record is not None:
            records.append(record)
    return _Trashed(tuple(gone), tuple(records))


def save_filters() -> str:
    """The file types of a dialog that asks where to save a picture."""
    return ";;".join(text for ending, text in _SAVE_FILTERS.items() if ending in export_endings())


def with_suffix_of(path: Path, chosen_filter: str) -> Path:
    """`path`, given the ending of the chosen file type when none was typed."""
    if path.suffix.lower() in export_endings():
        return path
    name = chosen_filter.partition(",")[0].partition(" (")[0]
    ending = next((ending for ending, text in _SAVE_FILTERS.items() if text.startswith(f"{name},")), ".png")
    return path.with_name(path.name + ending)
