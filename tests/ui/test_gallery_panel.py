"""The right side: pictures newest first, one current, and an invitation while there are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.core.result import PictureId
from studio.gallery.days import FoundPictures
from studio.gallery.gallery import Gallery
from studio.gallery.picture_rows import PictureRows
from studio.gallery.record import PictureRecord
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from tests.helpers.fake_session import a_picture


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    """Three pictures, newest first, as the panel shows them."""
    records = [gallery.add(a_picture()) for _ in range(3)]
    for record in records:
        model.add(record)
    return records[::-1]


@pytest.fixture
def panel(model: GalleryModel, qtbot: QtBot) -> GalleryPanel:
    panel = GalleryPanel(model)
    qtbot.addWidget(panel)
    panel.resize(300, 600)
    panel.show()
    return panel


def texts(panel: GalleryPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def place_of(panel: GalleryPanel, row: int) -> QRect:
    return panel.view.visualRect(panel.view.model().index(row, 0))


def thumbnail_of(model: GalleryModel, row: int) -> QImage:
    thumbnail = model.data(model.index(row), Qt.ItemDataRole.DecorationRole)
    assert isinstance(thumbnail, QImage)
    return thumbnail


def test_an_empty_gallery_invites(panel: GalleryPanel) -> None:
    assert "Your pictures will be here" in texts(panel)
    assert not panel.view.isVisible()
    assert panel.current is None


def test_a_picture_that_was_read_before_its_coming_was_told_is_there_once(
    model: GalleryModel, gallery: Gallery
) -> None:
    record = gallery.add(a_picture())
    model.reload()
    model.add(record)
    assert model.rowCount() == 1


def test_the_first_picture_takes_the_place_of_the_invitation(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery
) -> None:
    model.add(gallery.add(a_picture()))
    assert panel.view.isVisible()
    assert "1" in texts(panel)
    assert "Your pictures will be here" not in texts(panel)


def test_a_click_selects_and_says_so_once(panel: GalleryPanel, records: list[PictureRecord], qtbot: QtBot) -> None:
    announced: list[PictureRecord] = []
    panel.picture_selected.connect(announced.append)
    for _ in range(2):
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, 1).center())
    assert announced == [records[1]]
    assert panel.current == records[1]


def test_the_arrow_keys_walk_through_the_pictures(panel: GalleryPanel, records: list[PictureRecord]) -> None:
    panel.select_first()
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    assert panel.current == records[1]
    QTest.keyClick(panel.view, Qt.Key.Key_End)
    assert panel.current == records[2]
    QTest.keyClick(panel.view, Qt.Key.Key_Home)
    assert panel.current == records[0]


def test_stepping_stops_at_both_ends(panel: GalleryPanel, records: list[PictureRecord]) -> None:
    panel.select(records[1].id)
    for rows, expected in ((1, records[2]), (1, records[2]), (-9, records[0])):
        panel.step(rows)
        assert panel.current == expected


def test_a_new_picture_above_does_not_change_the_selection(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery, records: list[PictureRecord]
) -> None:
    panel.select(records[0].id)
    announced: list[PictureRecord] = []
    panel.picture_selected.connect(announced.append)
    model.add(gallery.add(a_picture()))
    assert panel.current == records[0]
    assert announced == []


def test_when_the_current_picture_goes_its_neighbour_is_shown(
    panel: GalleryPanel, model: GalleryModel, records: list[PictureRecord]
) -> None:
    panel.select(records[1].id)
    model.remove(records[1].id)
    assert panel.current in (records[0], records[2])


def test_when_the_last_picture_goes_nothing_is_selected_and_the_invitation_is_back(
    panel: GalleryPanel, model: GalleryModel, records: list[PictureRecord], qtbot: QtBot
) -> None:
    panel.select_first()
    with qtbot.waitSignal(panel.nothing_selected):
        for record in records:
            model.remove(record.id)
    assert "Your pictures will be here" in texts(panel)


def test_a_picture_that_the_gallery_does_not_have_changes_nothing(
    panel: GalleryPanel, model: GalleryModel, records: list[PictureRecord]
) -> None:
    panel.select(records[0].id)
    panel.select(PictureId("no such picture"))
    model.remove(PictureId("no such picture"))
    assert panel.current == records[0]
    assert model.rowCount() == 3


def test_the_menu_belongs_to_a_picture_not_to_the_room_beside_it(
    panel: GalleryPanel, records: list[PictureRecord]
) -> None:
    asked: list[QPoint] = []
    panel.menu_requested.connect(asked.append)
    panel.view.customContextMenuRequested.emit(QPoint(5, 590))
    assert asked == []
    inside = place_of(panel, 0).center()
    panel.view.customContextMenuRequested.emit(inside)
    assert asked == [panel.view.viewport().mapToGlobal(inside)]


@pytest.mark.parametrize(("width", "columns"), [(210, 2), (320, 3), (500, 5)])
def test_the_columns_fill_the_width(
    panel: GalleryPanel, gallery: Gallery, model: GalleryModel, width: int, columns: int, qtbot: QtBot
) -> None:
    for _ in range(6):
        model.add(gallery.add(a_picture()))
    panel.resize(width, 600)
    qtbot.waitUntil(lambda: place_of(panel, columns).top() > place_of(panel, 0).top())
    assert len({place_of(panel, row).top() for row in range(columns)}) == 1
    assert panel.view.viewport().width() - place_of(panel, columns - 1).right() < 32


def test_a_cell_has_its_thumbnail_and_says_its_prompt(
    panel: GalleryPanel, model: GalleryModel, records: list[PictureRecord], qtbot: QtBot
) -> None:
    index = model.index(0)
    qtbot.waitUntil(lambda: not thumbnail_of(model, 0).isNull())
    parameters = records[0].parameters
    assert parameters is not None
    assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == parameters.prompt.text


def test_what_is_read_anew_is_what_the_gallery_has(
    model: GalleryModel, gallery: Gallery, records: list[PictureRecord]
) -> None:
    later = gallery.add(a_picture())
    model.reload()
    assert [model.record(row) for row in range(model.rowCount())] == [later, *records]


def test_a_picture_that_arrives_while_ctrl_is_held_is_selected_alone(
    panel: GalleryPanel, records: list[PictureRecord]
) -> None:
    panel.select(records[0].id)
    QTest.keyPress(panel.view, Qt.Key.Key_Control, Qt.KeyboardModifier.ControlModifier)
    panel.select(records[2].id)
    QTest.keyRelease(panel.view, Qt.Key.Key_Control)
    assert panel.selected == [records[2].id]


def test_several_pictures_are_selected_with_ctrl_and_the_last_one_is_current(
    panel: GalleryPanel, records: list[PictureRecord]
) -> None:
    for row, modifier in ((0, Qt.KeyboardModifier.NoModifier), (2, Qt.KeyboardModifier.ControlModifier)):
        place = place_of(panel, row).center()
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)
    assert panel.selected == [records[0].id, records[2].id]
    assert panel.count_selected == 2
    assert panel.current == records[2]
    panel.view.selectAll()
    assert panel.selected == [record.id for record in records]
    assert panel.count_selected == 3


def test_selecting_all_without_a_current_picture_makes_the_first_one_current(
    panel: GalleryPanel, records: list[PictureRecord], qtbot: QtBot
) -> None:
    panel.view.setCurrentIndex(panel.view.model().index(-1, 0))
    assert panel.current is None
    with qtbot.waitSignal(panel.picture_selected) as told:
        QTest.keyClick(panel.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [records[0]]
    assert panel.current == records[0]
    assert len(panel.selected) == len(records)


def test_what_a_window_does_not_show_comes_later_and_moves_nothing(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery
) -> None:
    for number in range(3):
        gallery.add(replace(a_picture(), created_at=datetime(2026, 11, 25 - number, 12, tzinfo=UTC)))
    model.reload(most=2)
    assert not model.is_whole
    assert model.rowCount() == 2
    assert "2" not in texts(panel)
    panel.select(model.picture(1))
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    model.show(gallery.browse())
    assert model.is_whole
    assert [day.count for day in model.days] == [1, 1, 1]
    assert panel.view.currentIndex().row() == 1
    assert resets == []
    assert "3" in texts(panel)


def test_a_rest_that_does_not_go_on_with_the_beginning_replaces_it(model: GalleryModel, gallery: Gallery) -> None:
    oldest, middle, _ = [gallery.add(a_picture()).id for _ in range(3)]
    model.reload(most=2)
    model.show(FoundPictures(PictureRows([middle, oldest])))
    assert [model.picture(row) for row in range(model.rowCount())] == [middle, oldest]
