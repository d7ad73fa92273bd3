"""The steps of a picture, gone through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from studio.core.progress import PreviewFrame
from studio.core.trajectory import Trajectory, variance_preserving
from studio.imaging.latent_picture import channel_picture, latent_picture
from studio.settings.model import Theme
from studio.ui.commands import Commands
from studio.ui.images import from_qimage
from studio.ui.process.process_page import ProcessMode, ProcessPage
from studio.ui.process.reverse_tab import ReverseTab
from studio.ui.process.shown_process import shown_process
from studio.ui.process.step_text import numbers_text, story_text
from studio.ui.step_strip import StepStrip
from studio.ui.theme import apply_theme, current_tokens
from tests.helpers.trajectories import COLOURS, a_trajectory

STEPS = 6


@pytest.fixture
def page(qtbot: QtBot) -> ProcessPage:
    holder = QWidget()
    qtbot.addWidget(holder)
    page = ProcessPage(Commands(holder))
    qtbot.addWidget(page)
    page.resize(760, 780)
    page.show()
    page.activateWindow()
    page.show_process(shown_process(a_trajectory(steps=STEPS)))
    page.setFocus()
    return page


@pytest.fixture
def tab(page: ProcessPage) -> ReverseTab:
    return page.reverse


def test_what_a_low_screen_has_no_room_for_is_scrolled_to(page: ProcessPage, tab: ReverseTab) -> None:
    """As with large text: nothing is cut, and nothing lies over something else."""
    parts = {
        ProcessMode.REVERSE: tab,
        ProcessMode.FORWARD: page.forward,
        ProcessMode.LATENT: page.latent,
        ProcessMode.INSIDE: page.inside,
    }
    for height, is_enough in ((780, True), (360, False)):
        page.resize(760, height)
        assert page.height() == height
        for mode, part in parts.items():
            page.set_mode(mode)
            QApplication.processEvents()
            [view] = [view for view in page.findChildren(QScrollArea) if view.widget() is part]
            assert (view.verticalScrollBar().maximum() == 0) is is_enough, mode
            assert part.height() >= part.minimumSizeHint().height()
            assert part.width() == view.viewport().width()
    assert page.minimumSizeHint().width() >= tab.minimumSizeHint().width()
    page.set_mode(ProcessMode.REVERSE)
    page.resize(760, 780)
    assert tab.height() == tab.parentWidget().height()


def test_a_process_has_a_picture_of_both_latents_for_each_step() -> None:
    trajectory = a_trajectory(steps=STEPS)
    process = shown_process(trajectory)
    assert len(process.steps) == STEPS
    assert process.shape == (4, 8, 8)
    assert process.has_colours
    for step, shown, change in zip(trajectory.steps, process.steps, trajectory.changes, strict=True):
        assert np.array_equal(shown.noisy, latent_picture(step.latents, COLOURS))
        assert np.array_equal(shown.guess, latent_picture(step.predicted, COLOURS))
        assert (shown.timestep, shown.level, shown.norm, shown.change) == (step.timestep, step.level, step.norm, change)


def test_without_colours_the_first_channel_is_shown_in_grey() -> None:
    coloured = a_trajectory()
    process = shown_process(Trajectory(coloured.sampler, coloured.steps, None))
    assert not process.has_colours
    grey = channel_picture(coloured.steps[1].latents[0])
    for colour in range(3):
        assert np.array_equal(process.steps[1].noisy[:, :, colour], grey)


def test_it_begins_at_the_end_and_every_part_shows_the_same_step(tab: ReverseTab) -> None:
    assert tab.current == STEPS - 1
    tab.go_to(2)
    assert tab.slider.value() == 2
    assert tab.place.text() == "Step 3 of 6"
    assert tab.levels.accessibleDescription().startswith("3: ᾱ")
    assert "change of x₀" in tab.movement.accessibleDescription()
    assert tab.strip.accessibleDescription() == "Step 3 of 6"
    assert tab.noisy.image.width() == 8, "each cell is a square of one pixel, enlarged by the painter"
    assert tab.guess.image.width() == 512


def test_the_keys_of_a_slider_go_through_the_steps(tab: ReverseTab) -> None:
    assert tab.slider.hasFocus()
    seen: list[int] = []
    tab.step_changed.connect(seen.append)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End):
        QTest.keyClick(tab.slider, key)
    assert seen == [0, 1, 2, 1, STEPS - 1]


def test_a_step_is_pointed_at_in_the_strip_and_in_a_chart(tab: ReverseTab) -> None:
    side = tab.strip.height()
    QTest.mouseClick(tab.strip, Qt.MouseButton.LeftButton, pos=QPoint(2 * (side + 4) + side // 2, side // 2))
    assert tab.current == 2
    assert tab.slider.hasFocus(), "the arrows go on from there"
    QTest.mouseClick(tab.levels, Qt.MouseButton.LeftButton, pos=QPoint(tab.levels.width() - 4, 20))
    assert tab.current == STEPS - 1


def test_space_plays_from_the_beginning_and_stops(qtbot: QtBot, tab: ReverseTab) -> None:
    QTest.keyClick(tab.slider, Qt.Key.Key_Space)
    assert tab.player.is_playing
    assert tab.current == 0
    assert tab.play.accessibleName() == "Stop"
    qtbot.waitUntil(lambda: tab.current == 2)
    QTest.keyClick(tab.slider, Qt.Key.Key_Space)
    assert not tab.player.is_playing
    assert tab.play.accessibleName() == "Play"


def test_without_repeating_it_stops_at_the_end(qtbot: QtBot, tab: ReverseTab) -> None:
    tab.loop.click()
    tab.go_to(STEPS - 3)
    tab.play.click()
    qtbot.waitUntil(lambda: not tab.player.is_playing)
    assert tab.current == STEPS - 1


def test_it_repeats_and_stops_when_the_user_goes_to_a_step(qtbot: QtBot, tab: ReverseTab) -> None:
    tab.go_to(STEPS - 2)
    tab.play.click()
    qtbot.waitUntil(lambda: tab.current == 1)
    QTest.keyClick(tab.slider, Qt.Key.Key_Home)
    assert not tab.player.is_playing


def test_nothing_plays_while_nobody_looks(tab: ReverseTab, page: ProcessPage) -> None:
    tab.play.click()
    page.hide()
    assert not tab.player.is_playing


def test_the_noise_is_a_share_or_a_sigma(tab: ReverseTab) -> None:
    tab.go_to(0)
    assert "ᾱ" in tab.levels.accessibleDescription()
    tab.as_sigma.click()
    assert "σ" in tab.levels.accessibleDescription()
    assert tab.levels.accessibleDescription().startswith("1: "), "the marker stays where it is"


def test_charts_follow_the_theme(qapp, tab: ReverseTab) -> None:
    for theme in (Theme.LIGHT, Theme.DARK):
        apply_theme(qapp, theme)
        colours = from_qimage(tab.levels.grab().toImage()).reshape(-1, 3)
        wanted = QColor(current_tokens().accent)
        assert (colours == (wanted.red(), wanted.green(), wanted.blue())).all(axis=1).sum() > 50


def test_while_it_is_being_made_the_guess_is_seen_and_the_rest_waits(page: ProcessPage, tab: ReverseTab) -> None:
    page.show_live(None)
    assert tab.guess.image.isNull()
    frame = PreviewFrame(np.full((8, 8, 3), 200, np.uint8), 0, 3, 20)
    page.show_live(frame)
    assert not tab.guess.image.isNull()
    assert tab.noisy.image.isNull()
    assert tab.place.text() == "Step 3 of 20"
    page.show_live(PreviewFrame(np.full((8, 8, 3), 90, np.uint8), 0, 4, 20))
    assert tab.strip.shown_steps == (0, 1), "what was seen of it so far"
    assert not tab.slider.isEnabled()
    assert not tab.play.isEnabled()
    page.show_process(shown_process(a_trajectory()))
    assert tab.slider.isEnabled()
    assert not tab.noisy.image.isNull()


def test_while_it_is_being_made_each_step_shows_what_the_model_is_given(page: ProcessPage, tab: ReverseTab) -> None:
    noise, guess = np.full((8, 8, 3), 90, np.uint8), np.full((8, 8, 3), 200, np.uint8)
    page.show_live(PreviewFrame(noise, 0, 0, 20, noise))
    assert np.array_equal(from_qimage(tab.noisy.image), noise), "the noise is what it is, and no guess"
    assert tab.guess.image.isNull()
    assert tab.strip.shown_steps == ()
    for step, share in ((1, 0.01), (2, 0.5)):
        noisy = np.full((8, 8, 3), 90 + step, np.uint8)
        page.show_live(PreviewFrame(guess, 0, step, 20, noisy, variance_preserving(share)))
        assert np.array_equal(from_qimage(tab.noisy.image), noisy)
    assert "50% picture" in tab.story.text()
    assert tab.levels.accessibleDescription() == "2: ᾱ 0.5"
    assert tab.slider.value() == 1
    assert "finished" in tab.movement.text
    tab.as_sigma.click()
    assert tab.levels.accessibleDescription() == "2: σ 1"
    tab.as_share.click()
    page.show_live(None)
    assert tab.levels.accessibleDescription() == ""


def test_a_branch_keeps_the_steps_up_to_this_one(qtbot: QtBot, tab: ReverseTab) -> None:
    assert not tab.branch.isEnabled(), "after the last step nothing is left"
    tab.go_to(2)
    with qtbot.waitSignal(tab.branch_asked) as asked:
        tab.branch.click()
    assert asked.args == [3]
    assert "these 3 steps" in tab.branch.toolTip()
    assert "the other 3" in tab.branch.toolTip()
    with qtbot.waitSignal(tab.region_asked) as asked:
        tab.region.click()
    assert asked.args == [3]
    tab.go_to(STEPS - 1)
    assert not tab.region.isEnabled()


def test_the_next_picture_of_a_batch_begins_anew(page: ProcessPage, tab: ReverseTab) -> None:
    for index, step in ((0, 3), (0, 4), (1, 2)):
        page.show_live(PreviewFrame(np.full((8, 8, 3), 90, np.uint8), index, step, 20))
    assert tab.strip.shown_steps == (0,)


@pytest.fixture
def strip(qtbot: QtBot) -> StepStrip:
    strip = StepStrip()
    qtbot.addWidget(strip)
    strip.resize(5 * strip.height() + 20, strip.height())
    strip.show_steps([np.full((8, 8, 3), step, np.uint8) for step in range(41)])
    strip.show()
    return strip


def test_where_there_is_no_room_some_steps_stand_for_the_rest(strip: StepStrip) -> None:
    assert strip.shown_steps == (0, 10, 20, 30, 40)


def test_what_lies_between_can_be_pointed_at_and_gone_to(strip: StepStrip) -> None:
    seen: list[int] = []
    strip.chosen.connect(seen.append)
    side = strip.height()
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(side + 2, side // 2))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home):
        QTest.keyClick(strip, key)
    assert seen == [5, 6, 40, 39, 0]


def test_enter_and_letting_go_of_the_mouse_open_the_step(qtbot: QtBot, strip: StepStrip) -> None:
    with qtbot.waitSignal(strip.opened):
        QTest.keyClick(strip, Qt.Key.Key_Return)
    with qtbot.waitSignal(strip.opened):
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() - 4, 20))
    assert strip.current == 40


def test_a_step_in_words() -> None:
    process = shown_process(a_trajectory(steps=5))
    step = process.steps[1]
    assert numbers_text(step) == f"t {step.timestep:.0f}  ·  σ {step.level.sigma:.3g}  ·  ᾱ 0.30"
    assert story_text(process, 0).endswith("It is the first guess.")
    assert story_text(process, 1).startswith("What the model sees is 30% picture and 70% noise.")
    largest = max(range(5), key=lambda index: process.steps[index].change)
    assert "more than in any other step" in story_text(process, largest)


def an_inpainted(steps: int = STEPS) -> Trajectory:
    """The left half of 8 x 8 cells is kept, of the rest the lower half is repainted half as strongly."""
    strengths = np.zeros((8, 8), np.float16)
    strengths[:4, 4:], strengths[4:, 4:] = 1, 0.5
    return replace(a_trajectory(steps=steps), strengths=strengths)


def test_of_inpainting_the_mask_is_drawn_over_both_tracks(tab: ReverseTab) -> None:
    tab.show_process(shown_process(an_inpainted()), STEPS - 1)
    for pane in (tab.noisy, tab.guess):
        assert {(edge.x1(), edge.y1(), edge.x2(), edge.y2()) for edge in pane.edges} == {
            (4, row, 4, row + 1) for row in range(8)
        }
    tab.go_to(0)
    assert len(tab.noisy.edges) == 8, "only the upper right quarter is free: 4 cells high and wide"
    tab.show_process(shown_process(a_trajectory(steps=STEPS)))
    assert tab.noisy.edges == ()


def test_the_outline_is_seen_on_the_picture(tab: ReverseTab) -> None:
    tab.show_process(shown_process(an_inpainted()), STEPS - 1)
    white = (from_qimage(tab.noisy.grab().toImage()) == 255).all(axis=2)
    column = white.sum(axis=0)
    assert column.max() > 0.5 * tab.noisy.height() - 40
    assert abs(int(column.argmax()) - tab.noisy.width() // 2) < 4


def test_what_inpainting_puts_back_and_when_in_words() -> None:
    process = shown_process(an_inpainted())
    told = {index: story_text(process, index) for index in (0, 1, 4, STEPS - 1)}
    assert told[0].endswith("All begins as the picture under noise; outside the outline (75%) it will be put back.")
    assert told[1].endswith("Outside the outline (75%) the picture was put back before it, with as much noise.")
    assert told[4].endswith("Outside the outline (50%) the picture was put back before it, with as much noise.")
    assert told[STEPS - 1].endswith("Outside the outline (50%) the picture is put back after it, without noise.")
    assert "outline" not in story_text(shown_process(a_trajectory(steps=STEPS)), 1)
