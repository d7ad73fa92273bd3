"""How pictures came about is kept with them, seen, and goes when they are gone for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.errors import DiskFull
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest
from studio.core.step_inside import StepInside
from studio.core.task import ImageToImage
from studio.imaging.decode import read_pixels
from studio.settings.paths import UserPaths
from studio.ui.drop_zones import Purpose
from studio.ui.incoming import Incoming
from studio.ui.process.process_page import ProcessMode, ProcessPage
from tests.helpers.fake_session import FakeSession
from tests.helpers.trash import trash_home
from tests.integration.program_under_test import notice, paint_region, running_studio

__all__ = ["trash_home"]


def make(studio: Studio, qtbot: QtBot) -> PictureId:
    studio.window.request_panel.prompt.set_texts("a red apple", "")
    with qtbot.waitSignal(studio.service.job_finished):
        studio.window.request_panel.make.click()
    record = studio.window.gallery_panel.current
    assert record is not None
    return record.id


def test_the_steps_of_a_picture_are_kept_until_it_is_gone_for_good(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, trash_home: Path
) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        with qtbot.waitSignal(studio.recording.keeper.kept) as kept:
            picture = make(studio, qtbot)
        assert kept.args == [picture]
        with qtbot.waitSignal(studio.later.picture_commands.deleted):
            studio.window.commands.delete.trigger()
        with qtbot.waitSignal(studio.later.picture_commands.restored):
            studio.window.commands.undo_delete.trigger()
        studio.recording.forget_gone()
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.recording.store.has(picture))
        trajectory = studio.recording.store.get(picture)
        assert trajectory is not None
        with qtbot.waitSignal(studio.later.picture_commands.deleted):
            studio.window.commands.delete.trigger()
        studio.recording.forget_gone()
    assert (UserPaths.below(home).trajectories / f"{picture}.npz").exists(), "it could have been restored"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: not (UserPaths.below(home).trajectories / f"{picture}.npz").exists())


def test_a_disk_without_room_for_the_steps_costs_no_picture(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:

        def refuse(*_: object, **__: object) -> None:
            raise DiskFull(tmp_path, 10, 0)

        monkeypatch.setattr("studio.gallery.trajectory_store.write_durably", refuse)
        picture = make(studio, qtbot)
        qtbot.waitUntil(lambda: notice(studio, "steps of a picture") is not None)
        assert studio.gallery.record(picture) is not None
        assert not studio.recording.store.has(picture)


def test_without_room_in_the_settings_nothing_is_recorded(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    paths.settings_file.write_text(json.dumps({"version": 1, "process": {"kept_megabytes": 0}}))
    recorded: list[bool] = []

    class Session(FakeSession):
        def generate(self, request, *, record=False, **rest):
            recorded.append(record)
            return super().generate(request, record=record, **rest)

    with running_studio(qapp, qtbot, tmp_path / "home", Session) as studio:
        make(studio, qtbot)
    assert recorded == [False]


def page_of(studio: Studio) -> ProcessPage:
    [page] = studio.window.findChildren(ProcessPage)
    return page


def test_from_the_empty_page_to_the_steps_of_the_example_and_a_variation_from_the_middle(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        studio.window.commands.show_process.trigger()
        qtbot.waitUntil(lambda: bool(studio.window.findChildren(ProcessPage)))
        page = page_of(studio)
        qtbot.mouseClick(page.invitation.run, Qt.MouseButton.LeftButton)
        steps = studio.window.request_panel.sampling.steps.value()
        qtbot.waitUntil(lambda: page.reverse.place.text() == f"Step {steps:.0f} of {steps:.0f}")
        qtbot.waitUntil(lambda: not page.reverse.noisy.image.isNull())
        page.set_mode(ProcessMode.FORWARD)
        qtbot.waitUntil(page.forward.slider.isEnabled)
        page.forward.slider.setValue(299)
        page.forward.restart.click()
        qtbot.waitUntil(lambda: studio.canvas.desk.is_shown)
        assert studio.window.request_panel.start.vary_strength.value() == pytest.approx(0.3)
        assert not page.isVisible()
        with qtbot.waitSignal(studio.service.picture_saved) as saved:
            studio.window.request_panel.make.click()
        record = saved.args[1]
        assert isinstance(record.parameters.task, ImageToImage)
        assert record.parameters.task.strength == pytest.approx(0.3)


def test_a_click_on_another_picture_shows_its_process(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """With Ctrl it is the one to go to in the latent space."""
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        pictures: list[PictureId] = []
        for _ in range(2):
            with qtbot.waitSignal(studio.recording.keeper.kept):
                pictures.append(make(studio, qtbot))
        studio.window.commands.show_process.trigger()
        page, view = page_of(studio), studio.window.gallery_panel.view
        qtbot.waitUntil(page.reverse.slider.isEnabled)
        for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
            place = view.visualRect(view.model().index(1 if modifier is Qt.KeyboardModifier.NoModifier else 0, 0))
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place.center())
            assert page.isVisible()
            assert studio.stage.shown_record is not None
            assert studio.stage.shown_record.id == pictures.pop(0)
        assert len(studio.window.gallery_panel.others_selected) == 1


def test_a_branch_from_a_step_is_a_child_that_begins_alike(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        with qtbot.waitSignal(studio.recording.keeper.kept):
            parent = make(studio, qtbot)
        strip = studio.window.picture_view.steps
        qtbot.waitUntil(lambda: bool(strip.shown_steps))
        qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.height() // 2, 10))
        page = page_of(studio)
        qtbot.waitUntil(page.reverse.branch.isEnabled)
        page.reverse.go_to(2)
        page.reverse.branch.click()
        studio.window.request_panel.prompt.set_texts("a green apple", "")
        with qtbot.waitSignal(studio.service.picture_saved) as saved:
            studio.window.request_panel.make.click()
        parameters = saved.args[1].parameters
        assert parameters.branched_from == parent
        assert parameters.prompt.text == "a green apple"
        [begun] = parameters.earlier
        assert (begun.until_step, begun.prompt.text) == (3, "a red apple")


def test_another_picture_on_the_canvas_is_no_branch(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    """What is made of it would otherwise begin with the words of the branch's parent."""
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        with qtbot.waitSignal(studio.recording.keeper.kept):
            make(studio, qtbot)
        earlier = studio.window.request_panel.earlier
        for purpose in ("a picture of the gallery", "a file"):
            studio.window.commands.show_process.trigger()
            page = page_of(studio)
            qtbot.waitUntil(page.reverse.slider.isEnabled)
            page.reverse.go_to(2)
            page.reverse.branch.click()
            assert earlier.earlier
            if purpose == "a file":
                studio.canvas.opener.open_incoming(Incoming(files=(photo,)))
            else:
                studio.window.commands.edit.trigger()
            qtbot.waitUntil(lambda: not earlier.earlier)


