"""The page of the process follows what the window shows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio.core.errors import DiskFull, StudioError
from studio.core.job import Job, JobId
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import read_picture_info
from studio.ui.elided_label import elided_lines
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.ui.process.inside_desk import InsideDesk
from studio.ui.process.process_desk import ProcessDesk, ProcessOperations
from studio.ui.process.process_page import ProcessMode, ProcessPage
from studio.ui.process.shown_process import ShownProcess, shown_process
from studio.ui.process.study_desk import StudyDesk
from tests.helpers.fake_session import CHECKPOINT, a_picture, a_request
from tests.helpers.run_now import run_now
from tests.helpers.trajectories import a_trajectory
from tests.ui.process.inquiries import AnsweredByTest


def no_failure(error: StudioError) -> None:
    raise AssertionError(error)


@dataclass
class Kept:
    """Processes of pictures."""

    processes: dict[PictureId, ShownProcess] = field(default_factory=dict)
    exported: list[tuple[ShownProcess, Path]] = field(default_factory=list)

    def has(self, picture: PictureId) -> bool:
        return picture in self.processes

    def export(self, process: ShownProcess, target: Path) -> None:
        self.exported.append((process, target))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def stage(window: MainWindow) -> PictureStage:
    return PictureStage(window, run_now, read_pixels, read_picture_info, no_failure)


def study_desk(window: MainWindow, stage: PictureStage) -> StudyDesk:
    return StudyDesk(window, stage, run_now, lambda path, _: read_pixels(path), lambda: CHECKPOINT)


def inside_desk(stage: PictureStage) -> InsideDesk:
    return InsideDesk(stage, run_now, lambda _: a_request(), AnsweredByTest(), no_failure)


@pytest.fixture
def desk(window: MainWindow, stage: PictureStage, kept: Kept) -> ProcessDesk:
    operations = ProcessOperations(kept.has, kept.processes.get, kept.export, is_recording=True)
    return ProcessDesk(window, stage, run_now, operations, study_desk(window, stage), inside_desk(stage), no_failure)


def added(gallery: Gallery, model: GalleryModel, text: str, job: Job | None = None) -> PictureRecord:
    record = gallery.add(a_picture(a_request(text)), job.id if job else None)
    model.add(record)
    return record


def a_job() -> Job:
    return Job(JobId(uuid.uuid4().hex), a_request("a panda", steps=20))


def opened(window: MainWindow) -> ProcessPage:
    window.commands.show_process.trigger()
    [page] = window.findChildren(ProcessPage)
    assert page.isVisible()
    return page


def test_without_a_picture_it_invites_to_make_one(qtbot: QtBot, window: MainWindow, desk: ProcessDesk) -> None:
    page = opened(window)
    assert page.invitation.isVisible()
    with qtbot.waitSignal(desk.example_asked):
        QTest.keyClick(page.invitation.run, Qt.Key.Key_Space)


def test_every_part_keeps_the_keys_where_nothing_can_be_done(
    qtbot: QtBot, window: MainWindow, desk: ProcessDesk, gallery: Gallery, model: GalleryModel
) -> None:
    page = opened(window)
    for key in (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_1):
        focus = QApplication.focusWidget()
        assert focus is not None
        assert page.isAncestorOf(focus)
        QTest.keyClick(focus, key)
        if page.mode is ProcessMode.INSIDE:
            page.inside.invite("It was not made here.", can_look=False)
    assert page.mode is ProcessMode.REVERSE


def test_while_the_first_picture_is_made_no_other_is_offered(
    window: MainWindow, stage: PictureStage, desk: ProcessDesk
) -> None:
    page, job = opened(window), a_job()
    stage.follow()
    stage.on_job_started(job)
    desk.on_job_started(job)
    page.set_mode(ProcessMode.FORWARD)
    nothing = page.forward.nothing
    assert nothing.isVisible()
    assert "being made" in nothing.invitation.why.text()
    assert not nothing.invitation.run.isVisible()
    stage.on_job_ended()
    desk.on_job_ended(job)
    assert nothing.invitation.run.isVisible()


def test_the_name_of_the_picture_is_read_to_its_end_also_in_a_small_window(
    window: MainWindow, desk: ProcessDesk, gallery: Gallery, model: GalleryModel
) -> None:
    """718 pixels are left for the page at 1280 x 720."""
    record = added(gallery, model, "a red apple on a blue background")
    window.gallery_panel.select(record.id)
    page = opened(window)
    page.resize(718, page.height())
    subject = page.subject
    assert page.modes[ProcessMode.REVERSE].width() >= page.modes[ProcessMode.REVERSE].sizeHint().width()
    assert " ".join(elided_lines(subject.text(), subject.font(), subject.width(), 2)) == subject.text()
    assert subject.text() == "a red apple on a blue background"


def test_the_selected_picture_is_followed(
    window: MainWindow, desk: ProcessDesk, kept: Kept, gallery: Gallery, model: GalleryModel
) -> None:
    old, new = added(gallery, model, "an old one"), added(gallery, model, "a new one")
    kept.processes[new.id] = shown_process(a_trajectory(steps=5))
    window.gallery_panel.select(new.id)
    page = opened(window)
    assert page.reverse.isVisible()
    assert page.reverse.place.text() == "Step 5 of 5"
    window.gallery_panel.select(old.id)
    assert page.invitation.isVisible()
    assert "not kept" in page.invitation.why.text()
    window.gallery_panel.select(new.id)
    assert page.reverse.isVisible()


def test_the_command_and_escape_go_back(
    window: MainWindow, desk: ProcessDesk, kept: Kept, gallery: Gallery, model: GalleryModel
) -> None:
    record = added(gallery, model, "an apple")
    kept.processes[record.id] = shown_process(a_trajectory())
    window.gallery_panel.select(record.id)
    page = opened(window)
    QTest.keyClick(page.reverse.slider, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.picture_view.isVisible()
    opened(window)
    window.commands.show_process.trigger()
    assert not page.isVisible()


def test_it_opens_at_a_step(
    window: MainWindow, desk: ProcessDesk, kept: Kept, gallery: Gallery, model: GalleryModel
) -> None:
    record = added(gallery, model, "an apple")
    kept.processes[record.id] = shown_process(a_trajectory(steps=9))
    window.gallery_panel.select(record.id)
    page = opened(window)
    page.set_mode(ProcessMode.LATENT)
    desk.show(3)
    assert page.mode is ProcessMode.REVERSE, "steps are seen there"
    assert page.reverse.current == 3


def test_a_picture_is_followed_from_its_first_frame_to_its_steps(
    window: MainWindow, stage: PictureStage, desk: ProcessDesk, kept: Kept, gallery: Gallery, model: GalleryModel
) -> None:
    page, job = opened(window), a_job()
    stage.follow()
    stage.on_job_started(job)
    desk.on_job_started(job)
    frame = PreviewFrame(np.full((8, 8, 3), 90, np.uint8), 0, 7, 20)
    stage.on_preview(frame.pixels)
    desk.on_preview(frame)
    assert page.reverse.isVisible()
    assert page.reverse.place.text() == "Step 7 of 20"
    record = added(gallery, model, "a panda", job)
    stage.on_picture_saved(record)
    assert page.reverse.isVisible(), "what was seen of it stays until its steps are there"
    stage.on_job_ended()
    desk.on_job_ended(job)
    assert page.reverse.isVisible()
    kept.processes[record.id] = shown_process(a_trajectory(steps=20))
    desk.on_kept(record.id)
    assert page.reverse.place.text() == "Step 20 of 20"


def test_steps_that_were_lost_are_not_waited_for(
    window: MainWindow, stage: PictureStage, desk: ProcessDesk, gallery: Gallery, model: GalleryModel, tmp_path
) -> None:
    page, job = opened(window), a_job()
    stage.follow()
    stage.on_job_started(job)
    desk.on_job_started(job)
    stage.on_picture_saved(added(gallery, model, "a panda", job))
    stage.on_job_ended()
    desk.on_job_ended(job)
    desk.on_lost(DiskFull(tmp_path, 10, 0))
    assert page.invitation.isVisible()


def test_a_cancelled_picture_gives_way_to_the_one_before(
    window: MainWindow, stage: PictureStage, desk: ProcessDesk, kept: Kept, gallery: Gallery, model: GalleryModel
) -> None:
    record = added(gallery, model, "an apple")
    kept.processes[record.id] = shown_process(a_trajectory(steps=5))
    window.gallery_panel.select(record.id)
    page, job = opened(window), a_job()
    stage.follow()
    stage.on_job_started(job)
    desk.on_job_started(job)
    assert page.reverse.place.text() == ""
    stage.on_job_ended()
    desk.on_job_ended(job)
    assert page.reverse.place.text() == "Step 5 of 5"


def test_where_nothing_is_recorded_the_page_says_so(
    window: MainWindow, stage: PictureStage, gallery: Gallery, model: GalleryModel
) -> None:
    operations = ProcessOperations(lambda _: False, lambda _: None, lambda *_: None, is_recording=False)
    desk = ProcessDesk(window, stage, run_now, operations, study_desk(window, stage), inside_desk(stage), no_failure)
    window.gallery_panel.select(added(gallery, model, "an apple").id)
    page = opened(window)
    assert desk.is_open
    assert "Settings…" in page.invitation.why.text()


@pytest.mark.parametrize(
    ("typed", "kind", "written"),
    [("apple.webp", "Animation, GIF (*.gif)", "apple.webp"), ("apple", "Sheet of all steps, PNG (*.png)", "apple.png")],
)
def test_the_steps_are_saved_as_the_user_says(
    window: MainWindow,
    desk: ProcessDesk,
    kept: Kept,
    gallery: Gallery,
    model: GalleryModel,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    typed: str,
    kind: str,
    written: str,
) -> None:
    command = window.commands.save_steps
    assert not command.isEnabled()
    record = added(gallery, model, "an apple")
    kept.processes[record.id] = shown_process(a_trajectory())
    window.gallery_panel.select(record.id)
    opened(window)
    assert command.isEnabled()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), kind))
    command.trigger()
    assert kept.exported == [(kept.processes[record.id], tmp_path / written)]
    assert [notice.title for notice in window.notices.shown] == ["Steps saved"]
    desk.hide()
    assert not command.isEnabled()
