"""Renaming in the window: the pattern, what it makes of the first names, one step to undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from studio.core.errors import StudioError, WriteFailed
from studio.gallery.gallery import Gallery
from studio.gallery.naming import Renamed
from studio.gallery.record import PictureRecord
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.picture_renaming import PictureRenaming, RenameOperations
from studio.ui.rename_dialog import RenameDialog
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.run_now import run_now


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    """In the order of the gallery."""
    records = [gallery.add(a_picture(a_request("an apple", seed=seed))) for seed in range(7)]
    model.reload()
    return records[::-1]


@pytest.fixture
def failures() -> list[StudioError]:
    return []


@pytest.fixture
def renaming(window: MainWindow, model: GalleryModel, gallery: Gallery, failures: list[StudioError]) -> PictureRenaming:
    operations = RenameOperations(gallery.record, gallery.rename, gallery.rename_to)
    return PictureRenaming(window, model, run_now, operations, failures.append)


def asked(window: MainWindow) -> RenameDialog:
    window.commands.rename.trigger()
    [dialog] = [dialog for dialog in window.findChildren(RenameDialog) if dialog.isVisible()]
    return dialog


def previewed(dialog: RenameDialog) -> list[str]:
    return [new.text() for _, new in dialog.preview]


def names(model: GalleryModel) -> list[str]:
    records = [model.record(row) for row in range(model.rowCount())]
    return [record.path.name for record in records if record is not None]


@pytest.mark.usefixtures("records", "renaming")
def test_the_first_names_are_shown_while_the_pattern_is_typed(window: MainWindow) -> None:
    window.gallery_panel.view.selectAll()
    dialog = asked(window)
    assert dialog.windowTitle() == "Rename 7 pictures"
    assert [name.partition("-an")[0][-1] for name in previewed(dialog)] == ["6", "5", "4", "3", "2"]
    dialog.pattern.clear()
    QTest.keyClicks(dialog.pattern, "x-")
    [chip] = [chip for chip in dialog.findChildren(QPushButton, "chip") if chip.text() == "steps"]
    chip.click()
    assert dialog.pattern.text() == "x-{steps}"
    assert previewed(dialog) == ["x-4.png", "x-4-2.png", "x-4-3.png", "x-4-4.png", "x-4-5.png"]


@pytest.mark.usefixtures("records", "renaming")
def test_enter_presses_the_button_that_has_the_focus(window: MainWindow, model: GalleryModel) -> None:
    before = names(model)
    window.gallery_panel.select_first()
    dialog = asked(window)
    dialog.pattern.setText("x-")
    [chip] = [chip for chip in dialog.findChildren(QPushButton, "chip") if chip.text() == "steps"]
    QTest.keyClick(chip, Qt.Key.Key_Return)
    assert dialog.pattern.text() == "x-{steps}"
    [cancel] = [button for button in dialog.findChildren(QPushButton) if button.text() == "Cancel"]
    cancel.setFocus()
    QTest.keyClick(cancel, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert names(model) == before


@pytest.mark.usefixtures("records", "renaming")
def test_a_fault_is_said_and_nothing_is_renamed(window: MainWindow, model: GalleryModel) -> None:
    before = names(model)
    window.gallery_panel.select_first()
    dialog = asked(window)
    dialog.pattern.setText("{sed}")
    assert dialog.fault.isVisible()
    assert "“{sed}” cannot be filled in" in dialog.fault.text()
    QTest.keyClick(dialog.pattern, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert names(model) == before
    dialog.reject()


def test_all_are_renamed_in_one_step_and_back_in_one(
    window: MainWindow, model: GalleryModel, renaming: PictureRenaming, records: list[PictureRecord]
) -> None:
    before = names(model)
    told: list[PictureRecord] = []
    window.gallery_panel.select_first()
    window.gallery_panel.view.selectAll()
    window.gallery_panel.picture_selected.connect(told.append)
    dialog = asked(window)
    dialog.pattern.setText("{seed}")
    QTest.keyClick(dialog.pattern, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert names(model) == ["6.png", "5.png", "4.png", "3.png", "2.png", "1.png", "0.png"]
    assert told[-1].path.name == f"{told[-1].parameters.sampling.seed}.png", "the shown picture has its new name"
    [notice] = window.notices.shown
    assert "7 pictures have other names" in notice.text
    notice.answers[0].act()
    assert names(model) == before
    dialog = asked(window)
    assert dialog.pattern.text() == "{seed}", "the pattern is kept"
    dialog.reject()


def test_what_could_not_be_renamed_is_told_with_what_was(
    window: MainWindow,
    model: GalleryModel,
    gallery: Gallery,
    records: list[PictureRecord],
    failures: list[StudioError],
) -> None:
    failure = WriteFailed(records[1].path, "no")
    half = Renamed({records[0].id: "old.png"}, failure)
    operations = RenameOperations(gallery.record, lambda _pictures, _pattern: half, gallery.rename_to)
    renaming = PictureRenaming(window, model, run_now, operations, failures.append)
    window.gallery_panel.view.selectAll()
    asked(window).accept()
    assert failures == [failure]
    assert "1 picture has another name" in window.notices.shown[0].text
    assert renaming is not None
