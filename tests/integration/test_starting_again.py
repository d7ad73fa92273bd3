"""Close at any moment, start again: everything is there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.errors import DatabaseTooNew, SettingsTooNew
from studio.core.job import Job, JobId, JobState
from studio.gallery.database import Database
from studio.gallery.gallery import Gallery
from studio.gallery.index_schema import SCHEMA
from studio.gallery.queue_store import QueueStore
from studio.settings.model import Theme
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession, a_picture, a_request
from tests.integration.program_under_test import running_studio


def titles(studio: Studio) -> list[str]:
    return [notice.title for notice in studio.window.notices.shown]


def press(studio: Studio, title: str, text: str) -> None:
    [notice] = [notice for notice in studio.window.notices.shown if title in notice.title]
    [act] = [answer.act for answer in notice.answers if answer.text == text]
    act()


def close_with_three_jobs(qapp: QApplication, qtbot: QtBot, home: Path) -> None:
    """One in the middle of a step, two waiting."""
    session = FakeSession()
    session.pause_at_step = 2
    with running_studio(qapp, qtbot, home, lambda _: session) as studio:
        panel = studio.window.request_panel
        panel.sampling.steps.set_value(33)
        for text in ("running", "second", "third"):
            panel.prompt.set_texts(text, "fog")
            studio.window.commands.make.trigger()
        studio.window.commands.toggle_right.trigger()
        studio.kept_settings.set_theme(Theme.LIGHT)
        qtbot.waitUntil(session.paused.is_set)


def test_prompt_settings_and_layout_come_back(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    close_with_three_jobs(qapp, qtbot, tmp_path / "home")
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        panel = studio.window.request_panel
        assert panel.prompt.prompt().text == "third"
        assert panel.prompt.prompt().negative == "fog"
        assert panel.sampling.steps.value() == 33
        assert not studio.window.gallery_panel.isVisible()
        assert studio.window.request_panel.isVisible()
        assert studio.kept_settings.value.appearance.theme is Theme.LIGHT
        assert studio.kept_settings.value.window.geometry
        studio.kept_settings.set_theme(Theme.DARK)


def test_what_was_opened_can_be_opened_again(qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession, open_file=photo) as studio:
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)
        studio.canvas.files.save(saved := tmp_path / "work.lstudio")
        qtbot.waitUntil(lambda: len(studio.window.commands.recent.actions()) == 4)  # two, a line, forget
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        recent = studio.window.commands.recent
        assert [action.toolTip() for action in recent.actions()[:2]] == [str(saved), str(photo)]
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not None)  # as it was left
        before = studio.canvas.desk.canvas
        recent.actions()[1].trigger()
        qtbot.waitUntil(lambda: studio.canvas.desk.canvas is not before)
        assert studio.kept_settings.value.recent.files == (str(photo), str(saved))
        recent.actions()[-1].trigger()
        assert not recent.menuAction().isEnabled()


def test_the_queue_is_offered_and_runs_only_when_told(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    home = tmp_path / "home"
    close_with_three_jobs(qapp, qtbot, home)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: "3 jobs were still waiting" in titles(studio))
        assert studio.service.running is None
    with running_studio(qapp, qtbot, home, FakeSession) as studio:  # not answered: offered again
        qtbot.waitUntil(lambda: "3 jobs were still waiting" in titles(studio))
        press(studio, "still waiting", "Continue")
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 3)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        assert studio.gallery_model.rowCount() == 3
        assert not any("waiting" in title for title in titles(studio))


def test_an_offered_queue_can_be_dropped(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    home = tmp_path / "home"
    close_with_three_jobs(qapp, qtbot, home)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: "3 jobs were still waiting" in titles(studio))
        press(studio, "still waiting", "Drop")
    store = QueueStore(UserPaths.below(home).user_database)
    assert store.load().jobs == ()
    store.close()


def test_a_window_that_is_closed_at_once_still_has_the_queue(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    home = tmp_path / "home"
    close_with_three_jobs(qapp, qtbot, home)
    studio = Studio(qapp, UserPaths.below(home), FakeSession)
    studio.window.close()
    assert studio.close()
    shiboken6.delete(studio.window)
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: "3 jobs were still waiting" in titles(studio))


def test_a_picture_that_is_asked_for_at_once_is_not_offered_and_leaves_the_queue_that_is(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    close_with_three_jobs(qapp, qtbot, home)
    for pictures in (1, 2):
        with running_studio(qapp, qtbot, home, FakeSession, at_once=lambda studio: studio.generate.trigger()) as studio:
            qtbot.waitUntil(lambda: "3 jobs were still waiting" in titles(studio))
            qtbot.waitUntil(lambda count=pictures: studio.gallery_model.rowCount() == count)


def save_queue(home: Path, *jobs: Job) -> None:
    paths = UserPaths.below(home)
    paths.create()
    store = QueueStore(paths.user_database)
    store.save(jobs)
    store.close()


def test_a_job_whose_picture_was_saved_before_the_crash_is_not_offered(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    done, waiting = JobId("d" * 32), JobId("e" * 32)
    save_queue(
        home,
        Job(done, a_request("done"), JobState.RUNNING, 1),
        Job(waiting, a_request("waiting"), JobState.QUEUED, 0),
    )
    paths = UserPaths.below(home)
    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    gallery.open()
    gallery.add(a_picture(a_request("done")), done)
    gallery.close()
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: "1 picture was still waiting" in titles(studio))


def test_a_job_that_was_running_at_two_crashes_is_set_aside(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    home = tmp_path / "home"
    save_queue(home, Job(JobId("f" * 32), a_request("poison"), JobState.RUNNING, 2))
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: any("poison" in notice.text for notice in studio.window.notices.shown))
        assert not any("still waiting" in title for title in titles(studio))


def test_damaged_settings_are_said_and_defaulted(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    paths.settings_file.write_text("{ not json")
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        assert "Settings were repaired" in titles(studio)
        assert studio.kept_settings.value.panel.steps == 20
    assert len(list(paths.config.glob("settings.json.damaged-*"))) == 1


def test_in_safe_mode_nothing_that_was_set_is_used_or_changed(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """Also what a newer program left, which a usual start refuses."""
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    for content in ('{"version": 1, "panel": {"steps": 33, "checkpoint": "gone"}}', '{"version": 99}'):
        paths.settings_file.write_text(content)
        with running_studio(qapp, qtbot, tmp_path / "home", FakeSession, safe=True) as studio:
            assert "Safe mode" in titles(studio)
            assert studio.window.request_panel.sampling.steps.value() == 20
            studio.window.commands.themes[Theme.DARK].trigger()
        assert paths.settings_file.read_text() == content


def test_a_deleted_index_is_made_again_while_the_window_is_there(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        for _ in range(2):
            with qtbot.waitSignal(studio.service.job_finished):
                studio.window.commands.make.trigger()
    UserPaths.below(home).index_database.unlink()
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 2)


def test_a_newer_programs_files_are_refused_and_left_alone(qapp: QApplication, tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    paths.settings_file.write_text('{"version": 99}')
    with pytest.raises(SettingsTooNew):
        Studio(qapp, paths, FakeSession)
    assert paths.settings_file.read_text() == '{"version": 99}'
    paths.settings_file.unlink()
    Database(paths.index_database, SCHEMA).close()
    connection = sqlite3.connect(paths.index_database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = paths.index_database.read_bytes()
    with pytest.raises(DatabaseTooNew):
        Studio(qapp, paths, FakeSession)
    assert paths.index_database.read_bytes() == before
