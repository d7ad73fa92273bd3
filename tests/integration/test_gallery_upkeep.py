"""What is looked after at each start, and what does not stop it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.gallery.gallery import Gallery
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession, a_picture
from tests.integration.program_under_test import running_studio


def test_a_journal_of_marks_that_cannot_be_read_is_told_and_does_not_stop_the_comparison(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    gallery.open()
    gallery.add(a_picture()).path.unlink()
    gallery.marks.new_album("Best")
    gallery.close()
    journal = Path(f"{paths.user_database}.journal")
    journal.unlink()
    journal.mkdir()
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 0)
        titles = [notice.title for notice in studio.window.notices.shown]
        assert "The file could not be written" in titles


def test_what_another_program_adds_is_shown(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.app.gallery_upkeep._SHORTEST_REST_SECONDS", 0.0)
    monkeypatch.setattr("studio.app.gallery_upkeep._REST_FOR_EACH_SECOND", 0.0)
    paths = UserPaths.below(tmp_path / "home")
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        other = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
        other.open()
        other.add(a_picture())
        other.close()
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 1)
        Image.new("RGB", (30, 20)).save(paths.gallery / "by hand.png")
        studio.window.came_to_front.emit()
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 2)
