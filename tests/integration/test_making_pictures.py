"""What a person does in a session, from the prompt to the kept file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.app import crash
from studio.app.wiring import Studio
from studio.core.errors import BrokenPicture, DiskFull
from studio.core.job import JobId
from studio.core.memory import MemoryPlan, Placement
from studio.core.progress import PlanChosen, PlanLowered, PromptTruncated
from studio.core.result import GeneratedImage
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.infotext import to_infotext
from studio.ui.loss_question import LossQuestion
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import answer, notice, prompts, running_studio


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path, session: FakeSession) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: session) as studio:
        yield studio
        session.go_on.set()


def write_prompt(studio: Studio, text: str) -> None:
    studio.window.request_panel.prompt.set_texts(text, "")


def make(studio: Studio, qtbot: QtBot, text: str) -> PictureRecord:
    write_prompt(studio, text)
    with qtbot.waitSignal(studio.service.job_finished):
        studio.window.request_panel.make.click()
    record = studio.window.gallery_panel.current
    assert record is not None
    return record


def shown_width(studio: Studio) -> int:
    image = studio.window.picture_view.shown_image
    return image.width() if image is not None else 0


def test_typing_and_ctrl_enter_make_a_picture_that_is_kept_and_selected(studio: Studio, qtbot: QtBot) -> None:
    studio.window.activateWindow()
    qtbot.keyClicks(studio.window.request_panel.prompt.text, "a red apple")
    with qtbot.waitSignal(studio.service.job_finished):
        QTest.keyClick(studio.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    record = studio.window.gallery_panel.current
    assert record is not None
    assert record.parameters is not None
    assert record.parameters.prompt.text == "a red apple"
    qtbot.waitUntil(lambda: studio.window.picture_view.shown_image is not None)
    assert studio.stage.shown_record == record
    assert read_pixels(record.path).shape == (256, 256, 3)


def test_an_example_makes_its_picture(studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.service.job_finished):
        studio.window.picture_view.welcome.example_chosen.emit("a smiling face")
    assert prompts(studio) == ["a smiling face"]


def test_while_one_runs_the_next_waits_and_the_button_says_so(
    studio: Studio, qtbot: QtBot, session: FakeSession
) -> None:
    session.pause_at_step = 2
    write_prompt(studio, "first")
    studio.window.commands.make.trigger()
    qtbot.waitUntil(session.paused.is_set)
    assert studio.window.request_panel.make.text() == "Add to queue"
    write_prompt(studio, "second")
    studio.window.commands.make.trigger()
    assert studio.window.job_bar.queue_button.text() == "1 waiting"
    session.go_on.set()
    qtbot.waitUntil(lambda: prompts(studio) == ["second", "first"] and studio.service.running is None)
    assert studio.window.request_panel.make.text() == "Make a picture"
    assert "made in" in studio.window.job_bar.status.text()


def test_cancel_says_so_and_the_next_one_starts(studio: Studio, qtbot: QtBot, session: FakeSession) -> None:
    session.pause_at_step = 1
    for text in ("first", "second"):
        write_prompt(studio, text)
        studio.window.commands.make.trigger()
    qtbot.waitUntil(session.paused.is_set)
    session.pause_at_step = None
    with qtbot.waitSignal(studio.service.job_cancelled):
        studio.window.job_bar.cancel.click()
    qtbot.waitUntil(lambda: prompts(studio) == ["second"])


def test_the_view_stays_with_a_picture_that_was_chosen_until_the_button_is_pressed(
    studio: Studio, qtbot: QtBot, session: FakeSession
) -> None:
    old = make(studio, qtbot, "old")
    make(studio, qtbot, "newer")
    session.pause_at_step = 2
    write_prompt(studio, "newest")
    studio.window.commands.make.trigger()
    qtbot.waitUntil(session.paused.is_set)
    assert studio.stage.shown_record is None
    studio.window.gallery_panel.select(old.id)
    session.go_on.set()
    qtbot.waitUntil(lambda: studio.service.running is None)
    assert studio.stage.shown_record == old
    session.pause_at_step = None
    newest = make(studio, qtbot, "and one more")
    assert studio.stage.shown_record == newest


def test_use_these_settings_makes_the_same_picture_again(studio: Studio, qtbot: QtBot) -> None:
    first = make(studio, qtbot, "a cake")
    make(studio, qtbot, "something else")
    studio.window.gallery_panel.select(first.id)
    studio.window.commands.use_settings.trigger()
    with qtbot.waitSignal(studio.service.job_finished):
        studio.window.commands.make.trigger()
    again = studio.window.gallery_panel.current
    assert again is not None
    assert again.id != first.id
    assert np.array_equal(read_pixels(again.path), read_pixels(first.path))


def test_same_seed_new_prompt(studio: Studio, qtbot: QtBot) -> None:
    first = make(studio, qtbot, "a cake")
    assert first.parameters is not None
    studio.window.commands.same_seed.trigger()
    second = make(studio, qtbot, "a house")
    assert second.parameters is not None
    assert second.parameters.sampling.seed == first.parameters.sampling.seed


def test_copies_reach_the_clipboard(studio: Studio, qtbot: QtBot) -> None:
    record = make(studio, qtbot, "a cake")
    assert record.parameters is not None
    qtbot.waitUntil(lambda: shown_width(studio) == record.width)
    studio.window.commands.copy_picture.trigger()
    qtbot.waitUntil(lambda: notice(studio, "Picture copied") is not None)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (record.width, record.height)
    red, green, blue = read_pixels(record.path)[3, 5]
    assert image.pixelColor(5, 3).getRgb()[:3] == (red, green, blue)
    studio.window.commands.copy_parameters.trigger()
    assert QGuiApplication.clipboard().text() == to_infotext(record.parameters)


@pytest.mark.parametrize("name", ["copy.png", "copy.jpg", "copy.webp"])
def test_a_copy_is_saved_in_the_chosen_format(studio: Studio, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    record = make(studio, qtbot, "a cake")
    studio.later.picture_commands.save_copy(record, tmp_path / name)
    qtbot.waitUntil(lambda: notice(studio, "Saved") is not None)
    assert read_pixels(tmp_path / name).shape == (record.height, record.width, 3)


def test_delete_selects_the_neighbour_and_undo_brings_the_file_back(studio: Studio, qtbot: QtBot) -> None:
    older, newer = make(studio, qtbot, "older"), make(studio, qtbot, "newer")
    studio.window.commands.delete.trigger()
    qtbot.waitUntil(lambda: not newer.path.exists() and prompts(studio) == ["older"])
    qtbot.waitUntil(lambda: studio.stage.shown_record == older)
    answer(studio, qtbot, "Moved to the trash", "Undo")
    qtbot.waitUntil(lambda: newer.path.exists() and prompts(studio) == ["newer", "older"])
    assert studio.window.gallery_panel.current == newer


def test_a_picture_that_a_search_without_results_hides_is_not_shown_once_it_is_deleted(
    studio: Studio, qtbot: QtBot
) -> None:
    picture = make(studio, qtbot, "a cake")
    studio.window.gallery_panel.search_bar.search("submarine")
    qtbot.waitUntil(lambda: prompts(studio) == [])
    assert studio.stage.shown_record == picture
    studio.window.commands.delete.trigger()
    qtbot.waitUntil(lambda: studio.stage.shown_record is None)
    assert not picture.path.exists()


def test_all_selected_pictures_are_deleted_in_one_step_and_come_back_in_one(studio: Studio, qtbot: QtBot) -> None:
    records = [make(studio, qtbot, text) for text in ("one", "two", "three")]
    view = studio.window.gallery_panel.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.model().index(0, 0)).center())
    QTest.mouseClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ControlModifier,
        view.visualRect(view.model().index(1, 0)).center(),
    )
    studio.window.commands.delete.trigger()
    qtbot.waitUntil(lambda: prompts(studio) == ["one"])
    assert [record.path.exists() for record in records] == [True, False, False]
    answer(studio, qtbot, "Moved to the trash", "Undo")
    qtbot.waitUntil(lambda: prompts(studio) == ["three", "two", "one"])
    assert all(record.path.exists() for record in records)


def test_a_failure_is_said_with_a_next_step_that_works(studio: Studio, qtbot: QtBot, session: FakeSession) -> None:
    session.failure = BrokenPicture("all black")
    write_prompt(studio, "a cake")
    studio.window.commands.make.trigger()
    with qtbot.waitSignal(studio.service.job_finished):
        answer(studio, qtbot, "The model gave no picture", "Try again")
    assert prompts(studio) == ["a cake"]


def fill_the_disk(monkeypatch: pytest.MonkeyPatch, studio: Studio) -> list[bool]:
    """While the list holds True the gallery's disk is full."""
    full = [True]
    write = studio.gallery._store.write

    def write_or_fail(image: GeneratedImage, job_id: JobId | None) -> Path:
        if full[0]:
            raise DiskFull(Path("gallery"), 1000, 0)
        return write(image, job_id)

    monkeypatch.setattr(studio.gallery._store, "write", write_or_fail)
    return full


