"""`--smoke` in one process, with a session that needs no torch: what is reported, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.smoke import Smoke
from studio.app.wiring import Studio
from studio.core.errors import BrokenPicture
from studio.core.job import Job, JobId
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession, a_request


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def studio(qapp: QApplication, session: FakeSession, tmp_path: Path) -> Iterator[Studio]:
    paths = UserPaths.below(tmp_path)
    paths.create()
    studio = Studio(qapp, paths, lambda: session)
    yield studio
    studio.window.close()
    assert studio.close()
    shiboken6.delete(studio.window)


def test_a_picture_is_made_and_reported(studio: Studio, qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    smoke = Smoke(studio)
    with qtbot.waitSignal(studio.window.closed):
        studio.show()
    report = json.loads(capsys.readouterr().out)
    assert smoke.exit_code == 0
    assert report["error"] == ""
    assert Path(report["file"]).is_file()
    assert report["window_painted_at"] < report["engine_ready_at"] < report["picture_saved_at"]


def test_a_failure_is_reported_once_and_a_job_that_ends_later_does_not_hide_it(
    studio: Studio, session: FakeSession, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    session.failure = BrokenPicture("all black")
    smoke = Smoke(studio)
    with qtbot.waitSignal(studio.window.closed):
        studio.show()
    studio.service.job_finished.emit(Job(JobId("late"), a_request()))
    report = json.loads(capsys.readouterr().out)
    assert "all black" in report["error"]
    assert smoke.exit_code == 1
