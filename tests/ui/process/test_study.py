"""Noise on any picture, and its latent: what the engine found is shown, and only what is wanted is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.core.checkpoint import Checkpoint
from studio.core.errors import OutOfMemory
from studio.core.study import StudiedPicture, Study
from studio.core.trajectory import NoiseLevel
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.forward_noise import noised_picture
from studio.imaging.picture_metadata import read_picture_info
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.images import from_qimage
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.ui.process.forward_tab import ForwardTab, formula_text, same_thing_text
from studio.ui.process.latent_tab import LatentView
from studio.ui.process.process_page import ProcessMode, ProcessPage
from studio.ui.process.round_trip_view import RoundTripView, psnr_text, size_text
from studio.ui.process.study_desk import StudyDesk
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_picture, a_request
from tests.helpers.run_now import run_now

OTHER = replace(CHECKPOINT, name="Another model")


def studied(pixels: np.ndarray) -> StudiedPicture:
    session = FakeSession()
    return StudiedPicture(pixels, session.noise_levels(CHECKPOINT), session.round_trip(CHECKPOINT, pixels))


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8)


@pytest.fixture
def forward(qtbot: QtBot, pixels: np.ndarray) -> ForwardTab:
    tab = ForwardTab()
    qtbot.addWidget(tab)
    tab.resize(760, 700)
    tab.show()
    tab.show_picture(studied(pixels))
    return tab


def test_the_slider_adds_the_models_own_noise(forward: ForwardTab, pixels: np.ndarray) -> None:
    levels = FakeSession().noise_levels(CHECKPOINT)
    assert forward.slider.maximum() == len(levels) - 1
    for timestep in (0, 500, 999):
        forward.slider.setValue(timestep)
        shown = from_qimage(forward.in_pixels.image)
        assert np.array_equal(shown, noised_picture(pixels, levels[timestep], 0)), "as the command line adds it"
        assert forward.place.text() == f"t = {timestep} of 1000"
        assert f"{levels[timestep].signal:.3f} · x₀ + {levels[timestep].noise:.3f} · ε" in forward.formula.text()
    assert forward.in_latent.image.width() == 12
    assert forward.levels.accessibleDescription().startswith("999: ᾱ")


def test_other_noise_is_another_draw_of_the_same_level(forward: ForwardTab) -> None:
    before, formula = from_qimage(forward.in_pixels.image), forward.formula.text()
    forward.dice.click()
    assert not np.array_equal(from_qimage(forward.in_pixels.image), before)
    assert forward.formula.text() == formula


def test_the_formula_is_that_of_the_models_training() -> None:
    assert formula_text(NoiseLevel(0.6, 0.8)) == "xₜ = √ᾱ · x₀ + √(1 − ᾱ) · ε = 0.600 · x₀ + 0.800 · ε"
    assert formula_text(NoiseLevel(0.25, 0.75)) == "xₜ = (1 − σ) · x₀ + σ · ε = 0.250 · x₀ + 0.750 · ε"


@pytest.mark.parametrize(("timestep", "strength"), [(0, 0.01), (499, 0.5), (999, 1.0)])
def test_from_here_is_image_to_image_with_the_strength_of_this_much_noise(
    qtbot: QtBot, forward: ForwardTab, timestep: int, strength: float
) -> None:
    forward.slider.setValue(timestep)
    with qtbot.waitSignal(forward.restart_asked) as asked:
        forward.restart.click()
    assert asked.args == [pytest.approx(strength)]
    assert f"strength {strength:.2f}" in forward.same_thing.text()


def test_how_many_steps_take_the_noise_away_again() -> None:
    assert "last 10 of 20 steps take" in same_thing_text(0.5, 20)
    assert "the last of 4 steps takes" in same_thing_text(0.4, 4)


def test_until_there_is_a_picture_nothing_can_be_moved(qtbot: QtBot) -> None:
    tab = ForwardTab()
    qtbot.addWidget(tab)
    assert not any(control.isEnabled() for control in (tab.slider, tab.dice, tab.restart))


def test_a_round_trip_is_shown_with_its_channels_and_sizes(qtbot: QtBot, pixels: np.ndarray) -> None:
    tab = RoundTripView()
    qtbot.addWidget(tab)
    tab.show_picture(found := studied(pixels))
    tab.grab()
    assert np.array_equal(from_qimage(tab.before.image), pixels)
    assert np.array_equal(from_qimage(tab.after.image), pixels // 2)
    assert not tab.apart.image.isNull()
    assert tab.channels.count == 4
    outer, inner = tab.scale.sides
    assert (inner / outer) ** 2 == pytest.approx(found.trip.latents.nbytes / pixels.nbytes)
    assert tab.told.text() == size_text(found)
    assert size_text(found) == "96 × 64 pixels become 12 × 8 cells of 4 numbers: 24 times fewer bytes"
    assert "PSNR" in tab.meaning.text()


def test_how_many_bytes_it_takes_has_room_in_a_small_window(qtbot: QtBot, pixels: np.ndarray) -> None:
    tab = RoundTripView()
    qtbot.addWidget(tab)
    tab.show_picture(studied(pixels))
    tab.told.setText(tab.told.text() + " and some more words, as other languages need")
    tab.resize(598, 500)
    tab.show()
    assert tab.told.heightForWidth(tab.told.width()) <= tab.told.height()
    assert tab.told.geometry().right() < tab.width()


def test_what_comes_back_in_words() -> None:
    assert psnr_text(math.inf, 0) == "Every pixel comes back as it was."
    assert psnr_text(38.06, 80).startswith("PSNR 38.1 dB, a pixel differs by at most 80 of 255: what is lost is hard")
    assert "plain to see" in psnr_text(18, 200)


@dataclass
class Desk:
    """The desk with its page in the window, the model in force, and what was asked of the engine."""

    desk: StudyDesk
    page: ProcessPage
    asked: list[Study]
    model: list[Checkpoint]

    def answer(self) -> None:
        """The engine is done with the oldest."""
        self.desk.on_studied(studied(self.asked.pop(0).pixels))


@pytest.fixture
def desk(window: MainWindow) -> Desk:
    stage = PictureStage(window, run_now, read_pixels, read_picture_info, lambda _: None)
    model = [CHECKPOINT]
    desk = StudyDesk(window, stage, run_now, lambda path, _: read_pixels(path), lambda: model[0])
    page = ProcessPage(window.commands)
    window.add_page(page)
    window.show_page(page)
    desk.attach(page)
    asked: list[Study] = []
    desk.asked.connect(asked.append)
    return Desk(desk, page, asked, model)


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    records = [gallery.add(a_picture(a_request(text, seed=seed))) for seed, text in enumerate(("an apple", "a pear"))]
    for record in records:
        model.add(record)
    return records


def test_nothing_is_asked_before_the_tab_is_in_sight(
    window: MainWindow, desk: Desk, records: list[PictureRecord]
) -> None:
    window.gallery_panel.select(records[0].id)
    assert desk.asked == []
    desk.page.setFocus()
    QTest.keyClick(desk.page.invitation.run, Qt.Key.Key_2)
    assert desk.page.mode is ProcessMode.FORWARD
    [study] = desk.asked
    assert study.checkpoint is CHECKPOINT
    assert np.array_equal(study.pixels, read_pixels(records[0].path))
    desk.answer()
    assert desk.page.forward.slider.isEnabled()
    QTest.keyClick(desk.page.forward.slider, Qt.Key.Key_3)
    assert desk.page.latent.isVisible()
    assert desk.page.latent.trip.channels.count == 4
    assert desk.asked == [], "one study serves both"


def test_without_a_picture_each_part_offers_ways_to_one(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    for mode, nothing in (
        (ProcessMode.FORWARD, desk.page.forward.nothing),
        (ProcessMode.LATENT, desk.page.latent.nothing),
    ):
        desk.page.set_mode(mode)
        assert nothing.isVisible()
        with qtbot.waitSignal(desk.page.example_asked):
            nothing.invitation.run.click()
        with qtbot.waitSignal(desk.page.open_asked):
            QTest.mouseClick(nothing.open, Qt.MouseButton.LeftButton)
    assert desk.asked == []
    desk.page.latent.set_view(LatentView.BETWEEN)
    assert desk.page.latent.between.isVisible(), "between two seeds something can be seen"


def test_what_is_seen_gives_way_when_there_is_no_picture_any_more(
    window: MainWindow, desk: Desk, records: list[PictureRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    window.gallery_panel.select(records[0].id)
    desk.page.set_mode(ProcessMode.FORWARD)
    desk.answer()
    assert desk.page.forward.slider.isVisible()
    monkeypatch.setattr(StudyDesk, "path", None)
    desk.desk.look()
    assert desk.page.forward.nothing.isVisible()


def test_a_chart_that_nobody_asked_for_says_what_it_would_show(
    window: MainWindow, desk: Desk, records: list[PictureRecord]
) -> None:
    window.gallery_panel.select(records[0].id)
    desk.page.set_mode(ProcessMode.FORWARD)
    assert desk.page.forward.errors.text == ""
    desk.answer()
    assert "Ask it" in desk.page.forward.errors.text


def test_while_one_is_looked_at_only_the_last_one_wanted_is_next(
    window: MainWindow, desk: Desk, records: list[PictureRecord]
) -> None:
    desk.page.set_mode(ProcessMode.FORWARD)
    for record in (records[0], records[1], records[0], records[1]):
        window.gallery_panel.select(record.id)
    assert len(desk.asked) == 1
    desk.answer()
    assert not desk.page.forward.slider.isEnabled(), "that was another picture"
    [study] = desk.asked
    assert np.array_equal(study.pixels, read_pixels(records[1].path))
    desk.answer()
    assert desk.page.forward.slider.isEnabled()


def test_another_model_sees_it_in_another_way(window: MainWindow, desk: Desk, records: list[PictureRecord]) -> None:
    window.gallery_panel.select(records[0].id)
    desk.page.set_mode(ProcessMode.FORWARD)
    desk.answer()
    desk.model[0] = OTHER
    desk.desk.look()
    [study] = desk.asked
    assert study.checkpoint is OTHER


def test_a_file_is_looked_at_until_a_picture_is_selected(
    window: MainWindow, desk: Desk, records: list[PictureRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    window.gallery_panel.select(records[0].id)
    desk.page.set_mode(ProcessMode.FORWARD)
    desk.answer()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(records[1].path), ""))
    desk.page.open.click()
    assert desk.desk.path == records[1].path
    desk.answer()
    restarts: list[tuple[Path, float]] = []
    desk.desk.restart_asked.connect(lambda path, strength: restarts.append((path, strength)))
    desk.page.forward.slider.setValue(299)
    desk.page.forward.restart.click()
    assert restarts == [(records[1].path, pytest.approx(0.3))]
    window.gallery_panel.select(records[1].id)
    window.gallery_panel.select(records[0].id)
    assert desk.desk.path == records[0].path


def test_what_went_wrong_stands_where_the_picture_would(
    window: MainWindow, desk: Desk, records: list[PictureRecord]
) -> None:
    window.gallery_panel.select(records[0].id)
    desk.page.set_mode(ProcessMode.LATENT)
    desk.asked.clear()
    desk.desk.on_failed(OutOfMemory("cpu", 10, 5))
    assert "memory" in desk.page.latent.trip.before.text
    window.gallery_panel.select(records[1].id)
    assert len(desk.asked) == 1, "the next one is tried"


def test_the_steps_on_the_left_are_those_that_would_run(window: MainWindow, desk: Desk, records) -> None:
    window.gallery_panel.select(records[0].id)
    desk.page.set_mode(ProcessMode.FORWARD)
    desk.answer()
    desk.page.forward.slider.setValue(499)
    window.request_panel.sampling.steps.set_value(30)
    assert "last 15 of 30 steps" in desk.page.forward.same_thing.text()
