"""Files and folders dropped on the gallery: copied once each, with one notice at the end."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PIL import Image
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.imaging.picture_metadata import encode_png
from studio.ui.drop_zones import Purpose
from studio.ui.incoming import Incoming
from studio.ui.notice_bar import Notice
from tests.helpers.fake_session import FakeSession, a_picture, a_request
from tests.integration.program_under_test import answer, running_studio


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        yield studio


def a_folder(folder: Path, pictures: int) -> Path:
    (folder / "below").mkdir(parents=True)
    for seed in range(pictures):
        (folder / "below" / f"{seed}.png").write_bytes(encode_png(a_picture(a_request(seed=seed)), None))
    return folder


def notice(studio: Studio, title: str) -> Notice | None:
    return next((shown for shown in studio.window.notices.shown if shown.title == title), None)


def drop(studio: Studio, path: Path) -> None:
    studio.canvas.incoming.receive(Purpose.ADD_TO_GALLERY, Incoming(files=(path,)))
    question = next((shown for shown in studio.window.notices.shown if shown.title.startswith("Add “")), None)
    if question is not None:
        next(answer for answer in question.answers if answer.text == "Copy pictures").act()


@pytest.mark.parametrize("pictures", [3, 25])
def test_a_folder_comes_whole_and_once(studio: Studio, qtbot: QtBot, tmp_path: Path, pictures: int) -> None:
    folder = a_folder(tmp_path / "theirs", pictures)
    (folder / "notes.txt").write_text("no picture")
    (folder / "torn.png").write_bytes(b"no picture")
    shutil.copy(folder / "below" / "0.png", folder / "again.png")
    drop(studio, folder)
    qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == pictures)
    told = notice(studio, "Added to the gallery")
    assert told is not None
    assert told.text == f"Pictures: {pictures} added, 1 there already, 1 unreadable. Could not be read: torn.png."
    drop(studio, folder / "below")
    qtbot.waitUntil(lambda: notice(studio, "Nothing was added") is not None)
    assert studio.gallery_model.rowCount() == pictures


def test_what_came_before_a_cancel_stays(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    drop(studio, a_folder(tmp_path / "theirs", 15))
    running = notice(studio, "Adding to the gallery")
    assert running is not None
    [stop] = running.answers
    stop.act()
    qtbot.waitUntil(lambda: notice(studio, "Adding to the gallery") is None)
    assert studio.gallery_model.rowCount() == len(studio.gallery.ids())


def test_closing_in_the_middle_is_not_told_of_what_comes(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    has_begun = threading.Event()
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        incoming = studio.canvas.incoming
        incoming._progressed.connect(has_begun.set, Qt.ConnectionType.DirectConnection)  # pyright: ignore[reportPrivateUsage]
        drop(studio, a_folder(tmp_path / "theirs", 40))
        assert has_begun.wait(10)
    QCoreApplication.sendPostedEvents(incoming)
    assert not shiboken6.isValid(studio.window)


def test_the_pictures_of_a_folder_can_stay_where_they_are(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """At the next start the folder's drive is gone: its pictures are shown, and it is said."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "red.jpg")
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        studio.canvas.incoming.receive(Purpose.ADD_TO_GALLERY, Incoming(files=(folder,)))
        answer(studio, qtbot, "Add “photos” to the gallery", "Leave them there")
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 1)
    assert list((tmp_path / "home" / "gallery").rglob("*.png")) == []
    folder.rename(tmp_path / "unplugged")
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        qtbot.waitUntil(lambda: any("is not there" in shown.text for shown in studio.window.notices.shown))
        assert studio.gallery_model.rowCount() == 1
