"""How the picture came out of noise: its steps under a slider, each with what the model saw and what it guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSlider, QToolButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import icon_button, label, section, two_lines
from studio.ui.icons import icon
from studio.ui.process.picture_pane import PicturePane
from studio.ui.process.shown_process import ShownProcess
from studio.ui.process.step_chart import Line, StepChart
from studio.ui.process.step_player import StepPlayer
from studio.ui.process.step_text import level_text, numbers_text, seen_text, story_text
from studio.ui.step_strip import StepStrip, place_text
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.progress import PreviewFrame
    from studio.core.trajectory import NoiseLevel

_CHART_HEIGHT = 132
_NOT_GIVEN = tr("What the model is given is seen from the first step on.")
_NOT_GUESSED = tr("The model has not guessed yet.")
_NO_LEVELS = tr("How much noise there is in each step is drawn as the steps are made.")
_NOT_MOVED = tr("How far the guess moved in each step is drawn when the picture is finished.")


class ReverseTab(QWidget):
    """
    Signals:
        step_changed(int): this step is shown.
        branch_asked(int): make another picture that begins with so many steps of this one.
        region_asked(int): as `branch_asked`, in a region only.
        inside_asked(): look into the step that is shown.
    """

    step_changed = Signal(int)
    inside_asked = Signal()
    branch_asked = Signal(int)
    region_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.noisy = PicturePane(tr("Noisy latent"), tr("xₜ, what the model is given"))
        self.guess = PicturePane(tr("The model’s guess"), tr("x₀, what it sees behind it"))
        self.strip = StepStrip()
        self.strip.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the slider below has the same keys
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Step"))
        self.slider.setToolTip(tr("Go through the steps  (Left, Right, Home, End)"))
        self.player = StepPlayer()
        self.play = icon_button("play", tr("Play the steps  (Space)"), tr("Play"))
        self.loop = icon_button("loop", tr("Begin again at the end"), tr("Repeat"))
        self.loop.setCheckable(True)
        self.loop.setChecked(True)
        self.branch = QPushButton(tr("Go on otherwise"))
        self.branch.setIcon(icon("branch"))
        self.branch.setIconSize(QSize(px(16), px(16)))
        self.region = icon_button("brush", "", tr("Go on otherwise in a region"))
        self.inside = QPushButton(tr("Look inside"))
        self.inside.setToolTip(tr("What CFG does in this step, and where in the picture each word acts  (4)"))
        self.place = label("", "title")
        self.numbers = label("", "muted", selectable=True)
        self.story = label("", "muted")
        self.levels = StepChart(tr("Noise level of each step"))
        self.movement = StepChart(tr("Movement of each step"))
        self.as_share = _small_mode("ᾱ", tr("The picture’s share of the variance: 0 is nothing but noise, 1 is none"))
        self.as_sigma = _small_mode("σ", tr("How much noise there is beside the picture, on a logarithmic scale"))
        self._process: ShownProcess | None = None
        self._current = 0
        self._live: list[Pixels] = []
        """The guesses that were seen of a picture that is being made."""
        self._levels: list[NoiseLevel | None] = []
        """Of each step; None where it was not seen yet."""
        self._live_index = 0
        self._lay_out()
        self._connect()
        self._forget()

    @property
    def current(self) -> int:
        """The step that is shown, from 0."""
        return self._current

    def show_process(self, process: ShownProcess, step: int | None = None) -> None:
        """Show it at this step; None: the last one."""
        self._process = process
        count = len(process.steps)
        self.player.set_steps(count)
        self.strip.show_steps([each.guess for each in process.steps])
        self.strip.setEnabled(True)
        self.slider.setEnabled(True)
        self._set_slider(count, 0)
        self._levels = [step.level for step in process.steps]
        self._show_levels()
        changes = Line(tr("change of x₀"), tuple(each.change for each in process.steps))
        norms = Line(tr("size of xₜ"), tuple(each.norm for each in process.steps), is_main=False)
        self.movement.show_lines([norms, changes])
        self._controls_enabled(enabled=True)
        self.go_to(count - 1 if step is None else min(step, count - 1))

    def show_live(self, frame: PreviewFrame) -> None:
        """A step of a picture that is being made; how the guesses moved is not known yet."""
        if self._process is not None or frame.index != self._live_index:
            self._forget()
            self._live_index = frame.index
        self.place.setText(tr("Step {step} of {steps}", step=frame.step, steps=frame.steps))
        if frame.noisy is None:
            self.noisy.show_nothing(_NOT_GIVEN)
        else:
            self.noisy.show_cells(frame.noisy)
        if frame.step == 0:
            self.guess.show_nothing(_NOT_GUESSED)
            return
        self.guess.show_smooth(frame.pixels)
        self._live.append(frame.pixels)
        self.strip.show_steps(self._live)
        self.strip.set_current(len(self._live) - 1)
        self._follow_live(frame)

    def _follow_live(self, frame: PreviewFrame) -> None:
        """The slider and the curve; nobody can go back yet."""
        self._current = frame.step - 1
        self._set_slider(frame.steps, self._current)
        if frame.level is None:
            return
        if len(self._levels) != frame.steps:
            self._levels = [None] * frame.steps
        self._levels[self._current] = frame.level
        self.numbers.setText(level_text(frame.level))
        self.story.setText(seen_text(frame.level))
        self._show_levels()
        self.levels.set_current(self._current)
        for control in (self.as_share, self.as_sigma):
            control.setEnabled(True)

    def await_process(self) -> None:
        """A picture is being made, or its steps are being read."""
        self._forget()

    def go_to(self, index: int) -> None:
        """Show this step."""
        if self._process is None:
            return
        self._current = index
        self.slider.setValue(index)
        self.player.go_to(index)
        self._show()
        self.step_changed.emit(index)

    def _show(self) -> None:
        """Nothing is painted while nobody looks: what is inside the steps goes through the same ones."""
        process, index = self._process, self._current
        if process is None or not self.isVisible():
            return
        step = process.steps[index]
        self.noisy.show_cells(step.noisy)
        self.guess.show_smooth(step.guess)
        for pane in (self.noisy, self.guess):
            pane.show_outline(step.free)
        self.strip.set_current(index)
        self.levels.set_current(index)
        self.movement.set_current(index)
        self.place.setText(place_text(index, len(process.steps)))
        self.numbers.setText(numbers_text(step))
        self.story.setText(story_text(process, index))
        self.slider.setAccessibleDescription(f"{self.place.text()}. {self.story.text()}")
        self._offer_branch(index + 1, len(process.steps))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays while nobody looks."""
        super().hideEvent(event)
        self.player.stop()

    def _forget(self) -> None:
        self._process = None
        self._live, self._levels = [], []
        self.player.set_steps(0)
        self.strip.show_steps([])
        self._controls_enabled(enabled=False)
        self.noisy.show_nothing(_NOT_GIVEN)
        self.guess.show_nothing(_NOT_GUESSED)
        for pane in (self.noisy, self.guess):
            pane.show_outline(None)
        for text in (self.place, self.numbers, self.story):
            text.clear()
        self.levels.show_nothing(_NO_LEVELS)
        self.movement.show_nothing(_NOT_MOVED)

    def _offer_branch(self, step: int, count: int) -> None:
        """After the last step there is nothing left to be otherwise."""
        self.branch.setEnabled(step < count)
        self.region.setEnabled(step < count)
        tip = tr(
            "A new picture with these {step} steps; what you change on the left applies to the other {count}",
            step=step,
            count=count - step,
        )
        in_region = tr("Go on otherwise only where you paint; the rest stays as it is, pixel by pixel")
        over = tr("After the last step nothing is left: go to an earlier one")
        self.branch.setToolTip(tip if step < count else over)
        self.region.setToolTip(in_region if step < count else over)

    def _controls_enabled(self, *, enabled: bool) -> None:
        steps = (self.slider, self.play, self.loop, self.inside, self.branch, self.region)
        for control in (*steps, self.as_share, self.as_sigma):
            control.setEnabled(enabled)

    def _show_levels(self) -> None:
        if not self._levels:
            return
        if self.as_share.isChecked():
            shares = (None if level is None else level.alpha_bar for level in self._levels)
            self.levels.show_lines([Line("ᾱ", tuple(shares))], highest=1)
        else:
            sigmas = (None if level is None else level.sigma for level in self._levels)
            self.levels.show_lines([Line("σ", tuple(sigmas))], logarithmic=True)

    def _show_playing(self) -> None:
        playing = self.player.is_playing
        self.play.setIcon(icon("pause" if playing else "play"))
        self.play.setAccessibleName(tr("Stop") if playing else tr("Play"))
        self.play.setToolTip(tr("Stop  (Space)") if playing else tr("Play the steps  (Space)"))

    def _choose(self, index: int) -> None:
        """The user goes there: it plays no more."""
        self.player.stop()
        self.go_to(index)
        self.slider.setFocus()

    def _on_slider(self, index: int) -> None:
        if index != self._current:
            self._choose(index)

    def _set_slider(self, count: int, index: int) -> None:
        """It was not the user who went there: the keys stay where they are."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, count - 1)
        self.slider.setValue(index)
        self.slider.blockSignals(False)

    def _set_looping(self, loops: bool) -> None:
        self.player.loops = loops

    # --- how it is put together ---

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self._on_slider)
        for part in (self.strip, self.levels, self.movement):
            part.chosen.connect(self._choose)
        self.player.moved.connect(self.go_to)
        self.player.changed.connect(self._show_playing)
        self.play.clicked.connect(self.player.toggle)
        self.branch.clicked.connect(lambda: self.branch_asked.emit(self._current + 1))
        self.region.clicked.connect(lambda: self.region_asked.emit(self._current + 1))
        self.inside.clicked.connect(self.inside_asked)
        self.loop.toggled.connect(self._set_looping)
        self.as_share.toggled.connect(self._show_levels)
        space = QShortcut(QKeySequence("Space"), self.slider)  # buttons have their own use for it
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self.player.toggle)

    def _lay_out(self) -> None:
        self.setFocusProxy(self.slider)
        two_lines(self.story)
        tracks = QHBoxLayout()
        tracks.setSpacing(px(16))
        tracks.addWidget(self.noisy, 1)
        tracks.addWidget(self.guess, 1)
        steps = QHBoxLayout()
        steps.setSpacing(px(8))
        steps.addWidget(self.play)
        steps.addWidget(self.loop)
        steps.addWidget(self.slider, 1)
        charts = QHBoxLayout()
        charts.setSpacing(px(16))
        charts.addLayout(self._chart(self._levels_head(), self.levels), 1)
        charts.addLayout(self._chart(self._movement_head(), self.movement), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(8))
        column.setSpacing(px(8))
        column.addLayout(tracks, 1)
        column.addWidget(self.strip)
        column.addLayout(steps)
        column.addLayout(_row(self.place, self.numbers, None, self.inside, self.branch, self.region))
        column.addWidget(self.story)
        column.addLayout(charts)

    def _chart(self, head: QHBoxLayout, chart: StepChart) -> QVBoxLayout:
        chart.setFixedHeight(px(_CHART_HEIGHT))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(chart)
        return column

    def _levels_head(self) -> QHBoxLayout:
        group = QButtonGroup(self)
        for button in (self.as_share, self.as_sigma):
            group.addButton(button)
        self.as_share.setChecked(True)
        return _row(section(tr("Noise level")), None, self.as_share, self.as_sigma)

    def _movement_head(self) -> QHBoxLayout:
        row = _row(section(tr("Movement")), None, label(tr("change of x₀"), "marked"), label(tr("size of xₜ"), "muted"))
        row.addStrut(px(24))  # as high as the other head
        return row


def _row(*parts: QWidget | None) -> QHBoxLayout:
    """None takes the room that is left; without one the last part does."""
    row = QHBoxLayout()
    row.setSpacing(px(8))
    for part in parts:
        if part is None:
            row.addStretch()
        else:
            row.addWidget(part, 1 if part is parts[-1] and None not in parts else 0)
    return row


def _small_mode(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("square")
    button.setText(text)
    button.setToolTip(f"{text}: {tip}")
    button.setAccessibleName(tip)
    button.setCheckable(True)
    button.setFixedSize(px(32), px(24))
    return button
