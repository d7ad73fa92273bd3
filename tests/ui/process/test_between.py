"""Frames between two pictures or two seeds: asked for one after the other, stopped, looked at and saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.core.errors import BrokenPicture, StudioError
from studio.core.geometry import Size
from studio.core.inquiry import BetweenSeeds, DecodedLatents, EncodedPicture, Finding, InquiryId, Question
from studio.core.request import GenerationRequest
from studio.core.round_trip import RoundTrip
from studio.core.session import CancelToken
from studio.core.study import StudiedPicture
from studio.core.task import TextToImage
from studio.gallery.gallery import Gallery
from studio.imaging.interpolation import slerp
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.images import from_qimage
from studio.ui.main_window import MainWindow
from studio.ui.process.between_view import BetweenView, ShownFrames, frame_text
from studio.ui.process.latent_desk import LatentDesk, LatentOperations
from studio.ui.process.latent_paint_view import LatentPaintView
from studio.ui.process.latent_tab import LatentView
from studio.ui.process.process_page import ProcessMode, ProcessPage
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_picture, a_request
from tests.helpers.run_now import run_now

SelectionFlag = QItemSelectionModel.SelectionFlag
PIXELS = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
OTHER = np.random.default_rng(4).integers(0, 256, (64, 64, 3), dtype=np.uint8)
OTHER_LATENTS = np.random.default_rng(8).standard_normal((4, 8, 8)).astype(np.float16)


@dataclass(frozen=True)
class Answer:
    found: Callable[[Finding], None]
    done: Callable[[], None]
    failed: Callable[[StudioError], None]


class Lab:
    """Answers when it is told to, as `InquiryService` does."""

    def __init__(self) -> None:
        self.asked: list[tuple[InquiryId, Question, Answer]] = []

    def inquire(
        self,
        question: Question,
        *,
        found: Callable[[Finding], None],
        done: Callable[[], None],
        failed: Callable[[StudioError], None],
    ) -> InquiryId:
        inquiry = InquiryId(str(id(question)))
        self.asked.append((inquiry, question, Answer(found, done, failed)))
        return inquiry

    def take_back(self, inquiry: InquiryId) -> None:
        self.asked = [asked for asked in self.asked if asked[0] != inquiry]

    def answer(self) -> Question:
        [(_, question, tell)], self.asked = self.asked, []
        session = FakeSession()
        match question:
            case DecodedLatents():
                tell.found(session.decode(question.checkpoint, question.latents, question.size))
            case EncodedPicture():
                tell.found(RoundTrip(OTHER_LATENTS, OTHER, None))
            case BetweenSeeds(request, other, share):
                tell.found(
                    session.between_seeds(request, other, share, on_progress=lambda _: None, cancel=CancelToken())
                )
            case _:
                pytest.fail("nobody wants to know that here")
        tell.done()
        return question


@dataclass
class Bench:
    desk: LatentDesk
    page: ProcessPage
    lab: Lab
    read: list[tuple[Path, Size]]
    exported: list[tuple[ShownFrames, Path]]

    @property
    def view(self) -> BetweenView:
        return self.page.latent.between

    @property
    def paint(self) -> LatentPaintView:
        return self.page.latent.paint


@pytest.fixture
def bench(window: MainWindow) -> Bench:
    read: list[tuple[Path, Size]] = []
    exported: list[tuple[ShownFrames, Path]] = []

    def prepare(then: Callable[[GenerationRequest], None]) -> None:
        then(replace(a_request(seed=5), batch_size=3))

    def read_picture(path: Path, size: Size) -> np.ndarray:
        read.append((path, size))
        return OTHER

    operations = LatentOperations(read_picture, lambda frames, path: exported.append((frames, path)), prepare)
    lab = Lab()
    desk = LatentDesk(window, run_now, operations, lab, lambda: CHECKPOINT, lambda error: pytest.fail(str(error)))
    page = ProcessPage(window.commands)
    window.add_page(page)
    window.show_page(page)
    page.set_mode(ProcessMode.LATENT)
    page.latent.views[LatentView.BETWEEN].click()
    desk.attach(page)
    return Bench(desk, page, lab, read, exported)


def study(bench: Bench) -> None:
    session = FakeSession()
    trip = session.round_trip(CHECKPOINT, PIXELS)
    bench.page.latent.show_picture(StudiedPicture(PIXELS, session.noise_levels(CHECKPOINT), trip))


def choose(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/pictures/other.png", ""))
    bench.view.choose.click()


def test_the_other_picture_can_be_one_that_is_selected_in_the_gallery(
    bench: Bench, window: MainWindow, gallery: Gallery, model: GalleryModel
) -> None:
    study(bench)
    bench.view.from_gallery.click()
    assert "Select two pictures" in bench.view.told.text()
    assert not bench.view.make.isEnabled()
    first, _ = (gallery.add(a_picture(a_request(text)), None) for text in ("a house", "a tree"))
    model.reload()
    window.gallery_panel.view.selectAll()
    window.gallery_panel.view.selectionModel().setCurrentIndex(model.index(0), SelectionFlag.NoUpdate)
    bench.view.from_gallery.click()
    assert bench.view.told.text() == f"To {first.path.name}"
    bench.view.make.click()
    assert [path for path, _ in bench.read] == [first.path]


def test_between_two_pictures_each_frame_is_a_decode_on_the_arc(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    study(bench)
    assert not bench.view.make.isEnabled(), "there is nothing at the end of the way yet"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/pictures/other.png", ""))
    assert bench.view.invitation.run.text() == "Choose another picture"
    QTest.mouseClick(bench.view.invitation.run, Qt.MouseButton.LeftButton)
    bench.view.count.setValue(3)
    assert bench.view.invitation.run.text() == "Make the frames"
    study(bench)
    assert bench.view.told.text() == "To other.png", "also from another picture"
    QTest.mouseClick(bench.view.invitation.run, Qt.MouseButton.LeftButton)
    assert bench.view.pane.isVisible(), "that is where they come"
    assert bench.read == [(Path("/pictures/other.png"), Size(64, 64))]
    assert isinstance(bench.lab.answer(), EncodedPicture)
    first = bench.paint.original
    assert first is not None
    for share in (0, 0.5, 1):
        work = bench.lab.answer()
        assert isinstance(work, DecodedLatents)
        assert np.array_equal(work.latents, slerp(first, OTHER_LATENTS, share).astype(np.float16))
    assert bench.lab.asked == []
    assert len(bench.view.frames) == 3
    assert bench.view.pane.hint.text() == "Frame 3 of 3, 100 % of the way"
    assert bench.view.make.isVisible()


def test_without_a_picture_there_are_ways_to_one(bench: Bench, qtbot: QtBot) -> None:
    bench.page.latent.invite()
    nothing = bench.view.nothing
    assert nothing.isVisible()
    assert not bench.view.play.isVisible(), "there is nothing to play"
    with qtbot.waitSignal(bench.page.example_asked):
        nothing.invitation.run.click()
    with qtbot.waitSignal(bench.page.open_asked):
        nothing.open.click()
    bench.page.show_waiting(waits=True)
    assert not nothing.invitation.run.isVisible(), "one is on its way"
    bench.view.of_seeds.click()
    assert bench.view.invitation.isVisible(), "for which no picture is needed"
    bench.view.of_pictures.click()
    study(bench)
    assert bench.view.invitation.run.text() == "Choose another picture"
    assert bench.view.invitation.isVisible()


def test_between_two_seeds_the_ends_are_their_pictures(bench: Bench) -> None:
    bench.view.of_seeds.click()
    bench.view.seed.setText("99")
    bench.view.count.setValue(4)
    bench.view.make.click()
    for number in range(1, 5):
        assert bench.view.told.text() == f"Frame {number} of 4 is being made."
        work = bench.lab.answer()
        assert isinstance(work, BetweenSeeds)
        assert (work.request.sampling.seed, work.request.batch_size, work.request.task) == (5, 1, TextToImage())
    assert bench.view.told.text() == ""
    assert np.array_equal(bench.view.frames[0], a_picture(a_request(seed=5)).pixels)
    assert np.array_equal(bench.view.frames[-1], a_picture(a_request(seed=99)).pixels)


def test_a_seed_that_is_none_is_refused_in_words(bench: Bench) -> None:
    bench.view.of_seeds.click()
    for text in ("", "apple", "-3", str(2**64)):
        bench.view.seed.setText(text)
        bench.view.make.click()
        assert bench.lab.asked == []
        assert "is not a seed" in bench.view.told.toolTip() + bench.view.told.text()


def test_frames_that_are_there_are_looked_at_while_the_others_are_made(bench: Bench) -> None:
    bench.view.of_seeds.click()
    bench.view.make.click()
    for _ in range(2):
        bench.lab.answer()
    assert bench.view.strip.isEnabled()
    assert bench.view.play.isEnabled()
    assert bench.view.save.isEnabled()
    bench.view.strip.chosen.emit(0)
    bench.lab.answer()
    assert bench.view.strip.current == 0, "it stays where one looks"


def test_the_keys_go_from_one_button_to_the_other(bench: Bench) -> None:
    bench.view.of_seeds.click()
    bench.view.invitation.run.setFocus()
    QTest.keyClick(bench.view.invitation.run, Qt.Key.Key_Space)
    assert bench.view.stop.hasFocus()
    bench.lab.answer()
    assert bench.view.stop.hasFocus()
    QTest.keyClick(bench.view.stop, Qt.Key.Key_Space)
    assert bench.view.make.hasFocus()


def test_stopping_keeps_the_frames_that_are_there(bench: Bench) -> None:
    bench.view.of_seeds.click()
    bench.view.make.click()
    bench.lab.answer()
    bench.view.stop.click()
    assert bench.lab.asked == []
    assert len(bench.view.frames) == 1
    assert bench.view.make.isVisible()


def test_painting_stops_the_frames_and_is_decoded(bench: Bench, qtbot: QtBot) -> None:
    study(bench)
    bench.view.of_seeds.click()
    bench.view.make.click()
    bench.paint.canvas.stroke_begun.emit((2, 2))
    qtbot.waitUntil(lambda: len(bench.lab.asked) == 1)
    work = bench.lab.answer()
    assert isinstance(work, DecodedLatents)
    assert work.latents is bench.paint.latents
    assert bench.view.frames == ()
    shown = from_qimage(bench.paint.decoded.image)
    assert np.array_equal(shown, FakeSession().decode(CHECKPOINT, work.latents, Size(64, 64)))


def test_while_one_decode_is_on_its_way_only_the_last_stroke_is_next(bench: Bench, qtbot: QtBot) -> None:
    study(bench)
    bench.paint.canvas.stroke_begun.emit((2, 0))
    qtbot.waitUntil(lambda: len(bench.lab.asked) == 1)
    for column in range(1, 6):
        bench.paint.canvas.stroke_begun.emit((2, column))
        bench.desk.decode()
    first = bench.lab.answer()
    assert isinstance(first, DecodedLatents)
    assert first.latents is not bench.paint.latents
    last = bench.lab.answer()
    assert isinstance(last, DecodedLatents)
    assert last.latents is bench.paint.latents
    assert bench.lab.asked == []


def test_a_decode_of_another_picture_is_taken_back(bench: Bench, qtbot: QtBot) -> None:
    study(bench)
    bench.paint.canvas.stroke_begun.emit((2, 2))
    qtbot.waitUntil(lambda: len(bench.lab.asked) == 1)
    study(bench)
    assert bench.lab.asked == []
    bench.paint.canvas.stroke_begun.emit((2, 2))
    qtbot.waitUntil(lambda: len(bench.lab.asked) == 1)


def test_a_failure_is_said_where_it_is_waited_for(bench: Bench) -> None:
    bench.view.of_seeds.click()
    bench.view.make.click()
    bench.lab.asked[0][2].failed(BrokenPicture("not finite"))
    assert bench.view.told.text()
    assert bench.view.make.isVisible()


def test_frames_are_looked_at_played_and_saved(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bench.view.of_seeds.click()
    bench.view.count.setValue(3)
    bench.view.make.click()
    for _ in range(3):
        bench.lab.answer()
    bench.view.strip.chosen.emit(1)
    assert np.array_equal(from_qimage(bench.view.pane.image), bench.view.frames[1])
    bench.view.play.click()
    assert bench.view.player.is_playing
    bench.page.set_mode(ProcessMode.REVERSE)
    assert not bench.view.player.is_playing, "nobody looks"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "way.webp"), ""))
    bench.view.save.click()
    [(frames, target)] = bench.exported
    assert target == tmp_path / "way.webp"
    assert frames.names == tuple(frame_text(index, 3) for index in range(3))
    assert len(frames.pixels) == 3


def test_how_far_a_frame_is() -> None:
    assert frame_text(2, 9) == "Frame 3 of 9, 25 % of the way"


def test_in_a_small_window_no_button_is_cut_off(qtbot: QtBot) -> None:
    """598 pixels are left for it at 1280 x 720; in German the buttons need more."""
    view = BetweenView()
    qtbot.addWidget(view)
    view.make.setText("Frames erstellen, und noch mehr davon")
    view.resize(598, 460)
    view.show()
    assert view.make.width() >= view.make.sizeHint().width()
    assert view.make.mapTo(view, view.make.rect().topRight()).x() < view.width()
