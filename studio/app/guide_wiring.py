"""The page of the circuit diagram about the guide: what its "Try it" buttons do in the real program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.app.grid_wiring import GridWiring
from studio.app.kept_settings import KeptSettings
from studio.app.process_wiring import ProcessWiring
from studio.core.errors import StudioError
from studio.core.language import spoken_language
from studio.core.resources import example_picture, resource_path
from studio.grids.axes import AxisKind
from studio.ui.background import RunInBackground
from studio.ui.canvas.canvas_opener import CanvasOpener
from studio.ui.generate_action import GenerateAction
from studio.ui.glossary import Entry
from studio.ui.guide.learning_desk import LearningDesk
from studio.ui.incoming import Incoming
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.worker.generation_service import GenerationService

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.guide.guide_page import GuidePage
    from studio.ui.process.process_page import ProcessMode

_TO_LEARN = ("example_a_car", "example_a_smiling_face", "example_a_heart_on_a_pink_background", "steps_many")
"""Files of the guide."""
_PROMPT, _SEED = "a red apple", 42
_STRENGTH = 0.6
_EXAMPLE = "a car"
"""A picture that is there before one was made."""


class GuideWiring(QObject):
    """The page is made when it is first asked for."""

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        settings: KeptSettings,
        generate: GenerateAction,
        grids: GridWiring,
        process: ProcessWiring,
        opener: CanvasOpener,
        service: GenerationService,
        run: RunInBackground,
        announce: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._window = window
        self._stage = stage
        self._settings = settings
        self._generate = generate
        self._grids = grids
        self._process = process
        self._opener = opener
        self._page: GuidePage | None = None
        self.learning = LearningDesk(window, run, _pictures_to_learn, process.inquiries, announce)
        self.learning.closed.connect(self.toggle)
        service.job_started.connect(self.learning.on_job_started)
        self.actions: Mapping[str, Callable[[], None]] = {
            "watch": self._watch,
            "steps": self._go_through_steps,
            "noise": self._add_noise,
            "latent": self._see_latent,
            "cfg": lambda: self._compare(AxisKind.GUIDANCE, "1, 3, 5, 8, 11, 15"),
            "steps-grid": lambda: self._compare(AxisKind.STEPS, "5, 10, 20, 30, 50, 100"),
            "seeds": lambda: self._compare(AxisKind.SEED, "1, 2, 3, 4"),
            "vary": self._vary,
            "learn": self.learning.show,
        }
        window.commands.show_guide.triggered.connect(self.toggle)
        window.guide_asked.connect(self.show_entry)
        for hide in (self.hide, self.learning.hide):
            generate.requested.connect(hide)
        stage.picture_chosen.connect(self.hide)
        stage.picture_chosen.connect(self.learning.hide)

    @property
    def is_open(self) -> bool:
        return self._page is not None and self._page.isVisibleTo(self._window)

    def toggle(self) -> None:
        """Show the page where it was left, or go back to what was in the middle before."""
        if self.is_open:
            self.hide()
        else:
            page = self._made_page()
            self._window.show_page(page, alone=True)
            page.setFocus()

    def show_entry(self, entry: Entry) -> None:
        """Where this word of the glossary is explained."""
        from studio.ui.guide.places import place_of

        page = self._made_page()
        self._window.show_page(page, alone=True)
        page.show_place(place_of(entry))
        page.setFocus()

    def hide(self, _request: object = None) -> None:
        if self.is_open:
            self._window.show_page(None)

    def _made_page(self) -> GuidePage:
        from studio.ui.guide.chapters import read_chapters
        from studio.ui.guide.guide_page import GuidePage

        if self._page is None:
            chapters = read_chapters(resource_path("guide", spoken_language()))
            finished = self._settings.value.guide.finished
            self._page = GuidePage(chapters, {number for number in range(len(chapters)) if finished >> number & 1})
            self._page.tried.connect(self.try_out)
            self._page.finished.connect(self._on_finished)
            self._page.close_asked.connect(self.hide)
            self._window.add_page(self._page)
        return self._page

    def try_out(self, action: str) -> None:
        """Do what a "Try it" says."""
        self.hide()
        self.actions[action]()

    def _on_finished(self, chapter: int) -> None:
        self._settings.set_finished(self._settings.value.guide.finished | 1 << chapter)

    # --- what can be tried ---

    def _set_up(self) -> None:
        panel = self._window.request_panel
        panel.prompt.set_texts(_PROMPT, "")
        panel.use_seed(_SEED)

    def _watch(self) -> None:
        from studio.ui.process.process_page import ProcessMode

        self._set_up()
        self._generate.trigger()
        self._process.desk.show_mode(ProcessMode.REVERSE)

    def _go_through_steps(self) -> None:
        """Of the picture that is shown; if none is, one is made."""
        if self._stage.shown_record is None:
            self._watch()
        else:
            self._process.desk.show(step=0)

    def _add_noise(self) -> None:
        from studio.ui.process.process_page import ProcessMode

        self._study(ProcessMode.FORWARD)

    def _see_latent(self) -> None:
        from studio.ui.process.process_page import ProcessMode

        self._study(ProcessMode.LATENT)

    def _study(self, mode: ProcessMode) -> None:
        self._process.desk.show_mode(mode)
        if self._process.study.path is None:
            self._process.study.open(example_picture(_EXAMPLE))

    def _compare(self, kind: AxisKind, values: str) -> None:
        self._set_up()
        self._grids.desk.begin(kind, values)

    def _vary(self) -> None:
        record = self._stage.shown_record
        if record is not None:
            self._opener.open_record(record)
        else:
            self._opener.open_incoming(Incoming((example_picture(_EXAMPLE),)))
        self._window.request_panel.start.vary_strength.set_value(_STRENGTH)


def _pictures_to_learn() -> list[Pixels]:
    """In the background. Raises StorageError."""
    from studio.imaging.decode import read_pixels

    return [read_pixels(resource_path("guide", f"{name}.png")) for name in _TO_LEARN]
