"""Exports the selected pictures: asks how and where, tells how far it is, can be cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from studio.core.errors import GenerationCancelled, StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.session import CancelToken
from studio.gallery.record import PictureRecord
from studio.imaging.export_many import ExportReport, ExportWish, Packing
from studio.ui.background import RunInBackground
from studio.ui.export_dialog import ExportChoice, ExportDialog
from studio.ui.file_manager import open_folder
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, AnswerKind, Notice

ExportMany = Callable[[Sequence[Path], ExportWish, Callable[[int], None], CancelToken], ExportReport]

_SHEET_FILTERS = tr("PNG (*.png);;JPEG (*.jpg);;WebP (*.webp);;AVIF (*.avif)")
_MOST_NAMED = 3


class PictureExport(QObject):
    """Lives in the window's thread; `run` is for what may take minutes."""

    _progressed = Signal(int, int)

    def __init__(
        self,
        window: MainWindow,
        shown: Callable[[], PictureRecord | None],
        record: Callable[[PictureId], PictureRecord | None],
        export_many: ExportMany,
        run: RunInBackground,
        failed: Callable[[StudioError], None],
    ) -> None:
        """`shown` is the picture that is looked at; `record` is called in the background."""
        super().__init__()
        self._window = window
        self._shown = shown
        self._record = record
        self._export_many = export_many
        self._run = run
        self._failed = failed
        self._folder = Path.home()
        self._running: list[CancelToken] = []
        self._progressed.connect(self._show_progress)
        window.commands.export.triggered.connect(self._ask_how)

    def cancel(self) -> None:
        """Stop within one picture."""
        for token in self._running:
            token.cancel()

    def export(self, pictures: Sequence[PictureId], wish: ExportWish) -> None:
        """Begin; the answer is a notice."""
        token = CancelToken()
        self._running.append(token)
        stop = Answer(tr("Cancel"), token.cancel)
        self._window.notices.show_notice(
            Notice(tr("Exporting"), tr("0 of {n:,}", n=len(pictures)), (stop,), key="export")
        )

        def work() -> ExportReport:
            records = [record for picture in pictures if (record := self._record(picture)) is not None]

            def on_progress(done: int) -> None:
                self._progressed.emit(done, len(records))

            return self._export_many([record.path for record in records], wish, on_progress, token)

        def done(report: ExportReport) -> None:
            self._running.remove(token)
            self._say(report, wish)

        def failed(error: StudioError) -> None:
            self._running.remove(token)
            self._window.notices.dismiss("export")
            if isinstance(error, GenerationCancelled):
                notice = Notice(tr("Export cancelled"), tr("Files that were written before are kept."), key="export")
                self._window.notices.show_notice(notice)
            else:
                self._failed(error)

        self._run(work, done=done, failed=failed)

    def _ask_how(self) -> None:
        shown, selected = self._shown(), self._window.gallery_panel.selected
        if shown is None:
            return
        pictures = selected if shown.id in selected else [shown.id]
        dialog = ExportDialog(self._window, len(pictures))
        dialog.decided.connect(partial(self._ask_where, pictures))
        dialog.open()

    def _ask_where(self, pictures: Sequence[PictureId], choice: ExportChoice) -> None:
        target = self._target(choice.packing)
        if target is not None:
            self._folder = target if choice.packing is Packing.FILES else target.parent
            self.export(pictures, ExportWish(choice.packing, target, choice.ending, choice.with_settings))

    def _target(self, packing: Packing) -> Path | None:
        """None if the user thinks better of it."""
        match packing:
            case Packing.FILES:
                name = QFileDialog.getExistingDirectory(self._window, tr("Export into this folder"), str(self._folder))
                return Path(name) if name else None
            case Packing.ZIP:
                return self._named(tr("Export as this ZIP file"), "pictures.zip", tr("ZIP (*.zip)"))
            case Packing.SHEET:
                return self._named(tr("Export as this contact sheet"), "contact-sheet.png", _SHEET_FILTERS)

    def _named(self, title: str, suggested: str, filters: str) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(self._window, title, str(self._folder / suggested), filters)
        if not name:
            return None
        return Path(name) if Path(name).suffix else Path(name).with_suffix(Path(suggested).suffix)

    def _show_progress(self, done: int, total: int) -> None:
        if self._running:
            self._window.notices.retell("export", tr("{done:,} of {total:,}", done=done, total=total))

    def _say(self, report: ExportReport, wish: ExportWish) -> None:
        left_out = _left_out_text(report)
        if not report.written:
            self._window.notices.show_notice(Notice(tr("Nothing was exported"), left_out, key="export"))
            return
        folder = wish.target if wish.packing is Packing.FILES else wish.target.parent
        show = Answer(tr("Show in folder"), lambda: open_folder(folder), kind=AnswerKind.OFFERED)
        text = f"{wish.target}. {left_out}" if left_out else f"{wish.target}"
        self._window.notices.show_notice(Notice(tr("Exported"), text, (show,), key="export"))


def _left_out_text(report: ExportReport) -> str:
    """Which pictures are not among what was written, and what to do about it."""
    if not report.unreadable:
        return ""
    names = [error.path.name for error in report.unreadable]
    more = tr(" and {n} more", n=len(names) - _MOST_NAMED) if len(names) > _MOST_NAMED else ""
    return tr(
        "Could not be read: {names}{more}. If their drive is away, connect it and export them again.",
        names=", ".join(names[:_MOST_NAMED]),
        more=more,
    )
