"""Inside each step: the guesses that CFG is made of, and where in the picture each word acts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QStackedLayout, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label, section, two_lines
from studio.ui.process.heat_pane import HeatPane
from studio.ui.process.inside_text import (
    NOTHING_ACTS,
    WORDS_UNKNOWN,
    acting_name,
    acting_text,
    guidance_text,
    guided_name,
    other_name,
    progress_text,
)
from studio.ui.process.invitation import Invitation
from studio.ui.process.no_picture import NoPicture
from studio.ui.process.parts import bring_forward
from studio.ui.process.picture_pane import PicturePane
from studio.ui.process.shown_inside import Acting, ShownInside
from studio.ui.process.step_chart import Line, StepChart
from studio.ui.process.word_chips import WordChips
from studio.ui.step_strip import place_text
from studio.ui.theme import px

_CHART_HEIGHT = 96
_LONGEST = 256
"""Of the small pictures."""
_NOT_YET = tr("This step has not been looked into.")
_ONE_GUESS = tr("There is no other guess in this step.")


class InsideTab(QWidget):
    """
    Signals:
        step_changed(int): the user went to this step, from 0.
        look_asked(): look into the steps of the picture.
        stop_asked(): no further.
        steps_asked(): make the picture again with 5 to 100 steps.
        grid_asked(): make the picture again with CFG scales of 1 to 15.
    """

    step_changed = Signal(int)
    look_asked = Signal()
    stop_asked = Signal()
    grid_asked = Signal()
    steps_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.invitation = Invitation(
            tr("Inside each step"),
            tr("Look inside"),
            tr("Make the picture once more, and listen to the model in each step: what CFG does, where each word acts"),
        )
        self.nothing = NoPicture(
            tr("Inside each step"),
            tr("What CFG does in each step of a picture, and which part of it each word of the prompt acts on."),
            can_open=False,
        )
        self.other = PicturePane(other_name(""), "u", longest=_LONGEST)
        self.prompt = PicturePane(tr("With your words"), "c", longest=_LONGEST)
        self.difference = PicturePane(tr("Difference"), tr("c − u"), longest=_LONGEST)
        self.guided = PicturePane(tr("The guess"), longest=_LONGEST)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Step"))
        self.slider.setToolTip(tr("Go through the steps  (Left, Right, Home, End)"))
        self.place = label("", "title")
        self.progress = label("", "muted")
        self.look = QPushButton(tr("Look into the rest"))
        self.stop = QPushButton(tr("Stop"))
        self.more_steps = QPushButton(tr("5 to 100 steps"))
        self.more_steps.setToolTip(
            tr("A grid of this picture with more and more steps, and a curve of what they change and how long it takes")
        )
        self.grid = QPushButton(tr("CFG 1 to 15"))
        self.grid.setToolTip(
            tr(
                "A grid of this picture with CFG scales of 1 to 15: when does it burn? "
                "A white ground counts as clipped, too: compare with CFG 1"
            )
        )
        self.guidance = label("", selectable=True)
        self.heat = HeatPane(tr("Where it acts"))
        self.chips = WordChips(tr("What to see in the picture"))
        self.acting = label("", selectable=True)
        self.course = StepChart(tr("How much it acts in each step"))
        self._negatives: tuple[str, ...] = ()
        self._current = 0
        self._wanted: int | None = None
        """The step to show as soon as it is known, from 0."""
        self._seen: dict[int, ShownInside] = {}
        self._lay_out()
        self._connect()
        self.invite("", can_look=False)

    @property
    def current(self) -> int:
        """The step that is shown, from 0."""
        return self._current

    @property
    def _steps(self) -> int:
        return len(self._negatives)

    def show_no_picture(self) -> None:
        """There is none to look into."""
        self._bring_forward(self.nothing)

    def invite(self, why: str, *, can_look: bool) -> None:
        """Nothing is known yet."""
        self.invitation.why.setText(why)
        self.invitation.set_offering(offers=can_look)
        self._bring_forward(self.invitation)

    def begin(self, negatives: Sequence[str], seen: Iterable[ShownInside] = ()) -> None:
        """Steps with these negative prompts are looked into; `seen` are known already. Until the one that is wanted is
        known, the newest is shown.
        """
        self._negatives = tuple(negatives)
        self._seen = {inside.step - 1: inside for inside in seen}
        steps = self._steps
        self._wanted = min(self._current, steps - 1)
        self.place.setMinimumWidth(self.place.fontMetrics().horizontalAdvance(place_text(steps - 1, steps)))
        self.slider.setRange(0, steps - 1)
        self.slider.setPageStep(max(1, steps // 10))
        self._bring_forward(self._content)
        self.set_running(running=True)
        self._show_wanted()

    def add(self, inside: ShownInside) -> None:
        """One more step is known; one that was is replaced."""
        self._seen[inside.step - 1] = inside
        self._show_progress()
        if self._wanted is not None:
            self._show_wanted()
        elif inside.step - 1 == self._current:
            self._show()
        else:
            self._show_course()

    def set_running(self, *, running: bool) -> None:
        """Whether more steps are to come."""
        self.stop.setVisible(running)
        self.look.setVisible(not running and len(self._seen) < self._steps)
        self._show_progress()

    def go_to(self, index: int) -> None:
        """Show this step; one that is beyond the last is that. One that is shown is not painted anew."""
        if self._steps:
            index = min(index, self._steps - 1)
        self._wanted = None
        if index != self._current:
            self._move_to(index)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show_wanted(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        if wanted in self._seen:
            self._wanted = None
        self._move_to(wanted if wanted in self._seen or not self._seen else max(self._seen))

    def _move_to(self, index: int) -> None:
        self._current = index
        self.slider.setValue(index)
        self._show()

    # --- what is seen ---

    def _show(self) -> None:
        """Nothing is painted while nobody looks: the other sides of the process go through the same steps."""
        if not self.isVisible() or not self._steps:
            return
        self.place.setText(place_text(self._current, self._steps))
        inside = self._seen.get(self._current)
        if inside is None:
            self._show_unknown()
        else:
            self._show_guesses(inside)
            self._show_words(inside)
            self._show_acting()
        self.slider.setAccessibleDescription(f"{self.place.text()}. {self.guidance.text()}")

    def _show_unknown(self) -> None:
        for pane in (self.other, self.prompt, self.difference, self.guided, self.heat):
            pane.show_nothing(_NOT_YET)
        self.guidance.clear()
        self.acting.clear()
        self._show_course()

    def _show_guesses(self, inside: ShownInside) -> None:
        self.prompt.show_smooth(inside.prompt)
        self.guided.show_smooth(inside.guided)
        if inside.other is None or inside.difference is None:
            self.other.show_nothing(_ONE_GUESS)
            self.difference.show_nothing(_ONE_GUESS)
        else:
            self.other.show_smooth(inside.other)
            self.difference.show_smooth(inside.difference)
        self.guided.set_name(guided_name(inside))
        negative = self._negatives[self._current]
        self.other.set_name(other_name(negative))
        self.guidance.setText(guidance_text(inside, negative))

    def _show_words(self, inside: ShownInside) -> None:
        self.chips.show_words([acting_name(acting) for acting in inside.acting])
        self.chips.setVisible(bool(inside.acting))
        self._unknown_words.setVisible(not inside.reads_words)

    def _show_acting(self) -> None:
        inside, acting = self._seen.get(self._current), self._chosen(self._current)
        if inside is None:
            return
        if acting is None:
            self.heat.show_alone(inside.guided, guided_name(inside), NOTHING_ACTS)
            self.acting.setText(NOTHING_ACTS)
        else:
            told = acting_text(acting, self._negatives[self._current])
            self.heat.show_acting(acting, inside.guided, told)
            self.acting.setText(told)
        self._show_course()

    def _show_course(self) -> None:
        """How what is chosen acts over all steps that are known; another prompt in some of them has other words."""
        if not self.isVisible():
            return
        values = [self._chosen(index) for index in range(self._steps)]
        chosen = self._chosen(self._current)
        amounts = tuple(
            each.mean if each is not None and chosen is not None and each.word == chosen.word else None
            for each in values
        )
        lines = [] if chosen is None else [Line(acting_name(chosen), amounts)]
        for part in (self._course_name, self.course):
            part.setVisible(chosen is not None or self._current not in self._seen)
        self.course.show_lines(lines)
        self.course.set_current(self._current)

    def _chosen(self, index: int) -> Acting | None:
        inside, place = self._seen.get(index), max(0, self.chips.current)
        return inside.acting[place] if inside is not None and place < len(inside.acting) else None

    def _show_progress(self) -> None:
        is_complete = self._steps and len(self._seen) == self._steps
        self.progress.setText(progress_text(len(self._seen), self._steps))
        self.progress.setVisible(not is_complete)

    def _choose(self, index: int) -> None:
        """The user goes there."""
        if index != self._current:
            self.go_to(index)
            self.step_changed.emit(index)

    # --- how it is put together ---

    def _bring_forward(self, part: QWidget) -> None:
        bring_forward(self._parts, part, self, self.slider if part is self._content else part)

    def _connect(self) -> None:
        self.invitation.accepted.connect(self.look_asked)
        self.look.clicked.connect(self.look_asked)
        self.stop.clicked.connect(self.stop_asked)
        self.grid.clicked.connect(self.grid_asked)
        self.more_steps.clicked.connect(self.steps_asked)
        self.slider.valueChanged.connect(self._choose)
        self.course.chosen.connect(self._choose)
        self.chips.chosen.connect(self._show_acting)

    def _lay_out(self) -> None:
        self.stop.setToolTip(tr("What is known so far stays"))
        self.look.setToolTip(tr("Make the picture once more, until its end"))
        two_lines(self.guidance)
        two_lines(self.acting)
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        column.addLayout(self._guesses(), 1)
        column.addWidget(self.guidance)
        column.addLayout(self._steps_row())
        column.addLayout(self._words(), 2)
        self._parts = QStackedLayout(self)
        self._parts.addWidget(self.invitation)
        self._parts.addWidget(self.nothing)
        self._parts.addWidget(self._content)

    def _guesses(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(px(16))
        for pane in (self.other, self.prompt, self.difference, self.guided):
            row.addWidget(pane, 1)
        return row

    def _steps_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(self.place)
        row.addWidget(self.slider, 1)
        row.addWidget(self.progress)
        row.addWidget(self.stop)
        row.addWidget(self.look)
        return row

    def _grids(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.grid)
        row.addWidget(self.more_steps)
        row.addStretch()
        return row

    def _words(self) -> QHBoxLayout:
        self._unknown_words = label(WORDS_UNKNOWN, "muted")
        self._unknown_words.setWordWrap(True)
        self._unknown_words.hide()
        self.course.setFixedHeight(px(_CHART_HEIGHT))
        column = QVBoxLayout()
        column.setSpacing(px(8))
        column.addWidget(section(tr("Where each word acts")))
        column.addWidget(self.chips)
        column.addWidget(self._unknown_words)
        column.addWidget(self.acting)
        column.addStretch()
        column.addLayout(self._grids())
        self._course_name = section(tr("How much, step by step"))
        column.addWidget(self._course_name)
        column.addWidget(self.course)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.heat, 1)
        row.addLayout(column, 1)
        return row
