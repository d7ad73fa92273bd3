"""A grid from the dialog to its labelled picture; stopped, gone on with, also at the next start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.checkpoint import ModelFamily
from studio.core.errors import BrokenPicture
from studio.gallery.record import PictureRecord
from studio.grids.axes import AxisKind
from studio.imaging.picture_metadata import read_picture_info
from studio.ui.grid.grid_dialog import GridDialog
from tests.helpers.fake_session import CHECKPOINT, FakeSession, a_request
from tests.integration.canvas_under_test import opened, task_of
from tests.integration.program_under_test import answer, notice, prompts, running_studio


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path, session: FakeSession) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: session) as studio:
        yield studio
        session.go_on.set()


def open_dialog(studio: Studio, qtbot: QtBot) -> GridDialog:
    studio.window.commands.grid.trigger()
    qtbot.waitUntil(lambda: len(dialogs(studio)) == 1)
    return dialogs(studio)[0]


def dialogs(studio: Studio) -> list[GridDialog]:
    return [dialog for dialog in studio.window.findChildren(GridDialog) if dialog.isVisible()]


def begin(studio: Studio, qtbot: QtBot, seeds: str = "1-3") -> None:
    studio.window.request_panel.prompt.set_texts("a {red|green} apple", "")
    dialog = open_dialog(studio, qtbot)
    for row, kind, values in ((0, AxisKind.SEED, seeds), (1, AxisKind.PROMPT, "apple, pear")):
        dialog.rows[row].choose(kind)
        dialog.rows[row].values.setText(values)
    with qtbot.waitSignal(studio.service.job_started):
        dialog.make.click()


def test_the_dialog_comes_once_however_often_it_is_asked_for(studio: Studio, qtbot: QtBot) -> None:
    studio.window.commands.grid.trigger()
    dialog = open_dialog(studio, qtbot)
    told = list[None]()
    studio.disk.run(lambda: None, done=told.append, failed=studio.announce)
    qtbot.waitUntil(lambda: bool(told))
    assert dialogs(studio) == [dialog]


def test_every_cell_becomes_a_picture_and_all_of_them_one_more(studio: Studio, qtbot: QtBot) -> None:
    begin(studio, qtbot)
    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 7)

    studio.window.gallery_panel.select(studio.gallery_model.picture(2))
    qtbot.waitUntil(lambda: "of 6 · seed " in studio.window.details.facts)
    made = prompts(studio)
    assert len(made) == 6
    assert {text.rpartition(" ")[2] for text in made} == {"apple", "pear"}
    assert not any("{" in text for text in made)
    answer(studio, qtbot, "grid is complete", "Show")
    sheet = studio.window.gallery_panel.current
    assert sheet is not None
    assert "X/Y/Z plot, X Type: Seed" in (read_picture_info(sheet.path).infotext or "")
    assert not dialogs(studio)


def test_all_of_them_are_seen_also_from_the_process(studio: Studio, qtbot: QtBot) -> None:
    """There it would be said that a grid has no steps, and a search may hide it."""
    begin(studio, qtbot, "1, 2")
    studio.window.commands.show_process.trigger()
    qtbot.waitUntil(lambda: notice(studio, "grid is complete") is not None)
    studio.window.gallery_panel.search_bar.search("pear")
    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 2)

    answer(studio, qtbot, "grid is complete", "Show")

    assert not studio.later.process.desk.is_open
    assert studio.window.picture_view.isVisible()

    def is_sheet() -> bool:
        shown = studio.window.gallery_panel.current
        return shown is not None and shown.parameters is None

    qtbot.waitUntil(is_sheet)


def test_several_grids_that_are_complete_are_told_of_by_the_last_one(studio: Studio, qtbot: QtBot) -> None:
    begin(studio, qtbot, "1")
    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 3)
    begin(studio, qtbot, "2, 3")
    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 8)
    qtbot.waitUntil(lambda: any("4 pictures" in shown.text for shown in studio.window.notices.shown))
    [told] = [shown for shown in studio.window.notices.shown if "is complete" in shown.title]
    assert "4 pictures" in told.text
    assert sum("is complete" in past.notice.title for past in studio.window.notices.past) == 2


def test_cfg_scales_that_change_nothing_are_refused_in_words(studio: Studio, qtbot: QtBot) -> None:
    fast = replace(CHECKPOINT, family=ModelFamily.Z_IMAGE)
    fast = replace(fast, recommended=replace(fast.recommended, guidance_scale=0.0))
    studio.later.grids.desk.begin_with(AxisKind.GUIDANCE, "1, 5", replace(a_request(), checkpoint=fast))
    qtbot.waitUntil(lambda: any("needs no guidance" in shown.text for shown in studio.window.notices.shown))
    assert studio.service.waiting == ()


def test_the_picture_on_the_canvas_is_varied_with_several_strengths(studio: Studio, qtbot: QtBot, photo: Path) -> None:
    opened(studio, qtbot, photo)
    dialog = open_dialog(studio, qtbot)
    dialog.rows[0].choose(AxisKind.STRENGTH)
    dialog.rows[0].values.setText("0.3-0.9 [3]")
    dialog.make.click()

    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 4)

    records = [studio.gallery_model.record(row) for row in range(4)]
    tasks = [task_of(record) for record in records if record is not None and record.parameters is not None]
    assert sorted(task.strength for task in tasks) == [0.3, 0.6, 0.9]
    assert len({task.image.sha256 for task in tasks}) == 1


def test_a_grid_is_stopped_and_gone_on_with(studio: Studio, qtbot: QtBot, session: FakeSession) -> None:
    session.pause_at_step = 2
    begin(studio, qtbot)
    assert session.paused.wait(10)
    dialog = open_dialog(studio, qtbot)
    assert dialog.kept.rows.item(0).text().endswith("0 of 6 so far")

    with qtbot.waitSignal(studio.service.job_cancelled):
        dialog.kept.stop.click()
    assert studio.service.waiting == ()
    assert dialog.kept.rows.item(0).text().endswith("0 of 6 - stopped")
    assert notice(studio, "not complete") is not None
    session.pause_at_step = None
    dialog.kept.go_on.click()

    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 7)
    assert notice(studio, "not complete") is None


def stopped(studio: Studio, qtbot: QtBot, session: FakeSession) -> GridDialog:
    """The dialog with a grid that was stopped in its first picture."""
    session.pause_at_step = 2
    begin(studio, qtbot)
    assert session.paused.wait(10)
    dialog = open_dialog(studio, qtbot)
    with qtbot.waitSignal(studio.service.job_cancelled):
        dialog.kept.stop.click()
    session.pause_at_step = None
    return dialog


def test_a_grid_that_is_forgotten_is_not_offered_to_be_gone_on_with(
    studio: Studio, qtbot: QtBot, session: FakeSession
) -> None:
    dialog = stopped(studio, qtbot, session)
    assert notice(studio, "not complete") is not None

    dialog.kept.forget.click()

    assert notice(studio, "not complete") is None


def test_a_grid_that_is_forgotten_while_it_is_looked_at_does_not_go_on(
    studio: Studio, qtbot: QtBot, session: FakeSession
) -> None:
    dialog = stopped(studio, qtbot, session)

    dialog.kept.go_on.click()
    dialog.kept.forget.click()
    looked = list[None]()
    studio.disk.run(lambda: None, done=looked.append, failed=studio.announce)
    qtbot.waitUntil(lambda: bool(looked))

    assert studio.service.running is None
    assert studio.service.waiting == ()
    assert not dialog.kept.isVisible()


def test_a_grid_that_is_forgotten_while_its_sheet_is_made_leaves_its_pictures(studio: Studio, qtbot: QtBot) -> None:
    begin(studio, qtbot)
    dialog = open_dialog(studio, qtbot)
    made = list[PictureRecord]()

    def forget_with_the_last(_job: object, record: PictureRecord) -> None:
        made.append(record)
        if len(made) == 6:
            dialog.kept.forget.click()

    studio.service.picture_saved.connect(forget_with_the_last)
    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 7)

    assert notice(studio, "grid is complete") is None
    assert not dialog.kept.isVisible()


def test_a_cell_that_fails_leaves_the_others_and_can_be_made_again(
    studio: Studio, qtbot: QtBot, session: FakeSession
) -> None:
    session.failure = BrokenPicture("a test")
    begin(studio, qtbot)
    qtbot.waitUntil(lambda: notice(studio, "not complete") is not None)
    assert studio.gallery_model.rowCount() == 5

    answer(studio, qtbot, "not complete", "Continue")

    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 7)


def test_a_grid_goes_on_at_the_next_start(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = FakeSession(), FakeSession()
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: first) as studio:
        begin(studio, qtbot, "1")
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 3)
        first.pause_at_step = 2
        begin(studio, qtbot, "5")
        assert first.paused.wait(10)
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: second) as studio:
        qtbot.waitUntil(lambda: notice(studio, "still waiting") is not None)
        dialog = open_dialog(studio, qtbot)
        qtbot.waitUntil(lambda: dialog.kept.rows.count() == 2)
        assert dialog.kept.rows.item(0).text().endswith("0 of 2 - stopped")

        dialog.kept.rows.setCurrentRow(0)
        dialog.kept.go_on.click()

        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 6)
        assert notice(studio, "still waiting") is None
        dialog.close()


def test_a_sheet_that_a_crash_prevented_is_made_at_the_next_start(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        monkeypatch.setattr(studio.later.grids.desk, "_make_sheet", lambda _grid: None)
        begin(studio, qtbot, "1, 2")
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 4)
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 5)
