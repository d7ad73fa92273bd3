"""A person with a picture: brought in, painted on, varied, repainted, and its results accepted or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.geometry import Rect, Size
from studio.core.job import Job
from studio.core.task import Fit, ImageToImage, Inpaint
from studio.gallery.record import PictureRecord
from studio.imaging.canvas import Canvas
from studio.imaging.decode import read_pixels
from studio.ui.canvas.tools.extend import Extend, Margins
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.drop_zones import Purpose
from studio.ui.incoming import Incoming
from studio.ui.loss_question import LossQuestion
from tests.helpers.fake_session import FakeSession
from tests.integration.canvas_under_test import (
    answer,
    canvas_of,
    make,
    notice_titles,
    opened,
    paint_mask,
    staging_of,
    task_of,
)
from tests.integration.program_under_test import running_studio
from tests.unit.imaging.metadata import samples


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path, session: FakeSession) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: session) as studio:
        yield studio
        session.go_on.set()


# --- bringing a picture in ---


def test_a_dropped_file_lies_on_the_canvas_and_the_button_varies_it(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    canvas = opened(studio, qtbot, photo)
    assert np.array_equal(canvas.picture, read_pixels(photo))
    assert studio.window.shows_canvas
    assert studio.window.request_panel.make.text() == "Vary this picture"
    assert studio.window.request_panel.start.isVisible()
    assert studio.window.request_panel.sampling.size_in_pixels().width > 64, "in the proportions of the picture"


def test_a_picture_is_pasted(studio: Studio, qtbot: QtBot) -> None:
    image = QImage(20, 10, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(studio.canvas.desk.opened):
        studio.window.commands.paste.trigger()
    assert canvas_of(studio).picture.shape == (10, 20, 3)
    assert tuple(canvas_of(studio).picture[5, 5]) == (255, 0, 0)


def test_a_picture_is_pasted_while_the_prompt_has_the_keys(studio: Studio, qtbot: QtBot) -> None:
    """As it has at the start. Text, also beside a picture of it, is for the prompt."""
    prompt = studio.window.request_panel.prompt.text
    prompt.setFocus()
    qtbot.waitUntil(prompt.hasFocus)
    image = QImage(20, 10, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.red)
    both = QMimeData()
    both.setImageData(image)
    both.setText("a pear")
    QGuiApplication.clipboard().setMimeData(both)
    QTest.keyClick(prompt, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert prompt.toPlainText() == "a pear"
    assert studio.canvas.desk.canvas is None
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(studio.canvas.desk.opened):
        QTest.keyClick(prompt, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert canvas_of(studio).picture.shape == (10, 20, 3)
    assert prompt.toPlainText() == "a pear"


def test_a_copied_file_is_pasted(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photo))])
    QGuiApplication.clipboard().setMimeData(mime)
    with qtbot.waitSignal(studio.canvas.desk.opened):
        studio.window.commands.paste.trigger()
    assert canvas_of(studio).width == 80


def test_text_in_the_clipboard_is_refused_with_a_sentence(studio: Studio) -> None:
    QGuiApplication.clipboard().setText("hello")
    studio.window.commands.paste.trigger()
    assert "That cannot be used" in notice_titles(studio)


def test_an_empty_clipboard_is_refused_with_a_sentence(studio: Studio) -> None:
    prompt = studio.window.request_panel.prompt.text
    QGuiApplication.clipboard().clear()
    assert QGuiApplication.clipboard().mimeData() is None  # pyright: ignore[reportUnnecessaryComparison]
    QTest.keyClick(prompt, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert prompt.toPlainText() == ""
    studio.window.commands.paste.trigger()
    assert "That cannot be used" in notice_titles(studio)


def test_a_file_that_is_no_picture_is_said(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    studio.canvas.open_file(tmp_path / "notes.png")
    qtbot.waitUntil(lambda: "This picture cannot be opened" in notice_titles(studio))
    assert studio.canvas.desk.canvas is None


@pytest.fixture
def cut_out(tmp_path: Path) -> Path:
    """Its left half is transparent."""
    image = Image.new("RGBA", (16, 16), (10, 20, 30, 255))
    image.paste((0, 0, 0, 0), (0, 0, 8, 16))
    image.save(tmp_path / "cut out.png")
    return tmp_path / "cut out.png"


def test_what_is_transparent_can_become_the_mask(studio: Studio, qtbot: QtBot, cut_out: Path) -> None:
    canvas = opened(studio, qtbot, cut_out)
    assert tuple(canvas.picture[0, 0]) == (255, 255, 255)
    assert canvas.is_mask_empty
    answer(studio, "Repaint that part")
    assert (canvas.mask[:, :8] == 255).all()
    assert (canvas.mask[:, 8:] == 0).all()
    assert studio.window.request_panel.make.text() == "Repaint the mask"


def extend(studio: Studio) -> None:
    view = studio.canvas.desk.page.view
    view.toolbox.choose(ToolName.EXTEND)
    tool = view.toolbox.all[ToolName.EXTEND]
    assert isinstance(tool, Extend)
    tool.set_margins(Margins(right=8))
    view.toolbox.confirm()


def open_another(studio: Studio) -> None:
    studio.canvas.desk.open(Canvas(np.zeros((16, 16, 3), np.uint8)), None)


@pytest.mark.parametrize("change", [extend, open_another, lambda studio: studio.canvas.desk.close()])
def test_what_was_transparent_is_offered_no_longer_than_it_lies_there(
    studio: Studio, qtbot: QtBot, cut_out: Path, change: Callable[[Studio], None]
) -> None:
    opened(studio, qtbot, cut_out)
    assert "The picture has transparent parts" in notice_titles(studio)
    change(studio)
    assert "The picture has transparent parts" not in notice_titles(studio)


def test_a_gallery_picture_is_edited_and_the_result_tells_what_it_was_made_from(studio: Studio, qtbot: QtBot) -> None:
    studio.window.request_panel.prompt.set_texts("a cake", "")
    first = make(studio, qtbot)
    with qtbot.waitSignal(studio.canvas.desk.opened):
        studio.window.commands.edit.trigger()
    second = make(studio, qtbot)
    assert task_of(second).parent == first.id
    studio.canvas.desk.hide()
    studio.window.gallery_panel.select(second.id)
    studio.window.resize(1440, 900)
    [link] = [b for b in studio.window.details.findChildren(QToolButton, "link") if "original" in b.text()]
    qtbot.waitUntil(link.isVisible)
    link.click()
    assert studio.window.gallery_panel.current == first


def test_settings_are_read_from_a_dropped_file(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.window.request_panel.prompt.set_texts("a cake", "a fly")
    record = make(studio, qtbot)
    studio.window.request_panel.prompt.set_texts("something else", "")
    studio.canvas.incoming.receive(Purpose.READ_SETTINGS, Incoming(files=(record.path,)))
    qtbot.waitUntil(lambda: studio.window.request_panel.prompt.prompt().text == "a cake")
    assert studio.window.request_panel.prompt.prompt().negative == "a fly"


def test_settings_are_read_from_a_picture_of_another_program(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    file = samples.png_file(tmp_path / "ComfyUI_00001_.png", samples.COMFYUI)
    studio.canvas.incoming.receive(Purpose.READ_SETTINGS, Incoming(files=(file,)))
    panel = studio.window.request_panel
    qtbot.waitUntil(lambda: panel.prompt.prompt().text == "a red apple <lora:ink:0.8>")
    assert panel.prompt.prompt().negative == "blurry"
    assert panel.sampling.typed_seed() == 42


def test_a_picture_without_settings_says_so(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    studio.canvas.incoming.receive(Purpose.READ_SETTINGS, Incoming(files=(photo,)))
    qtbot.waitUntil(lambda: "This picture carries no settings" in notice_titles(studio))


def test_a_dropped_file_is_added_to_the_gallery(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    with qtbot.waitSignal(studio.canvas.incoming.added):
        studio.canvas.incoming.receive(Purpose.ADD_TO_GALLERY, Incoming(files=(photo,)))
    assert studio.gallery_model.rowCount() == 1


# --- between canvas and gallery ---


def test_a_click_in_the_gallery_shows_that_picture_and_the_canvas_waits(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    make(studio, qtbot)
    canvas = opened(studio, qtbot, photo)
    paint_mask(studio, Rect(0, 0, 10, 10))
    view = studio.window.gallery_panel.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.model().index(0, 0)).center())
    assert not studio.window.shows_canvas
    assert studio.window.request_panel.make.text() == "Make a picture"
    studio.window.commands.show_canvas.trigger()
    assert studio.window.shows_canvas
    assert studio.canvas.desk.canvas is canvas
    assert studio.window.request_panel.make.text() == "Repaint the mask"


def test_the_models_page_over_the_canvas_leaves_it_what_is_worked_on(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    page = studio.canvas.desk.page
    studio.window.commands.show_models.trigger()
    assert not page.isVisible()
    studio.window.request_panel.changed.emit()
    assert studio.window.request_panel.make.text() == "Vary this picture"
    studio.later.model_page.hide()
    assert page.isVisible()


def test_while_the_canvas_is_shown_delete_does_not_mean_the_gallery(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    make(studio, qtbot)
    opened(studio, qtbot, photo)
    assert not studio.window.commands.delete.isEnabled()
    studio.canvas.desk.hide()
    assert studio.window.commands.delete.isEnabled()


def test_a_canvas_with_work_on_it_is_not_replaced_without_a_question(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = opened(studio, qtbot, photo)
    paint_mask(studio, Rect(0, 0, 10, 10))
    answers = [False, True]
    monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: answers.pop(0))
    studio.canvas.open_file(photo)
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert studio.canvas.desk.canvas is canvas
    studio.canvas.open_file(photo)
    qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not canvas)


@pytest.mark.parametrize("tool", ToolName)
def test_with_whatever_tool_the_canvas_is_closed_another_opens(
    studio: Studio, qtbot: QtBot, photo: Path, tool: ToolName
) -> None:
    opened(studio, qtbot, photo)
    page = studio.canvas.desk.page
    page.canvas_commands.tools[tool].trigger()
    page.canvas_commands.close.trigger()
    assert not studio.window.shows_canvas

    opened(studio, qtbot, photo)

    assert studio.window.shows_canvas
    assert page.view.toolbox.chosen.name is tool
    assert notice_titles(studio) == []


def test_a_canvas_with_work_on_it_is_not_closed_without_a_question(
    studio: Studio, qtbot: QtBot, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = opened(studio, qtbot, photo)
    paint_mask(studio, Rect(0, 0, 10, 10))
    answers = [False, True]
    monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: answers.pop(0))
    close = studio.canvas.desk.page.canvas_commands.close
    close.trigger()
    assert studio.canvas.desk.canvas is canvas
    close.trigger()
    assert studio.canvas.desk.canvas is None
    opened(studio, qtbot, photo)
    close.trigger()
    assert studio.canvas.desk.canvas is None, "nothing would be lost: nothing is asked"


def test_nothing_is_asked_where_a_file_or_the_gallery_has_what_lies_on_the_canvas(
    studio: Studio, qtbot: QtBot, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(LossQuestion, "is_agreed", lambda _: bool(asked.append(True)))
    canvas = opened(studio, qtbot, photo)
    close = studio.canvas.desk.page.canvas_commands.close
    paint_mask(studio, Rect(0, 0, 10, 10))
    with qtbot.waitSignal(studio.canvas.files.saved):
        studio.canvas.files.save(tmp_path / "work.lstudio")
    paint_mask(studio, Rect(20, 20, 10, 10))
    close.trigger()
    assert asked == [True], "that was painted since"
    canvas.undo()
    close.trigger()
    assert asked == [True, True], "steps would be lost: nobody counts which ones the file has"
    with qtbot.waitSignal(studio.canvas.files.saved):
        studio.canvas.files.save(tmp_path / "work.lstudio")
    close.trigger()
    assert studio.canvas.desk.canvas is None
    opened(studio, qtbot, photo)
    paint_mask(studio, Rect(0, 0, 40, 40))
    make(studio, qtbot)
    with qtbot.waitSignal(studio.canvas.desk.edited):
        staging_of(studio).commands.accept.trigger()
    close.trigger()
    assert studio.canvas.desk.canvas is None, "the gallery has the result"
    assert len(asked) == 2


# --- what is asked for, and what comes back ---


def test_without_a_mask_the_picture_is_varied(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    studio.window.request_panel.start.vary_strength.set_value(0.45)
    task = task_of(make(studio, qtbot))
    assert isinstance(task, ImageToImage)
    assert task.strength == 0.45
    assert (task.image.width, task.image.height) == (80, 48)
    assert np.array_equal(studio.sources.image(task.image), read_pixels(photo))


def test_with_a_mask_it_is_repainted(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    canvas = opened(studio, qtbot, photo)
    paint_mask(studio, Rect(5, 6, 20, 10))
    task = task_of(make(studio, qtbot))
    assert isinstance(task, Inpaint)
    assert np.array_equal(studio.sources.mask(task.mask), canvas.mask)


def test_a_result_waits_over_the_canvas_and_accepting_it_is_one_step(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    canvas = opened(studio, qtbot, photo)
    paint_mask(studio, Rect(5, 6, 20, 10))
    before, mask = canvas.picture_now(), canvas.mask_now()
    record = make(studio, qtbot)
    staging = staging_of(studio)
    assert staging.ids == (record.id,)
    assert staging.bar.isVisible()
    assert np.array_equal(canvas.picture, before), "nothing is changed before it is accepted"
    with qtbot.waitSignal(studio.canvas.desk.edited):
        staging.commands.accept.trigger()
    assert np.array_equal(canvas.picture, read_pixels(record.path))
    assert canvas.is_mask_empty
    assert not staging.bar.isVisible()
    assert studio.canvas.desk.parent_picture == record.id
    with qtbot.waitSignal(studio.canvas.desk.sent_changed):
        studio.canvas.desk.page.view.undo()
    assert np.array_equal(canvas.picture, before)
    assert np.array_equal(canvas.mask, mask)
    assert studio.canvas.desk.parent_picture is None


def test_the_canvas_has_the_keys_after_a_result_was_accepted(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    make(studio, qtbot)
    button = staging_of(studio).bar.findChild(QAbstractButton, "accept")
    assert button is not None
    button.setFocus()

    QTest.keyClick(button, Qt.Key.Key_Space)

    view = studio.canvas.desk.page.view
    qtbot.waitUntil(lambda: studio.window.focusWidget() is view)


def test_results_are_compared_with_the_keyboard(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    paint_mask(studio, Rect(5, 6, 20, 10))
    first, second = make(studio, qtbot), make(studio, qtbot)
    staging, view = staging_of(studio), studio.canvas.desk.page.view
    studio.window.activateWindow()
    view.setFocus()
    assert staging.current == second
    QTest.keyPress(view, Qt.Key.Key_Backslash)
    assert staging.bar.accessibleDescription() == "Original"
    QTest.keyRelease(view, Qt.Key.Key_Backslash)
    assert staging.bar.accessibleDescription() == "2 of 2"
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert staging.current == first
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert staging.current is None
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert staging.ids == (second.id,)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert staging.ids == ()
    assert {first.path.exists(), second.path.exists()} == {True}, "what is discarded stays in the gallery"


def test_more_like_this_asks_for_the_same_from_another_seed(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    paint_mask(studio, Rect(5, 6, 20, 10))
    first = make(studio, qtbot)
    with qtbot.waitSignal(studio.service.picture_saved) as saved, qtbot.waitSignal(studio.service.job_finished):
        staging_of(studio).commands.more.trigger()
    second: PictureRecord = saved.args[1]
    assert task_of(second) == task_of(first)
    assert first.parameters is not None
    assert second.parameters is not None
    assert first.parameters.sampling.seed != second.parameters.sampling.seed
    assert staging_of(studio).ids == (first.id, second.id)


def test_results_of_another_picture_do_not_come_to_this_canvas(
    studio: Studio, qtbot: QtBot, photo: Path, session: FakeSession
) -> None:
    opened(studio, qtbot, photo)
    session.pause_at_step = 1
    jobs: list[Job] = []
    studio.service.job_started.connect(jobs.append)
    studio.window.commands.make.trigger()
    qtbot.waitUntil(session.paused.is_set)
    Image.new("RGB", (30, 30), "blue").save(photo.with_name("other.png"))
    opened(studio, qtbot, photo.with_name("other.png"))
    with qtbot.waitSignal(studio.service.job_finished):
        session.go_on.set()
    assert staging_of(studio).ids == ()
    assert studio.gallery_model.rowCount() == 1


def test_making_it_again_lays_down_what_it_was_made_from(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    canvas = opened(studio, qtbot, photo)
    paint_mask(studio, Rect(5, 6, 20, 10))
    studio.window.request_panel.start.mask_padding.setValue(17)
    record = make(studio, qtbot)
    picture, mask = canvas.picture_now(), canvas.mask_now()
    studio.canvas.desk.close()
    assert not studio.window.shows_canvas
    studio.window.request_panel.start.mask_padding.setValue(3)
    studio.window.gallery_panel.select(record.id)
    with qtbot.waitSignal(studio.canvas.desk.opened):
        studio.window.commands.use_settings.trigger()
    again = canvas_of(studio)
    assert np.array_equal(again.picture, picture)
    assert np.array_equal(again.mask, mask)
    assert studio.window.request_panel.start.mask_padding.value() == 17
    second = make(studio, qtbot)
    assert task_of(second) == task_of(record)
    assert np.array_equal(read_pixels(second.path), read_pixels(record.path))


def test_a_deleted_result_is_offered_no_more(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    record = make(studio, qtbot)
    studio.canvas.desk.hide()
    studio.window.gallery_panel.select(record.id)
    with qtbot.waitSignal(studio.later.picture_commands.deleted):
        studio.window.commands.delete.trigger()
    assert staging_of(studio).ids == ()


def test_discarded_results_go_to_the_trash_if_wanted_and_can_come_back(
    studio: Studio, qtbot: QtBot, photo: Path
) -> None:
    opened(studio, qtbot, photo)
    first, second = make(studio, qtbot), make(studio, qtbot)
    commands = staging_of(studio).commands
    assert commands.keep_discarded.isChecked()
    commands.discard.trigger()
    assert second.path.exists()
    commands.keep_discarded.setChecked(False)
    with qtbot.waitSignal(studio.later.picture_commands.deleted):
        commands.discard.trigger()
    assert not first.path.exists()
    answer(studio, "Undo")
    qtbot.waitUntil(first.path.exists)
    assert not studio.window.request_panel.start.state().keep_discarded, "it is remembered"


def test_a_result_of_another_size_is_one_step_on_the_same_canvas(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    canvas = opened(studio, qtbot, photo)
    before, size = canvas.picture_now(), studio.window.request_panel.sampling.size_in_pixels()
    view = studio.canvas.desk.page.view
    studio.window.request_panel.start.restore_size.setChecked(False)
    record = make(studio, qtbot)
    assert record.width != 80
    with qtbot.waitSignal(studio.canvas.desk.edited):
        staging_of(studio).commands.accept.trigger()
    assert canvas_of(studio) is canvas
    assert (canvas.width, canvas.height) == (record.width, record.height)
    assert view.rect().contains(view.sight.to_view(record.width, record.height).toPoint()), "all of it is seen"
    assert studio.canvas.desk.parent_picture == record.id
    assert studio.window.request_panel.make.text() == "Vary this picture"

    view.undo()
    assert np.array_equal(canvas.picture, before)
    assert view.rect().contains(view.sight.to_view(80, 48).toPoint())
    assert studio.window.request_panel.sampling.size_in_pixels() == size


def test_an_extended_picture_is_made_with_a_softer_seam(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    studio.canvas.desk.page.view.extend(0, 0, 64, 0)
    assert studio.window.request_panel.make.text() == "Extend the picture"
    studio.window.request_panel.start.mask_blur.setValue(1)
    task = task_of(make(studio, qtbot))
    assert isinstance(task, Inpaint)
    assert (task.image.width, task.image.height) == (144, 48)
    assert task.mask_blur == 4, "a twelfth of the old shorter side, from 4 to 32"


def test_the_canvas_menu_is_short_and_has_every_command(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    [menu] = [menu for menu in studio.window.findChildren(QMenu) if menu.title() == "&Canvas"]
    parts = [menu, *(part for action in menu.actions() if isinstance(part := action.menu(), QMenu))]
    for part in parts:
        assert len(part.actions()) <= 22, "lines that a screen of 720 pixels has room for below the menu bar"
    offered = (*studio.canvas.desk.page.canvas_commands.all, *staging_of(studio).commands.all)
    assert set(offered) <= {action for part in parts for action in part.actions()}
    assert set(offered) <= set(studio.window.commands.all), "and the palette has them"


def test_the_canvas_shows_what_part_the_model_sees(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    view, panel = studio.canvas.desk.page.view, studio.window.request_panel
    panel.sampling.set_size(Size(64, 64))
    assert view.model_frame == Rect(16, 0, 48, 48), "a square from the middle of 80 x 48"
    panel.start.fit.setCurrentIndex(panel.start.fit.findData(Fit.STRETCH))
    assert view.model_frame is None, "all of it"
    paint_mask(studio, Rect(0, 0, 10, 10))
    panel.start.repaint_strength.set_value(0.5)
    panel.start.mask_padding.setValue(8)
    assert view.model_frame == Rect(0, 0, 22, 22), "10, its soft edge of 4, and the padding of 8"
