"""Favourites and ratings of the selected pictures; each step can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.picture_marks import PictureMarks
from studio.ui.background import RunInBackground
from studio.ui.commands import Commands
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.mark_editor import MarkEdit, MarkEditor
from studio.ui.notice_bar import Answer, AnswerKind, Notice, NoticeBar

Marked = dict[PictureId, PictureMarks]
Change = Callable[[PictureMarks], PictureMarks]


class Marks(Protocol):
    """The gallery; called in the background. Each raises StorageError."""

    def marks_of(self, pictures: Sequence[PictureId]) -> Marked: ...
    def put_marks(self, marks: Marked) -> None: ...
    def tags(self) -> list[str]: ...


class MarkCommands(QObject):
    """Lives in the window's thread.

    Signals:
        changed(): marks were written.
    """

    changed = Signal()

    def __init__(
        self,
        commands: Commands,
        panel: GalleryPanel,
        model: GalleryModel,
        notices: NoticeBar,
        run: RunInBackground,
        marks: Marks,
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._commands = commands
        self._panel = panel
        self._model = model
        self._notices = notices
        self._run = run
        self._marks = marks
        self._failed = failed
        commands.favourite.triggered.connect(self._set_favourite)
        for rating, command in commands.ratings.items():
            command.triggered.connect(partial(self._rate, rating))
        commands.edit_marks.triggered.connect(self._ask_for_tags)
        panel.picture_selected.connect(self._follow_selection)
        panel.nothing_selected.connect(self._follow_selection)
        model.dataChanged.connect(self._follow_selection)
        self._follow_selection()

    def _set_favourite(self, favourite: bool) -> None:
        said = tr("Favourite") if favourite else tr("No favourite any more")
        self.change(lambda marks: replace(marks, favourite=favourite), said, self._panel.selected)

    def _rate(self, rating: int) -> None:
        said = tr("Rating taken away") if not rating else tr("Rated with {rating} of 5 stars", rating=rating)
        self.change(lambda marks: replace(marks, rating=rating), said, self._panel.selected)

    def _ask_for_tags(self) -> None:
        pictures = self._panel.selected

        def ask(found: tuple[Marked, list[str]]) -> None:
            marks, tags = found
            editor = MarkEditor(self._panel, list(marks.values()), tags)
            editor.decided.connect(partial(self._edit, pictures))
            editor.show_left_of(self._panel.place_of_current())

        if pictures:
            self._run(lambda: (self._marks.marks_of(pictures), self._marks.tags()), done=ask, failed=self._failed)

    def _edit(self, pictures: Sequence[PictureId], edit: MarkEdit) -> None:
        self.change(edit.apply, tr("Tags and note are kept"), pictures)

    def change(self, change: Change, said: str, pictures: Sequence[PictureId]) -> None:
        """Change the marks of these pictures, say so, and offer to take it back."""

        def write() -> tuple[Marked, Marked]:
            before = self._marks.marks_of(pictures)
            after = {picture: change(marks) for picture, marks in before.items()}
            self._marks.put_marks(after)
            return before, after

        def written(marks: tuple[Marked, Marked]) -> None:
            before, after = marks
            self._show(after)
            many = "" if len(before) == 1 else tr("{n} pictures. ", n=len(before))
            undo = Answer(tr("Undo"), partial(self._put_back, before), kind=AnswerKind.UNDO)
            self._notices.show_notice(Notice(said, tr("{many}Undo takes it back.", many=many), (undo,), key="marks"))

        if pictures:
            self._run(write, done=written, failed=self._failed)

    def _put_back(self, before: Marked) -> None:
        self._notices.dismiss("marks")
        self._run(lambda: self._marks.put_marks(before), done=lambda _: self._show(before), failed=self._failed)

    def _show(self, marks: Marked) -> None:
        self._model.show_marks(marks)
        self.changed.emit()

    def _follow_selection(self, *_: object) -> None:
        """The commands are ticked as the current picture is marked."""
        record = self._panel.current
        commands = self._commands
        for command in (commands.favourite, *commands.ratings.values(), commands.edit_marks):
            command.setEnabled(record is not None)
        if record is None:
            return
        marks = self._model.marks(record.id)
        commands.favourite.setChecked(marks.favourite)
        commands.ratings[marks.rating].setChecked(True)
