"""Everything that brings a picture in: drop zones, the clipboard, File > Open, the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.errors import NoParameters, StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.session import CancelToken
from studio.gallery.picture_import import ImportProgress, ImportReport
from studio.gallery.record import PictureRecord
from studio.imaging.picture_metadata import PictureInfo
from studio.ui.background import RunInBackground
from studio.ui.drop_zones import DropZones, Purpose
from studio.ui.incoming import CANVAS_ENDING, Incoming, Refused, in_clipboard, take
from studio.ui.main_window import MainWindow
from studio.ui.messages import import_text, unreadable_text
from studio.ui.notice_bar import Answer, Notice

_OPEN_FILTERS = tr(
    "Pictures and canvases (*.png *.jpg *.jpeg *.webp *.avif *.tif *.tiff *.bmp *.gif *.heic *.heif *.lstudio);;"
    "All files (*)"
)
_IMPORT = "import"


@dataclass(frozen=True, slots=True)
class FileOperations:
    """The work behind it; called in the background. Each raises StorageError."""

    read_info: Callable[[Path], PictureInfo]
    import_files: Callable[[Sequence[Path], Callable[[ImportProgress], None], CancelToken], ImportReport]


class IncomingPictures(QObject):
    """Sends what comes in where the user wants it.

    Signals:
        added(ImportReport): copies of these are in the gallery.
        watch_asked(tuple[Path, ...]): the pictures of these folders are to be in the gallery, where they are.
        look_asked(Path): this picture is to be seen as the model sees it.
        started_from(Path): this picture or canvas is to be opened.
    """

    added = Signal(object)
    watch_asked = Signal(object)
    look_asked = Signal(object)
    started_from = Signal(object)
    _progressed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        run_long: RunInBackground,
        operations: FileOperations,
        record: Callable[[PictureId], PictureRecord | None],
        open_picture: Callable[[Incoming], None],
        open_canvas: Callable[[Path], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        """`run_long` is for what may take minutes, which nothing else waits for."""
        super().__init__()
        self._window = window
        self._run = run
        self._run_long = run_long
        self._operations = operations
        self._record = record
        self._open_picture = open_picture
        self._open_canvas = open_canvas
        self._failed = failed
        self._folder = Path.home()
        self._imports: set[CancelToken] = set()
        self.zones = DropZones(window.page)
        self.zones.dropped.connect(self.receive)
        self.zones.refused.connect(self._refuse)
        self._progressed.connect(self._show_progress)
        window.commands.open.triggered.connect(self._ask_for_file)
        window.commands.paste.triggered.connect(self._paste)

    def receive(self, purpose: Purpose, found: Incoming) -> None:
        """Do with it what the user wants."""
        match purpose:
            case Purpose.START:
                self._start_from(found)
            case Purpose.READ_SETTINGS:
                self._read_settings(found)
            case Purpose.ADD_TO_GALLERY if found.are_folders:
                self._ask_how(found.files)
            case Purpose.ADD_TO_GALLERY:
                self._import(found.files)
            case Purpose.LOOK:
                path = self._path_of(found)
                if path is not None:
                    self.look_asked.emit(path)

    def open_file(self, path: Path) -> None:
        """Start from this picture, or open this canvas."""
        self._start_from(Incoming(files=(path,)))

    def _start_from(self, found: Incoming) -> None:
        if found.is_one_file:
            self.started_from.emit(found.files[0])
        if found.is_one_file and found.files[0].suffix.lower() == CANVAS_ENDING:
            self._open_canvas(found.files[0])
        else:
            self._open_picture(found)

    def _read_settings(self, found: Incoming) -> None:
        path = self._path_of(found)
        if path is not None:
            self._run(lambda: (path, self._operations.read_info(path)), done=self._use_settings, failed=self._failed)

    def _path_of(self, found: Incoming) -> Path | None:
        """The file of a picture of the gallery, or the one that was dropped."""
        record = self._record(found.picture) if found.picture is not None else None
        return record.path if record is not None else next(iter(found.files), None)

    def _use_settings(self, answer: tuple[Path, PictureInfo]) -> None:
        path, info = answer
        if info.parameters is not None:
            self._window.request_panel.use_parameters(info.parameters)
        elif info.foreign is not None:
            self._window.request_panel.use_foreign_settings(info.foreign)
        else:
            self._failed(NoParameters(path))
            return
        self._say(tr("Settings taken over"), tr("From {name}. They are on the left side now.", name=path.name))

    def _ask_how(self, folders: Sequence[Path]) -> None:
        copy = Answer(tr("Copy pictures"), partial(self._import, folders))
        stay = Answer(tr("Leave them there"), partial(self.watch_asked.emit, tuple(folders)))
        title = (
            tr("Add “{name}” to the gallery", name=folders[0].name)
            if len(folders) == 1
            else tr("Add folders to the gallery")
        )
        text = tr("Copy its pictures, or show them where they are, with whatever comes into the folder later?")
        self._window.notices.show_notice(Notice(title, text, (copy, stay), key=_IMPORT))

    def _import(self, paths: Sequence[Path]) -> None:
        cancel = CancelToken()
        self._imports.add(cancel)
        stop = Answer(tr("Cancel"), cancel.cancel)
        self._window.notices.show_notice(
            Notice(tr("Adding to the gallery"), tr("Looking for pictures"), (stop,), key=_IMPORT)
        )

        def done(report: ImportReport) -> None:
            self._imports.discard(cancel)
            self._on_imported(report)

        def failed(error: StudioError) -> None:
            self._imports.discard(cancel)
            self._window.notices.dismiss(_IMPORT)
            self._failed(error)

        self._run_long(
            lambda: self._operations.import_files(paths, self._progressed.emit, cancel), done=done, failed=failed
        )

    def cancel_imports(self) -> None:
        """At the end of the program: stop within one picture; what came before is kept, and no more is told."""
        for cancel in self._imports:
            cancel.cancel()
        self._imports.clear()

    def _show_progress(self, progress: ImportProgress) -> None:
        if self._imports:
            self._window.notices.retell(_IMPORT, tr("{done:,} of {total:,}", done=progress.done, total=progress.total))

    def _on_imported(self, report: ImportReport) -> None:
        if report.added:
            self.added.emit(report)
        title = tr("Added to the gallery") if report.added else tr("Nothing was added")
        text = import_text(len(report.added), len(report.known), len(report.unreadable))
        unreadable = unreadable_text([error.path for error in report.unreadable])
        self._window.notices.show_notice(Notice(title, text + unreadable, grave=bool(unreadable), key=_IMPORT))

    def _paste(self) -> None:
        found = take(in_clipboard())
        if isinstance(found, Refused):
            self._refuse(found.reason)
        elif found.has_folders:
            self._refuse(tr("That is a folder. Drop it on the window to add its pictures to the gallery."))
        elif len(found.files) > 1:
            self._refuse(tr("Several files are in the clipboard. Copy one picture at a time."))
        else:
            self._start_from(found)

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open a picture or a canvas"), str(self._folder), _OPEN_FILTERS
        )
        if name:
            self._folder = Path(name).parent
            self.open_file(Path(name))

    def _refuse(self, reason: str) -> None:
        self._say(tr("That cannot be used"), reason)

    def _say(self, title: str, text: str) -> None:
        self._window.notices.show_notice(Notice(title, text, key="incoming"))
