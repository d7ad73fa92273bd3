"""Has the model say how well it tells the noise in the picture that is looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.inquiry import Finding, InquiryId, NoiseGuesses
from studio.core.noise_error import NoiseError
from studio.core.request import Prompt
from studio.core.study import StudiedPicture
from studio.ui.process.inquire import Inquiries

if TYPE_CHECKING:
    from studio.ui.process.process_page import ProcessPage

_COUNT = 25
"""Timesteps that are asked about: as many as the steps of a picture."""

_Subject = tuple[Path, Checkpoint]


class NoiseDesk(QObject):
    """One picture at a time; when another is looked at, that ends. Whole answers are remembered."""

    def __init__(
        self,
        inquiries: Inquiries,
        subject: Callable[[], tuple[Path | None, Checkpoint]],
        prompt: Callable[[], Prompt],
        failed: Callable[[StudioError], None],
    ) -> None:
        """`subject` is what is looked at, and with which model; `prompt` is what the model is told of it."""
        super().__init__()
        self._inquiries = inquiries
        self._subject = subject
        self._prompt = prompt
        self._failed = failed
        self._page: ProcessPage | None = None
        self._inquiry: InquiryId | None = None
        self._asked: _Subject | None = None
        self._errors: list[NoiseError] = []
        self._known: dict[_Subject, tuple[NoiseError, ...]] = {}

    def attach(self, page: ProcessPage) -> None:
        """Its tab is filled from now on."""
        self._page = page
        page.forward.measure_asked.connect(self._ask)
        page.forward.stop_asked.connect(self._stop)
        page.forward.picture_changed.connect(self._look)

    def _look(self) -> None:
        """Another picture is there, or none yet."""
        assert self._page is not None
        self._stop()
        path, checkpoint = self._subject()
        if path is not None and (known := self._known.get((path, checkpoint))) is not None:
            self._page.forward.show_errors(known)

    def _ask(self, studied: StudiedPicture) -> None:
        path, checkpoint = self._subject()
        if path is None or self._page is None:
            return
        self._asked, self._errors = (path, checkpoint), []
        self._page.forward.set_measuring(measuring=True)
        self._inquiry = self._inquiries.inquire(
            NoiseGuesses(checkpoint, studied.pixels, self._prompt(), _COUNT, 0),
            found=self._on_found,
            done=self._on_done,
            failed=self._on_failed,
        )

    def _on_found(self, finding: Finding) -> None:
        assert isinstance(finding, NoiseError)
        assert self._page is not None
        if self._errors and finding.timestep >= self._errors[-1].timestep:
            self._errors = []  # a picture came between: it begins again
        self._errors.append(finding)
        self._page.forward.show_errors(self._errors)

    def _on_done(self) -> None:
        assert self._asked is not None
        self._known[self._asked] = tuple(self._errors)
        self._end()

    def _on_failed(self, error: StudioError) -> None:
        self._end()
        self._failed(error)

    def _stop(self) -> None:
        if self._inquiry is not None:
            self._inquiries.take_back(self._inquiry)
            self._end()

    def _end(self) -> None:
        self._inquiry = self._asked = None
        if self._page is not None:
            self._page.forward.set_measuring(measuring=False)
