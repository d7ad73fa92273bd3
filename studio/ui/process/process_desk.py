"""Shows how the gallery's picture came about, and follows the one that is being made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.job import Job, JobId
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.ui.process.inside_desk import InsideDesk
from studio.ui.process.step_export import StepExport
from studio.ui.process.study_desk import StudyDesk

if TYPE_CHECKING:
    from studio.ui.process.process_page import ProcessMode, ProcessPage
    from studio.ui.process.shown_process import ShownProcess

_NOTHING_YET = tr(
    "The model begins with pure noise and removes a little of it in each step.\n"
    "Make a picture, and go through its steps here."
)
_NOT_KEPT = tr(
    "The steps of this picture are not kept: it is an older one, a whole grid, or was made elsewhere.\n"
    "Those of the newest pictures are. Make one, and go through its steps here."
)
_NOT_RECORDING = tr(
    "No steps are kept: the settings give them no room.\nChoose some under “Settings…”, and start the program again."
)


@dataclass(frozen=True, slots=True)
class ProcessOperations:
    """`has` is answered at once, `read` is called in the background. It raises StorageError."""

    has: Callable[[PictureId], bool]
    read: Callable[[PictureId], ShownProcess | None]
    export: Callable[[ShownProcess, Path], None]
    """Called in the background; the ending says as what. It raises StorageError."""
    is_recording: bool
    """Whether the steps of new pictures are kept."""


class ProcessDesk(QObject):
    """The page is made when it is first needed. It is about the picture that the stage shows.

    Signals:
        example_asked(): make a picture, so that there is something to see.
        branch_asked(PictureRecord, int): make another picture that begins with so many steps of this one.
        region_asked(PictureRecord, int): as `branch_asked`, in a region only.
        page_made(ProcessPage): its tabs can be served.
    """

    example_asked = Signal()
    branch_asked = Signal(object, int)
    region_asked = Signal(object, int)
    page_made = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        run: RunInBackground,
        operations: ProcessOperations,
        study: StudyDesk,
        inside: InsideDesk,
        failed: Callable[[StudioError], None],
    ) -> None:
        """`study` fills the tabs that are not about steps, `inside` the one that looks into them."""
        super().__init__()
        self._window = window
        self._stage = stage
        self._run = run
        self._operations = operations
        self._study = study
        self._inside = inside
        self._failed = failed
        self._export = StepExport(window, run, operations.export, failed)
        self._page: ProcessPage | None = None
        self._process: ShownProcess | None = None
        self._job: Job | None = None
        self._frame: PreviewFrame | None = None
        self._wanted: PictureId | None = None
        self._expected: JobId | None = None
        """The job whose pictures may still get their steps."""
        window.commands.show_process.triggered.connect(self.toggle)
        window.commands.save_steps.triggered.connect(self._save_steps)
        window.gallery_panel.picture_selected.connect(self._on_selected)
        window.gallery_panel.nothing_selected.connect(self._follow)

    @property
    def is_open(self) -> bool:
        return self._page is not None and self._page.isVisibleTo(self._window)

    def toggle(self) -> None:
        """Show the page, or go back to what was in the middle before."""
        if self.is_open:
            self.hide()
        else:
            self.show()

    def show(self, step: int | None = None) -> None:
        """At this step of how it came out of noise; None: the side that was seen last, at the last step."""
        from studio.ui.process.process_page import ProcessMode

        page = self._made_page()
        if step is not None:
            page.set_mode(ProcessMode.REVERSE)
        self._window.show_page(page, follows=True)
        self._follow(step)
        page.setFocus()

    def show_mode(self, mode: ProcessMode) -> None:
        """This side of it, from its beginning."""
        from studio.ui.process.latent_tab import LatentView

        page = self._made_page()
        page.latent.set_view(LatentView.ROUND_TRIP)
        self.show()
        page.set_mode(mode)

    def hide(self) -> None:
        if self._page is not None and self.is_open:
            self._window.show_page(None)
            self._hold(None)
            self._window.gallery_panel.view.setFocus()

    def on_job_started(self, job: Job) -> None:
        self._job, self._frame = job, None
        self._expected = job.id
        self._follow()

    def on_preview(self, frame: PreviewFrame) -> None:
        self._frame = frame
        if self.is_open and self._is_live and self._page is not None:
            self._page.show_live(frame)

    def on_job_ended(self, *_: object) -> None:
        self._job = None
        self._follow()

    def on_kept(self, picture: PictureId) -> None:
        """The steps of this picture can be read from now on."""
        if picture == self._wanted:
            self._expected = None if self._job is None else self._job.id
            self._follow()

    def on_lost(self, _error: StudioError) -> None:
        """Steps could not be written."""
        self._expected = None
        self._follow()

    @property
    def _is_live(self) -> bool:
        return self._job is not None and self._stage.shown_record is None

    def _live_subject(self) -> str:
        assert self._job is not None
        return tr("Being made  ·  {title}", title=_title(self._job.request.prompt.text))

    def _on_selected(self, _record: PictureRecord) -> None:
        self._follow()

    def _follow(self, step: int | None = None) -> None:
        """Show what the stage shows."""
        if not self.is_open or self._page is None:
            return
        self._hold(None)
        record = self._stage.shown_record
        self._page.show_waiting(waits=self._is_live)
        if self._is_live:
            self._wanted = None
            self._page.show_subject(self._live_subject())
            self._page.show_live(self._frame)
        elif record is None:
            self._wanted = None
            self._page.show_subject("")
            self._page.invite(_NOTHING_YET)
        else:
            self._wanted = record.id
            self._page.show_subject(_subject(record))
            self._show_record(record, step)
        self._study.look()
        self._inside.look()

    def _show_record(self, record: PictureRecord, step: int | None) -> None:
        page = self._made_page()
        why = _NOT_KEPT if self._operations.is_recording else _NOT_RECORDING
        if not self._operations.has(record.id):
            is_expected = self._operations.is_recording and record.job_id == self._expected is not None
            if not is_expected:  # else what was seen of it live stays until they are there
                page.invite(why)
            return

        def read() -> ShownProcess | None:
            return self._operations.read(record.id) if self._wanted == record.id else None

        def show(process: ShownProcess | None) -> None:
            if self._wanted != record.id:
                return
            if process is None:
                page.invite(why)
            else:
                self._hold(process)
                page.show_process(process, step)

        self._run(read, done=show, failed=self._failed)

    def _hold(self, process: ShownProcess | None) -> None:
        """What is seen, and can be saved."""
        self._process = process
        self._window.commands.save_steps.setEnabled(process is not None)

    def _save_steps(self) -> None:
        record = self._stage.shown_record
        if self._process is not None and record is not None:
            self._export.ask(self._process, record.path.stem)

    def _branch(self, step: int) -> None:
        record = self._branchable
        if record is not None:
            self.branch_asked.emit(record, step)

    def _branch_in_region(self, step: int) -> None:
        record = self._branchable
        if record is not None:
            self.region_asked.emit(record, step)

    @property
    def _branchable(self) -> PictureRecord | None:
        record = self._stage.shown_record
        return None if record is None or record.parameters is None else record

    def _made_page(self) -> ProcessPage:
        from studio.ui.process.process_page import ProcessPage

        if self._page is None:
            self._page = ProcessPage(self._window.commands)
            self._page.close_asked.connect(self.hide)
            self._page.example_asked.connect(self.example_asked)
            self._page.reverse.branch_asked.connect(self._branch)
            self._page.reverse.region_asked.connect(self._branch_in_region)
            self._study.attach(self._page)
            self._inside.attach(self._page)
            self.page_made.emit(self._page)
            self._window.add_page(self._page)
        return self._page


def _subject(record: PictureRecord) -> str:
    return _title(record.parameters.prompt.text) if record.parameters else record.path.name


def _title(prompt: str) -> str:
    return prompt or tr("(empty prompt)")
