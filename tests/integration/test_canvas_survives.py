"""The open canvas at the next start: picture, mask, history, results; and as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.geometry import Rect, Size
from studio.core.task import Fit
from studio.imaging.canvas_file import CanvasDocument, write_canvas
from studio.imaging.decode import read_pixels
from studio.settings.model import PanelState, StartState
from studio.ui.loss_question import LossQuestion
from tests.helpers.fake_session import FakeSession
from tests.integration.canvas_under_test import canvas_of, make, notice_titles, opened, paint_mask, staging_of
from tests.integration.program_under_test import running_studio


def test_everything_is_there_at_the_next_start(qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        canvas = opened(studio, qtbot, photo)
        paint_mask(studio, Rect(5, 6, 20, 10))
        paint_mask(studio, Rect(30, 6, 20, 10))
        canvas.undo()
        results = (make(studio, qtbot).id, make(studio, qtbot).id)
        picture, mask = canvas.picture_now(), canvas.mask_now()
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert "Your canvas is back" in notice_titles(studio)
        again = canvas_of(studio)
        assert np.array_equal(again.picture, picture)
        assert np.array_equal(again.mask, mask)
        assert studio.window.shows_canvas
        assert studio.window.request_panel.make.text() == "Repaint the mask"
        assert not again.is_kept
        assert staging_of(studio).ids == results
        accept = staging_of(studio).bar.findChild(QPushButton, "accept")
        assert not accept.isEnabled(), "no result is looked at yet"
        again.redo()
        assert (again.mask[6:16, 30:50] == 255).all()
        again.undo()
        again.undo()
        assert again.is_mask_empty
        third = make(studio, qtbot)
        assert staging_of(studio).ids == (*results, third.id), "later results find their canvas"


def test_who_writes_when_the_canvas_comes_back_goes_on_writing(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    """The letters would choose tools."""

    def writes(studio: Studio) -> None:
        studio.window.request_panel.prompt.text.setFocus()

    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        opened(studio, qtbot, photo)
    with running_studio(qapp, qtbot, home, FakeSession, at_once=writes) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert studio.window.shows_canvas
        assert studio.window.focusWidget() is studio.window.request_panel.prompt.text


def test_a_canvas_that_waited_behind_the_gallery_waits_there_again(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        opened(studio, qtbot, photo)
        studio.canvas.desk.hide()
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert not studio.window.shows_canvas
        assert studio.window.commands.show_canvas.isEnabled()


def test_a_canvas_that_was_closed_does_not_come_back(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        opened(studio, qtbot, photo)
        studio.canvas.desk.close()
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        with qtbot.waitCallback() as disk_has_caught_up:  # what restores a canvas was given to it before
            studio.disk.run(lambda: None, done=disk_has_caught_up, failed=pytest.fail)
        assert studio.canvas.desk.canvas is None


def test_a_file_from_the_command_line_lies_on_the_canvas(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession, open_file=photo) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert canvas_of(studio).width == 80


def test_a_saved_canvas_brings_its_settings_along(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, odd = tmp_path / "work.lstudio", tmp_path / "odd.lstudio"
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        opened(studio, qtbot, photo)
        panel = studio.window.request_panel
        panel.restore(PanelState(steps=7, guidance_scale=3.5, seed=11, keep_seed=True, width=320, height=192))
        panel.start.restore(StartState(vary_strength=0.35, repaint_strength=0.8, fit=Fit.PAD, mask_padding=48))
        with qtbot.waitSignal(studio.canvas.files.saved):
            studio.canvas.files.save(file)
    picture = read_pixels(photo)
    mask = np.zeros(picture.shape[:2], np.uint8)
    settings = {"prompt": "a pear", "panel": {"steps": 9, "guidance_scale": "much"}, "start": ["no object"]}
    write_canvas(odd, CanvasDocument(picture=picture, mask=mask, settings=settings))
    monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: True)
    with running_studio(qapp, qtbot, tmp_path / "elsewhere", FakeSession) as studio:
        panel = studio.window.request_panel
        panel.start.set_keep_discarded(False)
        with qtbot.waitSignal(studio.canvas.desk.opened):
            studio.canvas.open_file(file)
        sampling = panel.sampling
        assert (sampling.steps.value(), sampling.guidance.value(), sampling.typed_seed()) == (7, 3.5, 11)
        assert sampling.size_in_pixels() == Size(320, 192)
        start = panel.start.state()
        assert (start.vary_strength, start.repaint_strength, start.fit, start.mask_padding) == (0.35, 0.8, Fit.PAD, 48)
        assert not start.keep_discarded, "a habit of the person here"
        with qtbot.waitSignal(studio.canvas.desk.opened):
            studio.canvas.open_file(odd)
        assert panel.prompt.prompt().text == "a pear"
        assert (sampling.steps.value(), sampling.guidance.value(), sampling.typed_seed()) == (9, 5.0, 11)
        assert panel.start.state() == start, "what a file does not say stays"


def test_a_saved_canvas_is_opened_again_with_its_results(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "work.lstudio"
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        canvas = opened(studio, qtbot, photo)
        paint_mask(studio, Rect(5, 6, 20, 10))
        studio.window.request_panel.prompt.set_texts("a cake", "a fly")
        result = make(studio, qtbot)
        studio.canvas.files.save(file)
        qtbot.waitUntil(lambda: "Canvas saved" in notice_titles(studio))
        picture, mask = canvas.picture_now(), canvas.mask_now()
    with running_studio(qapp, qtbot, tmp_path / "elsewhere", FakeSession) as studio:
        studio.canvas.open_file(file)
        qtbot.waitUntil(lambda: studio.canvas.staging is not None and len(studio.canvas.staging.ids) == 1)
        assert np.array_equal(canvas_of(studio).picture, picture)
        assert np.array_equal(canvas_of(studio).mask, mask)
        assert studio.window.request_panel.prompt.prompt().text == "a cake"
        assert staging_of(studio).ids == (result.id,), "its results are in the gallery of this computer now"
        assert studio.gallery.record(result.id) is not None
        monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: True)
        (tmp_path / "broken.lstudio").write_bytes(file.read_bytes()[:100])
        studio.canvas.open_file(tmp_path / "broken.lstudio")
        qtbot.waitUntil(lambda: "This canvas cannot be opened" in notice_titles(studio))
        assert np.array_equal(canvas_of(studio).picture, picture), "what lay there still does"


def test_a_saved_canvas_is_known_as_saved_at_the_next_start(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked to save it again, and where it is saved is suggested, until something is changed."""
    home, file = tmp_path / "home", tmp_path / "work.lstudio"
    suggested: list[str] = []

    def ask(_parent: object, _title: str, place: str, _filter: str) -> tuple[str, str]:
        suggested.append(place)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        opened(studio, qtbot, photo)
        paint_mask(studio, Rect(5, 6, 20, 10))
        with qtbot.waitSignal(studio.canvas.files.saved):
            studio.canvas.files.save(file)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert canvas_of(studio).is_kept
        studio.window.commands.save_canvas.trigger()
        assert suggested == [str(file)]
        paint_mask(studio, Rect(40, 6, 20, 10))
        assert not canvas_of(studio).is_kept
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert not canvas_of(studio).is_kept
        studio.window.commands.save_canvas.trigger()
        assert suggested == [str(file), str(file)]
        monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: True)
        opened(studio, qtbot, photo)
        studio.window.commands.save_canvas.trigger()
        assert Path(suggested[-1]).name == "canvas.lstudio", "another canvas"


def test_that_the_canvas_is_back_is_not_said_over_another_picture(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        opened(studio, qtbot, photo)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        assert "Your canvas is back" in notice_titles(studio)
        opened(studio, qtbot, photo)
        assert "Your canvas is back" not in notice_titles(studio)
