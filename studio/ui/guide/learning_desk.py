"""Has a small network trained while its page is in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.inquiry import Finding, InquiryId
from studio.core.language import tr
from studio.core.lesson import Learned, Lesson
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for
from studio.ui.process.inquire import Inquiries

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.guide.learning_page import LearningPage

LESSON_SECONDS = 60.0
_MOST_STEPS = 5000
_SEED = 7
_STOPPED = tr("Stopped. What was learned so far is below.")
_MADE_WAY = tr("Stopped, because a picture is being made. Begin again after it.")


class LearningDesk(QObject):
    """The page is made when it is first asked for. A picture that is to be made ends the lesson.

    Signals:
        closed(): back to where the page was asked for.
    """

    closed = Signal()

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        read_pictures: Callable[[], Sequence[Pixels]],
        inquiries: Inquiries,
        failed: Callable[[StudioError], None],
    ) -> None:
        """`read_pictures` is called in the background: what is learned from. It raises StorageError."""
        super().__init__()
        self._window = window
        self._run = run
        self._read_pictures = read_pictures
        self._inquiries = inquiries
        self._failed = failed
        self._page: LearningPage | None = None
        self._pictures: tuple[Pixels, ...] = ()
        self._inquiry: InquiryId | None = None

    @property
    def is_open(self) -> bool:
        return self._page is not None and self._page.isVisibleTo(self._window)

    def show(self) -> None:
        """Show the page, alone in the window."""
        if self._page is not None:
            self._open(self._page)
        else:
            self._run(self._read_pictures, done=self._make_page, failed=self._failed)

    def hide(self, *_: object) -> None:
        """And stop: nobody looks."""
        self._stop("")
        if self.is_open:
            self._window.show_page(None)

    def on_job_started(self, _job: object) -> None:
        """Pictures come first."""
        self._stop(_MADE_WAY)

    def _make_page(self, pictures: Sequence[Pixels]) -> None:
        from studio.ui.guide.learning_page import LearningPage

        self._pictures = tuple(pictures)
        self._page = page = LearningPage(self._pictures, LESSON_SECONDS)
        page.begin_asked.connect(self._begin)
        page.stop_asked.connect(self._on_stop_asked)
        page.close_asked.connect(self._on_close_asked)
        self._window.add_page(page)
        self._open(page)

    def _open(self, page: LearningPage) -> None:
        self._window.show_page(page, alone=True)
        page.setFocus()

    def _begin(self) -> None:
        assert self._page is not None
        page = self._page
        page.start()

        def found(finding: Finding) -> None:
            page.show_learned(cast("Learned", finding))

        self._inquiry = self._inquiries.inquire(
            Lesson(self._pictures, LESSON_SECONDS, _MOST_STEPS, _SEED),
            found=found,
            done=self._on_done,
            failed=self._on_failed,
        )

    def _on_done(self) -> None:
        self._inquiry = None
        assert self._page is not None
        self._page.finish()

    def _on_failed(self, error: StudioError) -> None:
        message = message_for(error)
        self._inquiry = None
        assert self._page is not None
        self._page.end(f"{message.title}. {message.text}")

    def _on_stop_asked(self) -> None:
        self._stop(_STOPPED)

    def _on_close_asked(self) -> None:
        self.hide()
        self.closed.emit()

    def _stop(self, told: str) -> None:
        inquiry, self._inquiry = self._inquiry, None
        if inquiry is not None and self._page is not None:
            self._inquiries.take_back(inquiry)
            self._page.end(told)
