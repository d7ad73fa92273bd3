"""Pictures of a watched folder whose drive is away: they are shown from memory, and nothing passes that off as them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.gallery.record import PictureRecord
from studio.imaging.export_many import ExportWish, Packing
from studio.ui.incoming import PICTURE_FORMAT
from studio.ui.large.large_page import LargePage
from studio.ui.notice_bar import Notice
from tests.helpers.fake_session import FakeSession
from tests.integration.program_under_test import notice, running_studio

NOT_THERE = "This file is not there"
INFOTEXT = (
    "a lighthouse <lora:ink:0.8>\nNegative prompt: fog\n"
    "Steps: 31, Sampler: DPM++ 2M, CFG scale: 5.5, Seed: 18446744073709551615, Size: 64x96, Model: dreamy"
)


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    """With two pictures of another program in the folder `drive`, which is gone now; neither was looked at before."""
    drive = tmp_path / "drive"
    drive.mkdir()
    texts = PngInfo()
    texts.add_text("parameters", INFOTEXT)
    Image.new("RGB", (64, 96), "teal").save(drive / "told.png", pnginfo=texts)
    Image.new("RGB", (64, 64), "navy").save(drive / "untold.png")
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        studio.gallery.watch(drive)
        for _ in studio.gallery.reconcile():
            pass
        drive.rename(tmp_path / "unplugged")
        studio.gallery_model.reload()
        yield studio


def select(studio: Studio, qtbot: QtBot, name: str) -> PictureRecord:
    """Look at the picture, and forget what is said about it at once."""
    rows = map(studio.gallery_model.record, range(studio.gallery_model.rowCount()))
    record = next(record for record in rows if record is not None and record.path.name == name)
    studio.window.gallery_panel.select(record.id)
    qtbot.waitUntil(lambda: notice(studio, NOT_THERE) is not None)
    for shown in studio.window.notices.shown:
        studio.window.notices.dismiss(shown.key)
    return record


def said(studio: Studio, qtbot: QtBot, title: str) -> Notice:
    qtbot.waitUntil(lambda: notice(studio, title) is not None)
    told = notice(studio, title)
    assert told is not None
    return told


def details(studio: Studio) -> str:
    return "\n".join(label.text() for label in studio.window.details.findChildren(QLabel))


def test_what_it_was_made_with_is_known_from_the_index(studio: Studio, qtbot: QtBot) -> None:
    select(studio, qtbot, "told.png")
    qtbot.waitUntil(lambda: "a lighthouse" in details(studio))
    facts = "seed 18446744073709551615 · 31 steps · CFG 5.5 · DPM++ 2M · 64 × 96 · dreamy"
    assert facts in details(studio)


def test_who_walks_through_them_reads_of_the_last_one(studio: Studio, qtbot: QtBot) -> None:
    select(studio, qtbot, "told.png")
    QTest.keyClick(studio.window.gallery_panel.view, Qt.Key.Key_Right)
    QTest.keyClick(studio.window.gallery_panel.view, Qt.Key.Key_Left)
    last = studio.window.gallery_panel.current
    assert last is not None
    qtbot.waitUntil(lambda: any(str(last.path) in shown.text for shown in studio.window.notices.shown))
    assert len([shown for shown in studio.window.notices.shown if shown.title == NOT_THERE]) == 1


def test_who_looks_at_them_large_reads_it_there_alone(studio: Studio, qtbot: QtBot) -> None:
    select(studio, qtbot, "told.png")
    studio.window.commands.show_large.trigger()
    [page] = studio.window.findChildren(LargePage)
    QTest.keyClick(page.strip, Qt.Key.Key_Right)
    QTest.keyClick(page.strip, Qt.Key.Key_Left)
    last = studio.window.gallery_panel.current
    assert last is not None
    qtbot.waitUntil(lambda: last.path.name in page.picture.accessibleDescription())
    read: list[bool] = []
    studio.disk.run(lambda: True, done=read.append, failed=studio.announce)
    qtbot.waitUntil(lambda: bool(read))  # behind the middle of the window, which reads the same files
    assert notice(studio, NOT_THERE) is None


def test_one_that_never_told_anything_still_does_not(studio: Studio, qtbot: QtBot) -> None:
    select(studio, qtbot, "untold.png")
    qtbot.waitUntil(lambda: "no settings stored" in details(studio))


def test_its_thumbnail_is_never_copied_as_the_picture(studio: Studio, qtbot: QtBot) -> None:
    record = select(studio, qtbot, "told.png")
    QGuiApplication.clipboard().setText("what was there before")
    studio.window.commands.copy_picture.trigger()
    assert str(record.path) in said(studio, qtbot, NOT_THERE).text
    assert QGuiApplication.clipboard().text() == "what was there before"


def test_a_copy_cannot_be_saved(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    record = select(studio, qtbot, "told.png")
    studio.later.picture_commands.save_copy(record, tmp_path / "copy.png")
    assert str(record.path) in said(studio, qtbot, NOT_THERE).text
    assert not (tmp_path / "copy.png").exists()


@pytest.mark.parametrize(
    ("packing", "name"), [(Packing.FILES, "out"), (Packing.ZIP, "x.zip"), (Packing.SHEET, "x.png")]
)
def test_nothing_is_exported_and_that_is_said(
    studio: Studio, qtbot: QtBot, tmp_path: Path, packing: Packing, name: str
) -> None:
    studio.later.picture_export.export(studio.gallery.ids(), ExportWish(packing, tmp_path / name))
    told = said(studio, qtbot, "Nothing was exported")
    assert "told.png" in told.text
    assert "connect" in told.text
    assert not told.answers
    assert not (tmp_path / name).is_file()


def test_it_cannot_be_put_on_the_canvas(studio: Studio, qtbot: QtBot) -> None:
    record = select(studio, qtbot, "told.png")
    studio.canvas.opener.open_record(record)
    assert str(record.path) in said(studio, qtbot, NOT_THERE).text
    assert studio.canvas.desk.canvas is None


def test_a_drag_carries_the_picture_for_albums_and_no_file_that_is_not_there(studio: Studio, qtbot: QtBot) -> None:
    select(studio, qtbot, "told.png")
    mime = studio.gallery_model.mimeData([studio.gallery_model.index(row) for row in (0, 1)])
    assert not mime.hasUrls()
    assert mime.hasFormat(PICTURE_FORMAT)
    assert "Other programs get 0 of 2" in said(studio, qtbot, "Not all of these files are there").text