def test_a_region_is_painted_and_only_it_goes_on_otherwise(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """The request is the one that `studio branch --mask` would send, and everything in it is kept."""
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        with qtbot.waitSignal(studio.recording.keeper.kept):
            parent = make(studio, qtbot)
        studio.window.commands.show_process.trigger()
        mask = paint_region(studio, qtbot, page_of(studio), 2)
        studio.window.request_panel.prompt.set_texts("a green apple", "")
        with qtbot.waitSignal(studio.service.picture_saved) as saved:
            studio.window.request_panel.make.click()
        parameters = saved.args[1].parameters
        [region] = parameters.regions
        assert (parameters.branched_from, region.after_step) == (parent, 3)
        assert parameters.prompt.text == "a green apple"
        assert region.noise_seed is not None
        assert np.array_equal(studio.sources.mask(region.mask), mask)
        record = studio.gallery.record(parent)
        assert record is not None
        assert np.array_equal(studio.sources.image(region.image), read_pixels(record.path))


def test_a_dropped_picture_is_seen_in_noise(qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        studio.canvas.incoming.receive(Purpose.LOOK, Incoming(files=(photo,)))
        page = page_of(studio)
        assert page.mode is ProcessMode.FORWARD
        qtbot.waitUntil(page.forward.slider.isEnabled)
        assert page.forward.in_pixels.image.size().toTuple() == (80, 48)


def test_the_steps_of_a_picture_are_looked_into(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    class Questioned(FakeSession):
        asked: ClassVar[list[GenerationRequest]] = []

        def inside(self, request: GenerationRequest, step: int) -> StepInside:
            self.asked.append(request)
            return super().inside(request, step)

    with running_studio(qapp, qtbot, tmp_path / "home", Questioned) as studio:
        picture = make(studio, qtbot)
        record = studio.gallery.record(picture)
        assert record is not None
        assert record.parameters is not None
        studio.later.process.desk.show_mode(ProcessMode.INSIDE)
        page = studio.window.findChild(ProcessPage)
        assert page is not None
        page.inside.invitation.run.click()
        qtbot.waitUntil(lambda: page.inside.progress.isHidden() and not page.inside.guided.image.isNull())
        assert {request.sampling for request in Questioned.asked} == {record.parameters.sampling}
        assert len(Questioned.asked) == record.parameters.sampling.num_inference_steps
