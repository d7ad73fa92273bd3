"""Watched folders in the window: they are listed, and one can be let go, which can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from studio.app.gallery_wiring import folder_operations
from studio.gallery.folder_watch import WatchReport
from studio.gallery.gallery import Gallery
from studio.ui.main_window import MainWindow
from studio.ui.watched_folders import WatchedFolders, WatchedFoldersDialog
from tests.helpers.run_now import run_now


@pytest.fixture
def folder(gallery: Gallery, tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "red.jpg")
    gallery.watch(folder)
    list(gallery.reconcile())
    return folder


@pytest.fixture
def folders(window: MainWindow, gallery: Gallery) -> WatchedFolders:
    return WatchedFolders(window, run_now, run_now, folder_operations(gallery), pytest.fail)


def opened(window: MainWindow) -> WatchedFoldersDialog:
    window.commands.watched_folders.trigger()
    [dialog] = [dialog for dialog in window.findChildren(WatchedFoldersDialog) if dialog.isVisible()]
    return dialog


def listed(dialog: WatchedFoldersDialog) -> list[str]:
    return [dialog.rows.item(row).text() for row in range(dialog.rows.count())]


def test_a_folder_is_let_go_and_taken_back(
    window: MainWindow, gallery: Gallery, folder: Path, folders: WatchedFolders
) -> None:
    told: list[bool] = []
    folders.changed.connect(lambda: told.append(True))
    dialog = opened(window)
    assert listed(dialog) == [f"{folder}  ·  1 picture"]
    QTest.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    assert (gallery.watched(), gallery.ids(), told) == ([], [], [True])
    assert (folder / "red.jpg").exists()
    [notice] = window.notices.shown
    assert notice.title == "No longer watched"
    notice.answers[0].act()
    assert [place.root for place in gallery.watched()] == [folder]
    assert (len(gallery.ids()), told) == (1, [True, True])


def test_enter_closes_the_list_and_presses_the_button_that_has_the_focus(
    window: MainWindow, gallery: Gallery, folder: Path, folders: WatchedFolders
) -> None:
    dialog = opened(window)
    QTest.keyClick(dialog.rows, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert [place.root for place in gallery.watched()] == [folder]
    dialog = opened(window)
    dialog.stop.setFocus()
    QTest.keyClick(dialog.stop, Qt.Key.Key_Return)
    assert gallery.watched() == []


def test_a_folder_that_is_not_there_is_said(window: MainWindow, folder: Path, folders: WatchedFolders) -> None:
    folder.rename(folder.parent / "away")
    assert listed(opened(window)) == [f"{folder}  ·  1 picture, not there now: shown from memory"]


def test_a_folder_is_chosen_to_be_watched(
    window: MainWindow, gallery: Gallery, folders: WatchedFolders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot drag could not have a folder watched."""
    told: list[bool] = []
    folders.changed.connect(lambda: told.append(True))
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (30, 20), "red").save(photos / "red.jpg")
    answers = iter(["", str(photos)])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(answers))
    dialog = opened(window)
    QTest.mouseClick(dialog.more, Qt.MouseButton.LeftButton)
    assert dialog.isVisible(), "nothing was chosen"
    QTest.mouseClick(dialog.more, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert [place.root for place in gallery.watched()] == [photos]
    assert (len(gallery.ids()), told) == (1, [True])
    [notice] = window.notices.shown
    assert (notice.title, notice.text) == ("Added to the gallery", "Pictures: 1 more, where they are.")


def test_what_cannot_be_read_of_a_folder_is_named(window: MainWindow, folders: WatchedFolders, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (30, 20), "red").save(photos / "red.jpg")
    (photos / "broken.png").write_bytes(b"no picture")
    folders.watch((photos,))
    [notice] = window.notices.shown
    assert notice.text == "Pictures: 1 more, where they are. Could not be read: broken.png."
    assert notice.milliseconds_shown is None


def test_how_far_it_is_is_said_as_long_as_it_takes(window: MainWindow, gallery: Gallery, tmp_path: Path) -> None:
    looked: list[Callable[[int], None]] = []
    reports: list[Callable[[WatchReport], None]] = []

    def watch(_: Sequence[Path], on_looked: Callable[[int], None]) -> WatchReport:
        looked.append(on_looked)
        return WatchReport(0)

    def later(work: Callable[[], WatchReport], *, done: Callable[[WatchReport], None], **_: object) -> None:
        work()
        reports.append(done)

    operations = replace(folder_operations(gallery), watch=watch)
    WatchedFolders(window, run_now, later, operations, pytest.fail).watch((tmp_path,))
    [notice] = window.notices.shown
    assert notice.milliseconds_shown is None, "it may take minutes"
    looked[0](1200)
    assert any("1,200 files so far" in shown.text() for shown in window.findChildren(QLabel))
    reports[0](WatchReport(7))
    [notice] = window.notices.shown
    assert notice.text == "Pictures: 7 more, where they are."
    assert notice.milliseconds_shown is not None


def test_without_a_folder_it_says_how_one_is_watched(window: MainWindow, folders: WatchedFolders) -> None:
    dialog = opened(window)
    assert listed(dialog) == []
    assert "Leave them there" in dialog.about.text()
    assert not dialog.stop.isEnabled()


def test_looking_through_a_folder_again_does_not_keep_the_disk_waiting(
    window: MainWindow, gallery: Gallery, folder: Path
) -> None:
    """Saving a picture waits for nothing that takes as long as a folder has pictures."""
    long: list[Callable[[], object]] = []

    def later(work: Callable[[], object], **_: object) -> None:
        long.append(work)

    _desk = WatchedFolders(window, run_now, later, folder_operations(gallery), pytest.fail)
    QTest.mouseClick(opened(window).stop, Qt.MouseButton.LeftButton)
    [notice] = window.notices.shown
    notice.answers[0].act()
    assert gallery.watched() == []
    [work] = long
    work()
    assert [place.root for place in gallery.watched()] == [folder]
