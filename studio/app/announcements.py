"""What the program says of itself that no picture or model is the cause of: crashes, surprises, the gallery's state."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.app import crash
from studio.core.language import tr
from studio.ui.file_manager import open_folder
from studio.ui.notice_bar import Answer, Notice, NoticeBar


class Announcements(QObject):
    """Puts notices into the window; those of the start wait until `show_waiting`.

    Signals:
        unforeseen(str): an exception that nobody expected, from any thread; its kind and text.
    """

    unforeseen = Signal(str)

    def __init__(self, notices: NoticeBar, logs: Path) -> None:
        super().__init__()
        self._notices = notices
        self._open_log = Answer(tr("Open log folder"), lambda: open_folder(logs))
        self._waiting: list[Notice] = []
        self.unforeseen.connect(self._tell_of_unforeseen)

    def hear_unknown_exceptions(self) -> None:
        """From now on they are told in the window."""
        crash.on_unknown_exception(lambda error: self.unforeseen.emit(f"{type(error).__name__}: {error}."))

    def stop(self) -> None:
        """The window closes: exceptions are only logged now."""
        crash.on_unknown_exception(crash.tell_nobody)

    def wait_with(self, notices: Iterable[Notice]) -> None:
        """Tell these when the window has been painted."""
        self._waiting += notices

    def wait_with_gallery(self, sentences: Iterable[str]) -> None:
        """As `wait_with`, what the gallery says of its state."""
        self.wait_with(_of_gallery(sentence) for sentence in sentences)

    def wait_with_crash(self, report: crash.CrashReport) -> None:
        """The last run ended unexpectedly: offer the log."""
        self.wait_with([Notice(tr("The program ended unexpectedly last time"), report.summary, (self._open_log,))])

    def show_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for notice in waiting:
            self._notices.show_notice(notice)

    def tell_of_gallery(self, sentence: str) -> None:
        self._notices.show_notice(_of_gallery(sentence))

    def _tell_of_unforeseen(self, text: str) -> None:
        notice = Notice(
            tr("Something went wrong"),
            tr("{words} The log has the details.", words=text),
            (self._open_log,),
            grave=True,
            key="crash",
        )
        self._notices.show_notice(notice)


def _of_gallery(sentence: str) -> Notice:
    return Notice(tr("About the gallery"), sentence)
