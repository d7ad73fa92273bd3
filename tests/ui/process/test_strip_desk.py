"""The steps below the picture."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.core.errors import StudioError
from studio.core.job import Job, JobId
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import read_picture_info
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.ui.process.strip_desk import StripDesk
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.run_now import run_now

GUESSES = [np.full((8, 8, 3), 30 * step, np.uint8) for step in range(6)]


def no_failure(error: StudioError) -> None:
    raise AssertionError(error)


@pytest.fixture
def stage(window: MainWindow) -> PictureStage:
    return PictureStage(window, run_now, read_pixels, read_picture_info, no_failure)


@pytest.fixture
def kept() -> dict[PictureId, Sequence[np.ndarray]]:
    return {}


@pytest.fixture
def desk(window: MainWindow, stage: PictureStage, kept: dict[PictureId, Sequence[np.ndarray]]) -> StripDesk:
    return a_desk(window, stage, kept)


def a_desk(
    window: MainWindow, stage: PictureStage, kept: dict[PictureId, Sequence[np.ndarray]], *, is_recording: bool = True
) -> StripDesk:
    read = kept.__getitem__
    return StripDesk(window, stage, run_now, kept.__contains__, read, no_failure, is_recording=is_recording)


def added(gallery: Gallery, model: GalleryModel, job: Job | None = None) -> PictureRecord:
    record = gallery.add(a_picture(), None if job is None else job.id)
    model.add(record)
    return record


def frame(step: int, index: int = 0) -> PreviewFrame:
    return PreviewFrame(np.full((8, 8, 3), 10 * step, np.uint8), index, step, 20)


def test_a_picture_with_steps_has_them_below_it_and_another_has_no_strip(
    qtbot: QtBot, window: MainWindow, desk: StripDesk, kept, gallery: Gallery, model: GalleryModel
) -> None:
    strip = window.picture_view.steps
    recorded, older = added(gallery, model), added(gallery, model)
    kept[recorded.id] = GUESSES
    window.gallery_panel.select(recorded.id)
    assert strip.isVisible()
    assert strip.shown_steps == tuple(range(6))
    assert strip.current == 5
    window.gallery_panel.select(older.id)
    assert not strip.isVisible()
    window.gallery_panel.select(recorded.id)
    with qtbot.waitSignal(desk.opened) as opened:
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert opened.args == [0]


def begun(stage: PictureStage, desk: StripDesk) -> Job:
    job = Job(JobId(uuid.uuid4().hex), a_request())
    stage.follow()
    stage.on_job_started(job)
    desk.on_job_started(job)
    return job


def previewed(stage: PictureStage, desk: StripDesk, each: PreviewFrame) -> None:
    stage.on_preview(each.pixels)
    desk.on_preview(each)


def ended(stage: PictureStage, desk: StripDesk) -> None:
    stage.on_job_ended()
    desk.on_job_ended()


def test_a_picture_that_is_being_made_fills_the_strip(window: MainWindow, stage: PictureStage, desk: StripDesk) -> None:
    strip = window.picture_view.steps
    begun(stage, desk)
    assert not strip.isVisible()
    for step in (2, 5, 9):
        previewed(stage, desk, frame(step))
    assert strip.isVisible()
    assert strip.shown_steps == (0, 1, 2)
    desk.on_preview(frame(1, index=1))
    assert strip.shown_steps == (0,), "the next one of the batch"


def test_what_was_seen_live_stays_until_the_steps_can_be_read_so_that_the_picture_does_not_move(
    window: MainWindow, stage: PictureStage, desk: StripDesk, kept, gallery: Gallery, model: GalleryModel
) -> None:
    strip = window.picture_view.steps
    record = added(gallery, model, begun(stage, desk))
    for step in (2, 5, 9):
        previewed(stage, desk, frame(step))
    stage.on_picture_saved(record)
    assert strip.isVisible()
    ended(stage, desk)
    assert strip.isVisible()
    assert strip.shown_steps == (0, 1, 2)
    kept[record.id] = GUESSES
    desk.on_kept(record.id)
    assert strip.shown_steps == tuple(range(6))


def test_steps_that_there_was_no_room_for_have_no_strip(
    window: MainWindow, stage: PictureStage, desk: StripDesk, gallery: Gallery, model: GalleryModel
) -> None:
    for lose in (lambda record: desk.on_kept(record.id), lambda _: desk.on_lost()):
        record = added(gallery, model, begun(stage, desk))
        previewed(stage, desk, frame(3))
        stage.on_picture_saved(record)
        ended(stage, desk)
        assert window.picture_view.steps.isVisible()
        lose(record)
        assert not window.picture_view.steps.isVisible()


def test_where_no_steps_are_kept_the_strip_goes_with_the_job(
    window: MainWindow, stage: PictureStage, kept, gallery: Gallery, model: GalleryModel
) -> None:
    desk = a_desk(window, stage, kept, is_recording=False)
    record = added(gallery, model, begun(stage, desk))
    previewed(stage, desk, frame(3))
    stage.on_picture_saved(record)
    ended(stage, desk)
    assert not window.picture_view.steps.isVisible()


def test_what_was_seen_live_is_not_shown_below_another_picture(
    window: MainWindow, stage: PictureStage, desk: StripDesk, kept, gallery: Gallery, model: GalleryModel
) -> None:
    older = added(gallery, model)
    record = added(gallery, model, begun(stage, desk))
    previewed(stage, desk, frame(3))
    stage.on_picture_saved(record)
    ended(stage, desk)
    for other in (older, record):  # also not when the way leads back: it would be the other one's place
        window.gallery_panel.select(other.id)
        assert not window.picture_view.steps.isVisible()


def test_who_looks_at_another_picture_is_not_disturbed(
    window: MainWindow, stage: PictureStage, desk: StripDesk, kept, gallery: Gallery, model: GalleryModel
) -> None:
    record = added(gallery, model)
    kept[record.id] = GUESSES
    window.gallery_panel.select(record.id)
    stage.on_job_started(Job(JobId(uuid.uuid4().hex), a_request()))
    desk.on_preview(frame(3))
    assert window.picture_view.steps.shown_steps == tuple(range(6))
