"""The forward process on any picture: a slider adds the noise that the model learned to remove."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QStackedLayout, QVBoxLayout, QWidget

from studio.core.language import tr, trn
from studio.core.task import HIGHEST_STRENGTH, LOWEST_STRENGTH, steps_run
from studio.core.trajectory import NoiseLevel
from studio.ui.controls import icon_button, label, section
from studio.ui.process.no_picture import NoPicture
from studio.ui.process.parts import bring_forward
from studio.ui.process.picture_pane import PicturePane
from studio.ui.process.shown_process import picture_of
from studio.ui.process.step_chart import Line, StepChart
from studio.ui.process.step_text import sigma_text
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.noise_error import NoiseError
    from studio.core.study import StudiedPicture
    from studio.imaging.forward_noise import NoisyLatents, NoisyPicture

_CHART_HEIGHT = 116
_NOT_MEASURED = tr("How wrong is the model about the noise in this picture, from much noise to little? Ask it.")
_BEGINS_AT = 0.4
"""Of the slider: the picture can be seen, and so can the noise."""


class ForwardTab(QWidget):
    """
    Signals:
        restart_asked(float): make a picture from here, by image to image at this strength.
        picture_changed(): another one is shown, or none.
        measure_asked(StudiedPicture): have the model say how well it tells the noise in it; `show_errors` follows.
        stop_asked(): no further.
    """

    restart_asked = Signal(float)
    picture_changed = Signal()
    measure_asked = Signal(object)
    stop_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.nothing = NoPicture(
            tr("Noise on your picture"),
            tr("Add as much noise as you like to any picture, and ask the model how well it tells the two apart."),
        )
        self.in_pixels = PicturePane(tr("In pixels"), tr("as people see it"))
        self.in_latent = PicturePane(tr("In the latent"), tr("as the model sees it"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Timestep"))
        self.slider.setToolTip(tr("How far the noise has come: t = 0 is the picture, the end is nothing but noise"))
        self.dice = icon_button("dice", tr("Other noise: the formula holds for every draw"), tr("Other noise"))
        self.place = label("", "title")
        self.formula = label("", "title", selectable=True)
        self.numbers = label("", "muted", selectable=True)
        self.levels = StepChart(tr("The picture’s share of the variance at each timestep"), first=0)
        self.errors = StepChart(tr("How wrong the model is about the noise at each timestep"), first=0)
        self.measure = QPushButton()
        self.told_error = label("", "muted")
        self.told_error.setToolTip(tr("0 is all right; 1 is as wrong as one who says that there is no noise"))
        self._is_measuring = False
        self.restart = QPushButton(tr("What would the model make of it from here?"))
        self.restart.setToolTip(tr("Lay the picture on the canvas with the strength that means this much noise"))
        self.same_thing = label("", "muted")
        self.same_thing.setWordWrap(True)
        self._studied: StudiedPicture | None = None
        self._steps = 20
        self._seed = 0
        self._picture: NoisyPicture | None = None
        self._latents: NoisyLatents | None = None
        self._error: Line | None = None
        self._lay_out()
        self.slider.valueChanged.connect(self._show)
        for chart in (self.levels, self.errors):
            chart.chosen.connect(self.slider.setValue)
        self.measure.clicked.connect(self._on_measure)
        self.set_measuring(measuring=False)
        self.dice.clicked.connect(self._roll)
        self.restart.clicked.connect(lambda: self.restart_asked.emit(self.strength))
        self.await_picture("")

    @property
    def strength(self) -> float:
        """The strength of image to image that begins with this much noise."""
        count = max(1, self.slider.maximum() + 1)
        return min(HIGHEST_STRENGTH, max(LOWEST_STRENGTH, round((self.slider.value() + 1) / count, 2)))

    def show_steps(self, num_inference_steps: int) -> None:
        """So many are set on the left."""
        self._steps = num_inference_steps
        self._show()

    def invite(self) -> None:
        """There is no picture to look at."""
        self.await_picture("")
        self._bring_forward(self.nothing)

    def await_picture(self, why: str) -> None:
        """Nothing can be seen yet."""
        self._bring_forward(self._content)
        self._studied = self._picture = self._latents = None
        for pane in (self.in_pixels, self.in_latent):
            pane.show_nothing(why)
        for text in (self.place, self.formula, self.numbers, self.same_thing):
            text.clear()
        self.levels.show_lines([])
        self._set_enabled(enabled=False)
        self._forget_errors()

    def show_picture(self, studied: StudiedPicture) -> None:
        """This one; the slider stays where it is."""
        self._bring_forward(self._content)
        levels = studied.levels
        is_first = self.slider.maximum() != len(levels) - 1
        self._studied = studied
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(levels) - 1)
        self.slider.setPageStep(max(1, len(levels) // 20))
        if is_first:
            self.slider.setValue(round(_BEGINS_AT * (len(levels) - 1)))
        self.slider.blockSignals(False)
        self.levels.show_lines([Line("ᾱ", tuple(level.alpha_bar for level in levels))], highest=1)
        self._set_enabled(enabled=True)
        self._forget_errors()
        self._draw_noise()

    def show_errors(self, errors: Sequence[NoiseError]) -> None:
        """What is known of them, in any order."""
        if self._studied is None:
            return
        known = {round(each.timestep): each.error for each in errors}
        self._error = Line("error", tuple(known.get(t) for t in range(len(self._studied.levels))), has_points=True)
        most = max(known.values(), default=0.0)
        self.errors.show_lines([self._error], highest=1 if most <= 1 else None)
        self._show_error()

    def set_measuring(self, *, measuring: bool) -> None:
        """Whether the model is being asked."""
        self._is_measuring = measuring
        self.measure.setText(tr("Stop") if measuring else tr("Ask the model"))
        tip = tr("Have it tell the noise in this picture at 25 timesteps: about as long as making a picture takes")
        self.measure.setToolTip(tr("What is known so far stays") if measuring else tip)
        self._show_error()

    def _draw_noise(self) -> None:
        from studio.imaging.forward_noise import NoisyLatents, NoisyPicture

        assert self._studied is not None
        self._picture = NoisyPicture(self._studied.pixels, self._seed)
        self._latents = NoisyLatents(self._studied.trip.latents, self._seed)
        self._show()

    def _roll(self) -> None:
        self._seed += 1
        self._draw_noise()

    def _show(self, *_: object) -> None:
        studied, picture, latents = self._studied, self._picture, self._latents
        if studied is None or picture is None or latents is None:
            return
        timestep = self.slider.value()
        level = studied.levels[timestep]
        self.in_pixels.show_exact(picture.at(level))
        self.in_latent.show_cells(picture_of(latents.at(level), studied.trip.colours))
        self.levels.set_current(timestep)
        self._show_error()
        self.place.setText(tr("t = {timestep} of {n}", timestep=timestep, n=len(studied.levels)))
        self.formula.setText(formula_text(level))
        self.numbers.setText(f"ᾱ {level.alpha_bar:.4f}  ·  σ {sigma_text(level)}")
        self.same_thing.setText(same_thing_text(self.strength, self._steps))
        self.slider.setAccessibleDescription(f"{self.place.text()}, {self.numbers.text()}")

    def _on_measure(self) -> None:
        if self._is_measuring:
            self.stop_asked.emit()
        elif self._studied is not None:
            self.measure_asked.emit(self._studied)

    def _forget_errors(self) -> None:
        self._error = None
        self.errors.show_nothing(_NOT_MEASURED if self._studied is not None else "")
        self.told_error.clear()
        self.picture_changed.emit()

    def _show_error(self) -> None:
        """The marker, and what it says."""
        self.errors.set_current(self.slider.value())
        error = None if self._error is None else self._error.at(self.slider.value())
        if error is not None:
            self.told_error.setText(error_text(error))
        elif self._is_measuring:
            self.told_error.setText(tr("The model is asked") if self._error is None else "")
        else:
            self.told_error.clear()

    def _bring_forward(self, part: QWidget) -> None:
        bring_forward(self._parts, part, self, self.slider if part is self._content else self.nothing)

    def _set_enabled(self, *, enabled: bool) -> None:
        for control in (self.slider, self.dice, self.measure, self.restart):
            control.setEnabled(enabled)

    def _lay_out(self) -> None:
        panes = QHBoxLayout()
        panes.setSpacing(px(16))
        panes.addWidget(self.in_pixels, 1)
        panes.addWidget(self.in_latent, 1)
        slide = QHBoxLayout()
        slide.setSpacing(px(8))
        slide.addWidget(self.dice)
        slide.addWidget(self.slider, 1)
        facts = QHBoxLayout()
        facts.setSpacing(px(16))
        facts.addWidget(self.place)
        facts.addWidget(self.numbers)
        facts.addStretch()
        charts = QHBoxLayout()
        charts.setSpacing(px(16))
        charts.addLayout(self._chart([section(tr("The picture’s share"))], self.levels), 1)
        charts.addLayout(self._chart([section(tr("Model’s error")), self.told_error, self.measure], self.errors), 1)
        again = QHBoxLayout()
        again.setSpacing(px(16))
        again.addWidget(self.restart)
        again.addWidget(self.same_thing, 1)
        self._content = QWidget()
        self._parts = QStackedLayout(self)
        self._parts.addWidget(self.nothing)
        self._parts.addWidget(self._content)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        column.addLayout(panes, 1)
        column.addLayout(slide)
        column.addLayout(facts)
        column.addWidget(self.formula)
        column.addLayout(charts)
        column.addLayout(again)

    def _chart(self, head: Sequence[QWidget], chart: StepChart) -> QVBoxLayout:
        chart.setFixedHeight(px(_CHART_HEIGHT))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(head[0])
        row.addStretch()
        for part in head[1:]:
            row.addWidget(part)
        row.addStrut(px(32))  # as high as the one with a button
        column = QVBoxLayout()
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addWidget(chart)
        return column


def error_text(error: float) -> str:
    """At the marker."""
    return f"{error:.2f}"


def formula_text(level: NoiseLevel) -> str:
    """How noise is added in this model's training, with the numbers of this level."""
    numbers = tr("{signal:.3f} · x₀ + {noise:.3f} · ε", signal=level.signal, noise=level.noise)
    keeps_variance = math.isclose(level.signal**2 + level.noise**2, 1, abs_tol=1e-3)
    rule = tr("√ᾱ · x₀ + √(1 − ᾱ) · ε") if keeps_variance else tr("(1 − σ) · x₀ + σ · ε")
    return tr("xₜ = {rule} = {numbers}", rule=rule, numbers=numbers)


def same_thing_text(strength: float, num_inference_steps: int) -> str:
    run = steps_run(num_inference_steps, strength)
    return trn(
        "Image to image at strength {strength:.2f}: the last of {num_inference_steps} steps takes it away.",
        "Image to image at strength {strength:.2f}: the last {n} of {num_inference_steps} steps take it away.",
        run,
        strength=strength,
        num_inference_steps=num_inference_steps,
    )
