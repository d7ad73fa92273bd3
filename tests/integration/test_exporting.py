"""Exporting from the window: the selected pictures, asked about in a dialog, told at the end."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.imaging.export_many import ExportWish, Packing
from studio.imaging.picture_metadata import read_picture_info
from studio.ui.export_dialog import ExportDialog
from studio.ui.notice_bar import Notice
from tests.helpers.fake_session import FakeSession, a_picture, a_request
from tests.integration.program_under_test import running_studio


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    """With three pictures, two of them selected."""
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        for seed in (1, 2, 3):
            studio.gallery_model.add(studio.gallery.add(a_picture(a_request(seed=seed))))
        panel = studio.window.gallery_panel
        panel.select_first()
        for row in (0, 1):
            index = studio.gallery_model.index(row)
            panel.view.selectionModel().select(index, panel.view.selectionModel().SelectionFlag.Select)
        yield studio


def notice(studio: Studio, title: str) -> Notice | None:
    return next((shown for shown in studio.window.notices.shown if shown.title == title), None)


def opened_dialog(studio: Studio) -> ExportDialog:
    studio.window.commands.export.trigger()
    [dialog] = studio.window.findChildren(ExportDialog)
    return dialog


def test_the_selected_pictures_become_a_bare_zip(
    studio: Studio, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(*_asked: object) -> tuple[str, str]:
        return str(tmp_path / "mine"), "ZIP (*.zip)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    dialog = opened_dialog(studio)
    assert dialog.windowTitle() == "Export 2 pictures"
    dialog.packing.setCurrentText("One ZIP file")
    dialog.format.setCurrentText("JPEG, small")
    dialog.with_settings.setChecked(False)
    dialog.accept()
    qtbot.waitUntil(lambda: notice(studio, "Exported") is not None)
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert archive.namelist() == ["0001.jpg", "0002.jpg"]
        archive.extractall(tmp_path)
    assert not read_picture_info(tmp_path / "0002.jpg").texts


def test_thinking_better_of_it_writes_nothing(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose_nothing(*_asked: object) -> str:
        return ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose_nothing)
    opened_dialog(studio).accept()
    assert notice(studio, "Exporting") is None
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_the_dialog_says_what_the_files_will_tell(studio: Studio) -> None:
    dialog = opened_dialog(studio)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("Other programs" in text for text in texts)
    dialog.with_settings.setChecked(False)
    assert any("Nothing but pixels" in label.text() for label in dialog.findChildren(QLabel))
    dialog.packing.setCurrentText("One contact sheet")
    assert dialog.with_settings.text() == "With their names"
    dialog.reject()


def test_what_could_not_be_read_is_told_once_at_the_end(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    broken = studio.gallery_model.record(0)
    assert broken is not None
    broken.path.write_bytes(b"no picture")
    pictures = studio.gallery.ids()
    studio.later.picture_export.export(pictures, ExportWish(Packing.FILES, tmp_path / "out"))
    qtbot.waitUntil(lambda: notice(studio, "Exported") is not None)
    told = notice(studio, "Exported")
    assert told is not None
    assert broken.path.name in told.text
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_cancelled_export_says_so(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.later.picture_export.export(studio.gallery.ids(), ExportWish(Packing.ZIP, tmp_path / "all.zip"))
    running = notice(studio, "Exporting")
    assert running is not None
    [stop] = running.answers
    stop.act()
    qtbot.waitUntil(lambda: notice(studio, "Exporting") is None)
    cancelled = notice(studio, "Export cancelled") is not None
    assert cancelled is not (tmp_path / "all.zip").exists(), "it was quicker than the cancel, or nothing is there"


def test_a_failure_is_told_in_words(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "all.zip"
    studio.later.picture_export.export(studio.gallery.ids(), ExportWish(Packing.ZIP, gone))
    title = "This folder cannot be written to"
    qtbot.waitUntil(lambda: notice(studio, title) is not None)
    assert notice(studio, "Exporting") is None
