"""Looking through the gallery: sizes, days and dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCalendarWidget, QSlider
from pytestqt.qtbot import QtBot

from studio.gallery.days import Day
from studio.gallery.gallery import Gallery
from studio.gallery.search.query import EVERYTHING
from studio.gallery.search.sql import PictureOrder
from studio.ui.gallery.date_popup import DatePopup, day_of_row, row_of_day
from studio.ui.gallery.day_heading import day_title
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.main_window import MainWindow
from tests.helpers.fake_session import a_picture

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAYS = (Day(date(2026, 11, 25), 4), Day(date(2026, 11, 24), 1), Day(date(2026, 11, 20), 7))


@pytest.fixture
def panel(window: MainWindow, model: GalleryModel, gallery: Gallery, qtbot: QtBot) -> GalleryPanel:
    """Two pictures of each of twenty days."""
    for number in range(40):
        gallery.add(replace(a_picture(), created_at=NOON - timedelta(days=number // 2, minutes=number)))
    model.reload()
    panel = window.gallery_panel
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    return panel


def cell_width(panel: GalleryPanel) -> int:
    return panel.view.visualRect(panel.view.model().index(0, 0)).width()


def turn_wheel(panel: GalleryPanel, angle: int, modifier: Qt.KeyboardModifier) -> None:
    viewport = panel.view.viewport()
    place = QPointF(viewport.rect().center())
    event = QWheelEvent(
        place,
        QPointF(viewport.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (date(2026, 11, 25), "Today"),
        (date(2026, 11, 24), "Yesterday"),
        (date(2026, 11, 20), "Friday, 20 November"),
        (date(2025, 11, 25), "Tuesday, 25 November 2025"),
    ],
)
def test_days_are_called_as_people_call_them(day: date, title: str) -> None:
    assert day_title(day, date(2026, 11, 25)) == title


def test_pictures_sorted_by_date_have_headings_others_have_not(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery
) -> None:
    def headings() -> int:
        view = panel.view
        return len(view.arrangement.headings_in(view.viewport().rect()))

    assert headings() > 1
    model.show(gallery.browse(EVERYTHING, PictureOrder.SEED))
    assert headings() == 0


def test_keys_and_wheel_make_pictures_larger_and_smaller(panel: GalleryPanel) -> None:
    usual = cell_width(panel)
    for _ in range(10):
        QTest.keyClick(panel.view, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    larger = cell_width(panel)
    assert larger > usual
    turn_wheel(panel, -240, Qt.KeyboardModifier.ControlModifier)
    for _ in range(8):
        QTest.keyClick(panel.view, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert cell_width(panel) == usual
    for _ in range(40):
        QTest.keyClick(panel.view, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert panel.browse_bar.size_of_pictures == 256


def test_a_touchpad_turns_the_wheel_by_parts(panel: GalleryPanel) -> None:
    before = panel.browse_bar.size_of_pictures
    for _ in range(6):
        turn_wheel(panel, 40, Qt.KeyboardModifier.ControlModifier)
    assert panel.browse_bar.size_of_pictures == before + 16


def test_without_ctrl_the_wheel_scrolls(panel: GalleryPanel) -> None:
    before = panel.browse_bar.size_of_pictures
    turn_wheel(panel, -120, Qt.KeyboardModifier.NoModifier)
    assert panel.view.verticalOffset() > 0
    assert panel.browse_bar.size_of_pictures == before


def test_what_was_in_sight_stays_there_when_the_size_changes(panel: GalleryPanel, model: GalleryModel) -> None:
    panel.select(model.picture(30))
    slider = panel.browse_bar.findChild(QSlider)
    for size in (200, 64, 140):
        slider.setValue(size)
        assert panel.view.viewport().rect().intersects(panel.view.visualRect(model.index(30)))


@pytest.mark.parametrize("current", [None, 3])
def test_the_first_day_stays_in_sight_when_the_list_becomes_a_grid_again(
    panel: GalleryPanel, model: GalleryModel, current: int | None
) -> None:
    if current is not None:
        panel.select(model.picture(current))
    assert panel.view.verticalOffset() == 0
    for _ in range(2):
        QTest.keyClick(panel.view, Qt.Key.Key_V)
    assert panel.view.verticalOffset() == 0


def test_a_changed_size_is_told_so_that_it_is_kept(panel: GalleryPanel, window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.layout_changed):
        panel.browse_bar.set_size(128)


def test_a_key_opens_a_calendar_that_leads_to_a_day(
    panel: GalleryPanel, model: GalleryModel, window: MainWindow, qtbot: QtBot
) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_G)
    [popup] = window.findChildren(DatePopup)
    [calendar] = popup.findChildren(QCalendarWidget)
    wanted = model.days[10].date
    calendar.setSelectedDate(QDate(wanted.year, wanted.month, wanted.day))
    calendar.activated.emit(calendar.selectedDate())
    qtbot.waitUntil(lambda: not popup.isVisible())
    current = panel.current
    assert current is not None
    assert current.created_at.astimezone().date() == wanted
    assert panel.view.viewport().rect().contains(panel.view.visualRect(panel.view.currentIndex()))


def test_a_way_to_a_date_is_there_only_while_pictures_are_sorted_by_it(
    panel: GalleryPanel, model: GalleryModel, gallery: Gallery
) -> None:
    assert panel.browse_bar.date_button.isEnabled()
    model.show(gallery.browse(EVERYTHING, PictureOrder.MODEL))
    assert not panel.browse_bar.date_button.isEnabled()
    assert "Sort by date" in panel.browse_bar.date_button.toolTip()


def test_a_day_without_pictures_leads_to_the_nearest_one() -> None:
    assert [row_of_day(DAYS, date(2026, 11, day)) for day in (25, 24, 23, 21, 1)] == [0, 4, 4, 5, 5]
    assert [day_of_row(DAYS, row).day for row in (0, 3, 4, 5, 11)] == [25, 25, 24, 20, 20]


def test_a_selection_with_shift_goes_in_reading_order(panel: GalleryPanel, model: GalleryModel) -> None:
    view = panel.view
    for row, modifier in ((1, Qt.KeyboardModifier.NoModifier), (5, Qt.KeyboardModifier.ShiftModifier)):
        place = view.visualRect(model.index(row)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, place)
    assert panel.selected == [model.picture(row) for row in range(1, 6)]


def test_letters_do_not_search_through_all_prompts(panel: GalleryPanel) -> None:
    panel.select_first()
    QTest.keyClicks(panel.view, "zz")
    assert panel.view.currentIndex().row() == 0
