"""Lists the folders whose pictures are shown where they are; one more comes, or one of them goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from studio.core.errors import StudioError
from studio.core.language import tr, trn
from studio.gallery.folder_watch import WatchReport
from studio.ui.background import RunInBackground
from studio.ui.controls import fit_height_to_rows, label
from studio.ui.main_window import MainWindow
from studio.ui.messages import unreadable_text, watched_text
from studio.ui.notice_bar import Answer, AnswerKind, Notice
from studio.ui.theme import px

_ABOUT = tr(
    "Their pictures are shown where they are, with whatever comes later. Nothing is written into these folders."
)
_NONE = tr("No folder is watched. Drop one on “Add to gallery” and choose “Leave them there”.")
_FOLDER = Qt.ItemDataRole.UserRole
_NOTICE = "watched"
_MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class FolderState:
    """`pictures` of the gallery are in it, from memory while it is not there."""

    root: Path
    pictures: int
    is_there: bool

    @property
    def text(self) -> str:
        pictures = trn("{n:,} picture", "{n:,} pictures", self.pictures)
        away = "" if self.is_there else tr(", not there now: shown from memory")
        return f"{self.root}  ·  {pictures}{away}"


@dataclass(frozen=True, slots=True)
class FolderOperations:
    """Called in the background. Each raises StorageError."""

    states: Callable[[], Sequence[FolderState]]
    stop: Callable[[Path], None]
    watch: Callable[[Sequence[Path], Callable[[int], None]], WatchReport]
    """Have the pictures of these folders in the gallery, where they are; the second hears now and then how many files
    were looked at."""


class WatchedFoldersDialog(QDialog):
    """
    Signals:
        stop_asked(Path)
        more_asked(): another folder is to be watched.
    """

    stop_asked = Signal(object)
    more_asked = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Watched folders"))
        self.setMinimumWidth(px(560))
        self.about = label(_ABOUT, "muted")
        self.about.setWordWrap(True)
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Watched folders"))
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.more = QPushButton(tr("Watch a folder…"))
        self.more.setToolTip(tr("Have its pictures in the gallery, where they are"))
        self.stop = QPushButton(tr("Stop watching"))
        self.stop.setToolTip(tr("Take its pictures out of the gallery. The files, ratings and albums stay"))
        self._close = QPushButton(tr("Close"))
        self._close.setDefault(True)
        self._lay_out()
        self.more.clicked.connect(self.more_asked)
        self.stop.clicked.connect(self._ask)
        self._close.clicked.connect(self.accept)

    def show_folders(self, folders: Sequence[FolderState]) -> None:
        self.rows.clear()
        for folder in folders:
            item = QListWidgetItem(folder.text)
            item.setToolTip(folder.text)
            item.setData(_FOLDER, folder.root)
            self.rows.addItem(item)
        self.rows.setCurrentRow(0)
        self.about.setText(_ABOUT if folders else _NONE)
        self.rows.setVisible(bool(folders))
        self.stop.setEnabled(bool(folders))
        if folders:
            fit_height_to_rows(self.rows, _MOST_ROWS)

    def _ask(self) -> None:
        self.stop_asked.emit(self.rows.currentItem().data(_FOLDER))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        for button in (self.more, self.stop, self._close):
            button.setMinimumHeight(px(32))
            buttons.addWidget(button)
        buttons.insertStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(8))
        column.addWidget(self.about)
        column.addWidget(self.rows)
        column.addLayout(buttons)


class WatchedFolders(QObject):
    """Opens the dialog and does what it is asked for.

    Signals:
        changed(): pictures came or went.
    """

    changed = Signal()
    _looked = Signal(int)

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        run_long: RunInBackground,
        operations: FolderOperations,
        failed: Callable[[StudioError], None],
    ) -> None:
        """`run_long` is for what takes as long as there are pictures in a folder: saving must not wait for it."""
        super().__init__()
        self._window = window
        self._run = run
        self._run_long = run_long
        self._operations = operations
        self._failed = failed
        self._looked.connect(self._show_looked)
        window.commands.watched_folders.triggered.connect(self._open)

    def watch(self, folders: Sequence[Path]) -> None:
        """Have their pictures in the gallery, with whatever comes into them."""
        notices = self._window.notices
        notices.show_notice(Notice(tr("Adding to the gallery"), tr("Looking for pictures"), key=_NOTICE, goes_on=True))

        def watched(report: WatchReport) -> None:
            unreadable = unreadable_text([fault.path for fault in report.unreadable])
            text = watched_text(report.more) + unreadable
            notices.show_notice(Notice(tr("Added to the gallery"), text, grave=bool(unreadable), key=_NOTICE))
            self.changed.emit()

        def failed(error: StudioError) -> None:
            notices.dismiss(_NOTICE)
            self._failed(error)

        self._run_long(lambda: self._operations.watch(folders, self._looked.emit), done=watched, failed=failed)

    def _open(self) -> None:
        def show(folders: Sequence[FolderState]) -> None:
            dialog = WatchedFoldersDialog(self._window)
            dialog.show_folders(folders)
            dialog.stop_asked.connect(partial(self._stop, dialog))
            dialog.more_asked.connect(partial(self._ask_for_folder, dialog))
            dialog.open()

        self._run(self._operations.states, done=show, failed=self._failed)

    def _ask_for_folder(self, dialog: WatchedFoldersDialog) -> None:
        name = QFileDialog.getExistingDirectory(dialog, tr("Watch this folder"))
        if name:
            dialog.accept()
            self.watch((Path(name),))

    def _show_looked(self, count: int) -> None:
        self._window.notices.retell(_NOTICE, tr("Looking for pictures: {count:,} files so far", count=count))

    def _stop(self, dialog: WatchedFoldersDialog, folder: Path) -> None:
        dialog.accept()

        def stopped(_: None) -> None:
            undo = Answer(tr("Undo"), partial(self._watch_again, folder), kind=AnswerKind.UNDO)
            text = tr("{folder}. Its files, ratings and albums stay.", folder=folder)
            self._window.notices.show_notice(Notice(tr("No longer watched"), text, (undo,), key=_NOTICE))
            self.changed.emit()

        self._run(lambda: self._operations.stop(folder), done=stopped, failed=self._failed)

    def _watch_again(self, folder: Path) -> None:
        self._window.notices.dismiss(_NOTICE)
        self._run_long(
            lambda: self._operations.watch((folder,), lambda _: None),
            done=lambda _: self.changed.emit(),
            failed=self._failed,
        )
