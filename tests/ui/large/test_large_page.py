"""A picture fills the window, its neighbours stand below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLabel
from pytestqt.qtbot import QtBot

from studio.app.gallery_wiring import large_pictures
from studio.core.pixels import frozen_pixels
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.large.large_desk import LargeDesk
from studio.ui.large.large_page import LargePage
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice
from tests.helpers.fake_session import a_picture, a_request

COLOURS = ((200, 0, 0), (0, 200, 0), (0, 0, 200))
RED, GREEN, BLUE = (QColor(*colour).name() for colour in COLOURS)


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    """Rows 0, 1 and 2 are red, green and blue."""
    records: list[PictureRecord] = []
    for colour in COLOURS[::-1]:
        picture = a_picture(a_request("a red apple"))
        records.append(gallery.add(replace(picture, pixels=frozen_pixels(np.full((64, 96, 3), colour, np.uint8)))))
    model.reload()
    return records[::-1]


@pytest.fixture
def desk(window: MainWindow, model: GalleryModel, records: list[PictureRecord], qtbot: QtBot) -> Iterator[LargeDesk]:
    pictures = large_pictures()
    desk = LargeDesk(window, model, pictures)
    window.gallery_panel.select(records[0].id)
    window.gallery_panel.view.setFocus()
    qtbot.waitUntil(window.gallery_panel.view.hasFocus)
    yield desk
    pictures.stop()


def press(widget_of: MainWindow | LargePage, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    target = widget_of.strip if isinstance(widget_of, LargePage) else widget_of.gallery_panel.view
    QTest.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def opened(window: MainWindow, qtbot: QtBot) -> LargePage:
    press(window, Qt.Key.Key_Space)
    [page] = window.findChildren(LargePage)
    assert page.isVisible()
    qtbot.waitUntil(page.strip.hasFocus)
    return page


def colour(page: LargePage) -> str:
    image = page.picture.grab().toImage()
    return image.pixelColor(image.rect().center()).name()


def texts(page: LargePage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]


def test_space_opens_the_picture_and_goes_back_to_the_same_place(
    window: MainWindow, desk: LargeDesk, qtbot: QtBot
) -> None:
    page = opened(window, qtbot)
    qtbot.waitUntil(lambda: page.picture.is_sharp)
    assert colour(page) == RED
    assert "1 of 3" in texts(page)
    assert not window.gallery_panel.isVisible()
    assert not window.request_panel.isVisible()
    assert window.layout_state().left_visible, "put aside, not hidden by the user"
    press(page, Qt.Key.Key_Space)
    assert not page.isVisible()
    assert window.gallery_panel.isVisible()
    assert window.gallery_panel.view.hasFocus()


def test_arrows_go_on_and_the_gallery_goes_with_them(
    window: MainWindow, desk: LargeDesk, records: list[PictureRecord], qtbot: QtBot
) -> None:
    page = opened(window, qtbot)
    press(page, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: page.picture.is_sharp and colour(page) == GREEN)
    assert window.gallery_panel.current == records[1]
    press(page, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: page.picture.is_sharp and colour(page) == BLUE)
    assert "3 of 3" in texts(page)
    press(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.gallery_panel.current == records[2]


@pytest.mark.usefixtures("desk")
def test_the_keys_of_the_gallery_hold_here_too(window: MainWindow, qtbot: QtBot) -> None:
    page, pressed = opened(window, qtbot), list[str]()
    commands = window.commands
    for command in (commands.ratings[3], commands.favourite, commands.compare, commands.delete):
        command.triggered.connect(lambda _checked=False, command=command: pressed.append(command.text()))
    for key in (Qt.Key.Key_3, Qt.Key.Key_F, Qt.Key.Key_C, Qt.Key.Key_Delete):
        press(page, key)
    assert pressed == ["Rate: 3 stars", "Favourite", "Compare", "Delete"]


@pytest.mark.usefixtures("desk")
def test_wheel_and_keys_zoom_and_the_next_picture_is_all_there(window: MainWindow, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    picture, control = page.picture, Qt.KeyboardModifier.ControlModifier
    fitted = picture.zoom.viewport
    place = QPointF(picture.rect().center())
    wheel = QWheelEvent(
        place, picture.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(picture, wheel)
    assert picture.zoom.viewport.zoom > fitted.zoom
    assert not picture.zoom.is_smooth, "single pixels are looked at"
    press(page, Qt.Key.Key_0, control)
    assert picture.zoom.viewport == fitted
    assert picture.zoom.is_smooth, "however small the picture is"
    press(page, Qt.Key.Key_1, control)
    assert picture.zoom.viewport.zoom == 1
    left = picture.zoom.viewport.left
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    QTest.mouseMove(picture, QPoint(60, 100))
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton)
    assert picture.zoom.viewport.left == left - 40
    press(page, Qt.Key.Key_Right)
    assert picture.zoom.viewport == fitted
    QTest.mouseDClick(picture, Qt.MouseButton.LeftButton)
    assert picture.zoom.viewport.zoom == 1


def test_a_double_click_opens_and_a_file_that_is_gone_is_told(
    window: MainWindow, desk: LargeDesk, records: list[PictureRecord], qtbot: QtBot
) -> None:
    records[1].path.unlink()
    view = window.gallery_panel.view
    place = view.visualRect(view.model().index(1, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    [page] = window.findChildren(LargePage)
    assert page.isVisible()
    qtbot.waitUntil(lambda: records[1].path.name in page.picture.accessibleDescription())
    assert not page.picture.is_sharp
    middle = page.picture.grab().toImage().pixelColor(page.picture.rect().center())
    assert middle.green() > 150 > middle.red(), "it is shown from memory"


def test_when_the_last_picture_goes_the_page_goes_too(
    window: MainWindow, desk: LargeDesk, model: GalleryModel, records: list[PictureRecord], qtbot: QtBot
) -> None:
    page = opened(window, qtbot)
    model.remove(records[0].id)
    qtbot.waitUntil(lambda: page.picture.is_sharp and colour(page) == GREEN)
    assert "1 of 2" in texts(page)
    for record in records[1:]:
        model.remove(record.id)
    assert not page.isVisible()


@pytest.mark.usefixtures("desk")
def test_another_page_brings_the_sides_back(window: MainWindow, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    window.show_canvas(shown=False)
    assert not page.isVisible()
    assert window.gallery_panel.isVisible()
    assert window.request_panel.isVisible()


def test_the_picture_is_in_the_middle_of_its_neighbours(
    window: MainWindow, desk: LargeDesk, model: GalleryModel, gallery: Gallery, qtbot: QtBot
) -> None:
    for _ in range(40):
        model.add(gallery.add(a_picture()))
    window.gallery_panel.select(model.picture(20))
    page = opened(window, qtbot)
    middle = page.strip.viewport().rect().center().x()
    for row in (20, 21):
        assert abs(page.strip.visualRect(model.index(row)).center().x() - middle) <= 1
        press(page, Qt.Key.Key_Right)


@pytest.mark.usefixtures("desk")
def test_notices_leave_the_neighbours_in_sight(window: MainWindow, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    qtbot.waitUntil(lambda: page.foot.height() > 1)
    window.notices.show_notice(Notice("Rated", "With 3 of 5 stars."))
    [notice] = [frame for frame in page.parentWidget().findChildren(QFrame, "notice") if frame.isVisible()]
    assert notice.geometry().bottom() < page.foot.geometry().top()