def test_a_full_disk_holds_the_picture_and_the_queue_until_it_can_be_saved(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = fill_the_disk(monkeypatch, studio)
    for text in ("first", "second"):
        write_prompt(studio, text)
        studio.window.commands.make.trigger()
    qtbot.waitUntil(lambda: notice(studio, "not saved yet") is not None)
    assert [picture.image.request.prompt.text for picture in studio.later.unsaved.held] == ["first"]
    assert studio.service.is_paused
    full[0] = False
    answer(studio, qtbot, "not saved yet", "Try again")
    qtbot.waitUntil(lambda: prompts(studio) == ["second", "first"])
    assert studio.later.unsaved.held == ()
    assert notice(studio, "not saved yet") is None


def test_a_held_picture_can_be_saved_elsewhere(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill_the_disk(monkeypatch, studio)
    write_prompt(studio, "first")
    studio.window.commands.make.trigger()
    qtbot.waitUntil(lambda: len(studio.later.unsaved.held) == 1)
    [held] = studio.later.unsaved.held
    (tmp_path / "elsewhere").mkdir()
    with qtbot.waitSignal(studio.later.unsaved.resolved):
        studio.later.unsaved.save_into(tmp_path / "elsewhere")
    [file] = (tmp_path / "elsewhere").iterdir()
    assert np.array_equal(read_pixels(file), held.image.pixels)
    assert not studio.service.is_paused


def test_closing_asks_before_a_held_picture_is_lost(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_the_disk(monkeypatch, studio)
    write_prompt(studio, "first")
    studio.window.commands.make.trigger()
    qtbot.waitUntil(lambda: len(studio.later.unsaved.held) == 1)
    answers = [False, True]
    monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: answers.pop(0))
    assert not studio.window.close()
    assert studio.window.isVisible()
    assert studio.window.close()


def test_a_fault_in_a_field_is_said_beside_it_and_starts_nothing(studio: Studio, qtbot: QtBot) -> None:
    studio.window.request_panel.sampling.seed.setText("abc")
    studio.window.commands.make.trigger()
    assert studio.service.running is None
    shown = [label.text() for label in studio.window.findChildren(QLabel, "fault") if label.isVisible()]
    assert len(shown) == 1
    assert "abc" in shown[0]


def test_what_was_cut_from_the_prompt_is_said(studio: Studio, qtbot: QtBot) -> None:
    progress = PromptTruncated(negative=False, kept=30, total=40, cut_text="in the rain")
    studio.service.progressed.emit(JobId("x"), progress)
    found = notice(studio, "longer than the model reads")
    assert found is not None
    assert "in the rain" in found.text


def test_a_plan_that_does_not_fit_easily_is_said_before_the_first_step(studio: Studio, qtbot: QtBot) -> None:
    plan = MemoryPlan(Placement.BLOCK_OFFLOAD, False, 6 * 2**30, 8 * 2**30)
    studio.jobs.on_progressed(JobId("1" * 32), PlanChosen(plan))
    assert "6.0 GB of 8.0 GB" in studio.window.job_bar.status.text()
    assert "6.0 GB of 8.0 GB" in studio.window.model_label.toolTip()


def test_a_picture_that_had_no_room_is_said(studio: Studio, qtbot: QtBot) -> None:
    plan = MemoryPlan(Placement.RESIDENT, False, 6 * 2**30, 8 * 2**30)
    studio.jobs.on_progressed(JobId("1" * 32), PlanLowered(plan, replace(plan, placement=Placement.COMPONENT_SWAP)))
    said = notice(studio, "Not enough memory")
    assert said is not None
    assert "one part of the model" in said.text


def test_memory_is_freed_by_its_command(studio: Studio, qtbot: QtBot, session: FakeSession) -> None:
    make(studio, qtbot, "an apple")
    with qtbot.waitSignal(studio.service.memory_freed):
        studio.window.commands.free_memory.trigger()
    assert session.times_freed == 1
    assert "Memory freed" in studio.window.job_bar.status.text()


def test_an_unforeseen_exception_is_said_and_the_window_lives_on(studio: Studio, qtbot: QtBot) -> None:
    studio.announcements.unforeseen.emit("ZeroDivisionError: division by zero.")
    found = notice(studio, "Something went wrong")
    assert found is not None
    assert "ZeroDivisionError" in found.text
    crash.on_unknown_exception(lambda _: None)
    make(studio, qtbot, "still working")


def test_the_queue_is_changed_from_its_popup(studio: Studio, qtbot: QtBot, session: FakeSession) -> None:
    session.pause_at_step = 1
    for text in ("running", "a", "b", "c"):
        write_prompt(studio, text)
        studio.window.commands.make.trigger()
    popup = studio.window.queue_popup

    def waiting() -> list[str]:
        return [job.request.prompt.text for job in studio.service.waiting]

    studio.window.commands.show_queue.trigger()
    popup.rows.setCurrentRow(2)
    QTest.keyClick(popup, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert waiting() == ["a", "c", "b"]
    assert popup.rows.currentRow() == 1, "the selection stays with its job"
    QTest.keyClick(popup, Qt.Key.Key_Delete)
    assert waiting() == ["a", "b"]
    popup.clear_requested.emit()
    assert waiting() == []
    popup.hide()
