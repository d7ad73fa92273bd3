"""Names the files of the selected pictures by a pattern; one step, which can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.naming import Renamed, files_beside
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, AnswerKind, Notice
from studio.ui.rename_dialog import MOST_SHOWN, USUAL_PATTERN, RenameDialog


@dataclass(frozen=True, slots=True)
class RenameOperations:
    """Called in the background. Each raises StorageError."""

    record: Callable[[PictureId], PictureRecord | None]
    rename: Callable[[Sequence[PictureId], str], Renamed]
    rename_to: Callable[[Mapping[PictureId, str]], Renamed]


class PictureRenaming(QObject):
    """Lives in the window's thread."""

    def __init__(
        self,
        window: MainWindow,
        model: GalleryModel,
        run: RunInBackground,
        operations: RenameOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._model = model
        self._run = run
        self._operations = operations
        self._failed = failed
        self._pattern = USUAL_PATTERN
        window.commands.rename.triggered.connect(self._ask)

    def _ask(self) -> None:
        pictures = self._window.gallery_panel.selected

        def read() -> tuple[list[PictureRecord], list[Path]]:
            found = map(self._operations.record, pictures[:MOST_SHOWN])
            first = [record for record in found if record is not None]
            return first, files_beside(first)

        def ask(found: tuple[list[PictureRecord], list[Path]]) -> None:
            first, taken = found
            dialog = RenameDialog(self._window, self._pattern, first, len(pictures), taken)
            dialog.decided.connect(partial(self._rename, pictures))
            dialog.open()

        if pictures:
            self._run(read, done=ask, failed=self._failed)

    def _rename(self, pictures: Sequence[PictureId], pattern: str) -> None:
        self._pattern = pattern
        self._run(lambda: self._operations.rename(pictures, pattern), done=self._on_renamed, failed=self._failed)

    def _on_renamed(self, renamed: Renamed) -> None:
        self._show(renamed)
        count = len(renamed.before)
        if count:
            undo = Answer(tr("Undo"), partial(self._take_back, renamed), kind=AnswerKind.UNDO)
            text = (
                tr("1 picture has another name.")
                if count == 1
                else tr("{count:,} pictures have other names.", count=count)
            )
            self._window.notices.show_notice(
                Notice(tr("Renamed"), tr("{words} Undo takes it back.", words=text), (undo,), key="renamed")
            )
        elif renamed.failure is None:
            self._window.notices.show_notice(
                Notice(tr("Nothing to rename"), tr("They are called so already."), key="renamed")
            )

    def _take_back(self, renamed: Renamed) -> None:
        self._window.notices.dismiss("renamed")
        self._run(lambda: self._operations.rename_to(renamed.undo), done=self._show, failed=self._failed)

    def _show(self, renamed: Renamed) -> None:
        self._model.forget(list(renamed.before))
        self._window.gallery_panel.tell_current_again()
        if renamed.failure is not None:
            self._failed(renamed.failure)
