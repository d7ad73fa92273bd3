"""Has the engine look into the steps of the picture that the window shows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.inquiry import Finding, InquiryId, InsideOfSteps
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest
from studio.core.step_inside import StepInside
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.messages import message_for
from studio.ui.picture_stage import PictureStage
from studio.ui.process.inquire import Inquiries

if TYPE_CHECKING:
    from studio.ui.process.process_page import ProcessPage
    from studio.ui.process.shown_inside import ShownInside

_MOST_KEPT = 200_000_000
"""Bytes of remembered steps; those of the last picture may be more (1024 pixels, 75 words: 5 MB a step)."""
_UNKNOWN = tr(
    "This picture does not say how it was made: it comes from elsewhere, or shows a whole grid. "
    "Choose one that was made here."
)
_ASK = tr(
    "The model makes this picture once more and tells what it thinks in each step: what CFG does, "
    "and which part of the picture each word of the prompt acts on.{seconds}"
)


@dataclass(slots=True)
class _Looked:
    """What is known of a picture whose steps have these negative prompts."""

    negatives: tuple[str, ...]
    seen: dict[int, ShownInside] = field(default_factory=dict["int", "ShownInside"])

    @property
    def bytes(self) -> int:
        return sum(inside.bytes for inside in self.seen.values())


class InsideDesk(QObject):
    """One picture at a time is looked into; when another is shown, that ends. What was seen of the last ones stays.

    Signals:
        grid_asked(GenerationRequest): what makes the picture, to be made with several CFG scales.
        steps_asked(GenerationRequest): the same, to be made with several numbers of steps, of no branch.
    """

    grid_asked = Signal(object)
    steps_asked = Signal(object)

    def __init__(
        self,
        stage: PictureStage,
        run: RunInBackground,
        read_request: Callable[[PictureRecord], GenerationRequest],
        inquiries: Inquiries,
        failed: Callable[[StudioError], None],
        most_kept: int = _MOST_KEPT,
    ) -> None:
        """`read_request` is called in the background: what makes this picture again. Raises StudioError."""
        super().__init__()
        self._stage = stage
        self._run = run
        self._read_request = read_request
        self._inquiries = inquiries
        self._failed = failed
        self._most_kept = most_kept
        self._page: ProcessPage | None = None
        self._shown: PictureId | None = None
        self._asked: PictureId | None = None
        """The picture that is looked into."""
        self._inquiry: InquiryId | None = None
        self._looked: OrderedDict[PictureId, _Looked] = OrderedDict()

    def attach(self, page: ProcessPage) -> None:
        """Its tab is filled from now on."""
        self._page = page
        page.mode_changed.connect(self.look)
        page.inside.look_asked.connect(self.ask)
        page.inside.stop_asked.connect(self._stop)
        page.inside.grid_asked.connect(self._ask_for_grid)
        page.inside.steps_asked.connect(self._ask_for_steps)

    def look(self, *_: object) -> None:
        """Another picture is shown, or the tab comes in sight."""
        record = self._stage.shown_record
        shown = None if record is None else record.id
        if self._asked is not None and self._asked != shown:
            self._stop()
        if self._page is None or not self._page.inside.isVisible():
            return
        if shown is None or shown != self._shown:
            self._shown = shown
            self._show(record)

    def ask(self) -> None:
        """Look into all steps of the picture that is shown."""
        record = self._stage.shown_record
        if record is None or self._page is None or self._asked is not None:
            return
        self._asked = picture = record.id

        def read() -> GenerationRequest:
            return self._read_request(record)

        def begin(request: GenerationRequest) -> None:
            if self._asked == picture:
                self._begin(picture, request)

        def refuse(error: StudioError) -> None:
            if self._asked == picture:
                self._fail(error)

        self._run(read, done=begin, failed=refuse)

    def _ask_for_grid(self) -> None:
        self._ask_with_request(self.grid_asked.emit)

    def _ask_for_steps(self) -> None:
        """A branch begins after a step that fewer steps would not have: its last settings are for all of them here."""

        def ask(request: GenerationRequest) -> None:
            self.steps_asked.emit(replace(request, earlier=(), regions=(), branched_from=None))

        self._ask_with_request(ask)

    def _ask_with_request(self, then: Callable[[GenerationRequest], None]) -> None:
        record = self._stage.shown_record
        if record is not None:
            self._run(lambda: self._read_request(record), done=then, failed=self._failed)

    def _begin(self, picture: PictureId, request: GenerationRequest) -> None:
        assert self._page is not None
        looked = _Looked(_negatives(request))
        self._looked[picture] = looked
        self._looked.move_to_end(picture)
        self._page.inside.begin(looked.negatives)
        self._inquiry = self._inquiries.inquire(
            InsideOfSteps(request), found=self._on_found, done=self._end, failed=self._fail
        )

    def _on_found(self, finding: Finding) -> None:
        from studio.ui.process.shown_inside import shown_inside

        assert isinstance(finding, StepInside)
        assert self._page is not None
        assert self._asked is not None
        shown = shown_inside(finding)
        self._looked[self._asked].seen[shown.step] = shown
        self._forget_oldest()
        self._page.inside.add(shown)

    def _end(self) -> None:
        self._asked = self._inquiry = None
        if self._page is not None:
            self._page.inside.set_running(running=False)

    def _fail(self, error: StudioError) -> None:
        asked = self._asked
        self._end()
        if self._page is not None and asked is not None and not self._has_seen(asked):
            self._looked.pop(asked, None)
            message = message_for(error)
            self._page.inside.invite(f"{message.title}\n{message.text}", can_look=True)

    def _stop(self) -> None:
        if self._inquiry is not None:
            self._inquiries.take_back(self._inquiry)
        asked = self._asked
        self._end()
        if asked is not None and not self._has_seen(asked):
            self._looked.pop(asked, None)
            self._show(self._stage.shown_record)

    def _has_seen(self, picture: PictureId) -> bool:
        looked = self._looked.get(picture)
        return looked is not None and bool(looked.seen)

    def _show(self, record: PictureRecord | None) -> None:
        assert self._page is not None
        tab = self._page.inside
        if record is None:
            tab.show_no_picture()
        elif record.parameters is None:
            tab.invite(_UNKNOWN, can_look=False)
        elif (looked := self._looked.get(record.id)) is None:
            tab.invite(_ASK.format(seconds=_seconds_text(record.parameters.seconds)), can_look=True)
        else:
            self._looked.move_to_end(record.id)
            tab.begin(looked.negatives, looked.seen.values())
            tab.set_running(running=self._asked == record.id)

    def _forget_oldest(self) -> None:
        while len(self._looked) > 1 and sum(looked.bytes for looked in self._looked.values()) > self._most_kept:
            self._looked.popitem(last=False)


def _negatives(request: GenerationRequest) -> tuple[str, ...]:
    """Of each step: a branch may have others for its first ones."""
    steps = range(1, request.steps_run + 1)
    stretches = [next(each for each in request.stretches if step <= each.until_step) for step in steps]
    return tuple(stretch.prompt.negative for stretch in stretches)


def _seconds_text(seconds: float) -> str:
    """How long it will take: as long as it took."""
    return tr("\nMaking it took {seconds:.0f} s.", seconds=seconds) if seconds >= 1 else ""
