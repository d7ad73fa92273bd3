"""The gallery as a list: rows with what pictures were made of, sorted by a click on a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.gallery.gallery import Gallery
from studio.gallery.picture_facts import PictureFacts
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.search.sql import PictureOrder
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.list_columns import Column, columns_for
from studio.ui.main_window import MainWindow
from studio.ui.theme import current_tokens, px
from tests.helpers.fake_session import a_picture, a_request

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
HIGHEST_SEED = 2**64 - 1


@pytest.fixture
def panel(window: MainWindow, model: GalleryModel, gallery: Gallery, qtbot: QtBot) -> GalleryPanel:
    """Three pictures in a panel that has room for all columns."""
    for seed in (7, HIGHEST_SEED, 42):
        gallery.add(replace(a_picture(a_request(f"seed\n{seed}", seed=seed)), created_at=NOON))
    model.reload()
    panel = window.gallery_panel
    panel.setMinimumWidth(px(800))
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    return panel


def look_as_list(panel: GalleryPanel) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_V)
    assert panel.browse_bar.is_list


def facts_of(model: GalleryModel, row: int) -> PictureFacts | None:
    return model.known_facts(model.picture(row))


def seen(panel: GalleryPanel, row: int) -> QImage:
    return panel.view.grab(panel.view.visualRect(panel.view.model().index(row, 0))).toImage()


def has(image: QImage, colour: str) -> bool:
    wanted = QColor(colour).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (120, ["", "Prompt"]),
        (272, ["", "Prompt", "Date"]),
        (360, ["", "Prompt", "Rating", "Date"]),
        (800, ["", "Prompt", "Model", "Size", "Seed", "Steps", "Rating", "Date"]),
    ],
)
def test_columns_come_with_the_room_for_them_and_fill_it(qapp: object, width: int, shown: list[str]) -> None:
    places = columns_for(px(width), px(44))
    assert [place.column.value for place in places] == shown
    assert places[-1].left + places[-1].width == px(width)
    ends = [place.left + place.width for place in places]
    assert all(place.left > end for place, end in zip(places[1:], ends, strict=False)), "none over another"


def test_rows_tell_what_pictures_were_made_of(panel: GalleryPanel, model: GalleryModel, qtbot: QtBot) -> None:
    look_as_list(panel)
    first, second = (panel.view.visualRect(model.index(row)) for row in (0, 1))
    assert first.left() == second.left()
    assert first.bottom() < second.top()
    qtbot.waitUntil(lambda: facts_of(model, 0) is not None)
    facts = {facts.seed: facts for row in range(3) if (facts := facts_of(model, row)) is not None}
    assert facts.keys() == {7, 42, HIGHEST_SEED}
    assert facts[7].prompt == "seed\n7"
    assert (facts[7].model, facts[7].width, facts[7].steps, facts[7].created_at) == ("Fake model", 64, 4, NOON)
    shown = {column for column, widget in panel.list_header.columns.items() if widget.isVisible()}
    assert shown == set(Column) - {Column.PICTURE}
    qtbot.waitUntil(lambda: has(seen(panel, 0), current_tokens().text))


def test_a_click_on_a_column_sorts_as_the_menu_does(panel: GalleryPanel, qtbot: QtBot) -> None:
    look_as_list(panel)
    header, asked = panel.list_header, list[PictureOrder]()
    panel.search_bar.asked.connect(lambda request: asked.append(request.order))
    for column in (Column.SEED, Column.MODEL, Column.SIZE, Column.RATING, Column.DATE, Column.DATE):
        QTest.mouseClick(header.columns[column], Qt.MouseButton.LeftButton)
    assert asked == [
        PictureOrder.SEED,
        PictureOrder.MODEL,
        PictureOrder.LARGEST,
        PictureOrder.BEST_RATED,
        PictureOrder.NEWEST,
        PictureOrder.OLDEST,
    ]
    assert "▴" in header.columns[Column.DATE].text()
    assert isinstance(header.columns[Column.PROMPT], QLabel), "there is no such order"
    panel.search_bar.sort(PictureOrder.BEST_RATED)
    assert "▾" in header.columns[Column.RATING].text()
    assert header.columns[Column.DATE].text() == "Date"


def test_the_choice_is_told_so_that_it_is_kept_and_the_grid_comes_back(
    panel: GalleryPanel, window: MainWindow, model: GalleryModel, qtbot: QtBot
) -> None:
    panel.select(model.picture(2))
    with qtbot.waitSignal(window.layout_changed):
        look_as_list(panel)
    assert panel.list_header.isVisible()
    assert panel.view.currentIndex().row() == 2
    QTest.keyClick(panel.view, Qt.Key.Key_V)
    assert not panel.list_header.isVisible()
    first, second = (panel.view.visualRect(model.index(row)) for row in (0, 1))
    assert first.top() == second.top()


@pytest.mark.parametrize("show", [lambda _: None, look_as_list], ids=["grid", "list"])
def test_the_focus_is_seen_on_a_picture_that_is_not_selected(
    panel: GalleryPanel, qtbot: QtBot, show: Callable[[GalleryPanel], None]
) -> None:
    show(panel)
    panel.select_first()
    QTest.keyClick(panel.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    row = panel.view.currentIndex().row()
    assert row > 0
    assert not panel.view.selectionModel().isSelected(panel.view.currentIndex())
    accent = current_tokens().accent
    assert has(seen(panel, row), accent)
    panel.search_bar.field.setFocus()
    qtbot.waitUntil(panel.search_bar.field.hasFocus)
    assert not has(seen(panel, row), accent)


def test_stars_are_a_column(panel: GalleryPanel, model: GalleryModel, qtbot: QtBot) -> None:
    look_as_list(panel)
    qtbot.waitUntil(lambda: facts_of(model, 1) is not None and not model.thumbnails.image(model.picture(1)).isNull())
    before = seen(panel, 1)
    model.show_marks({model.picture(1): PictureMarks(rating=5, favourite=True)})
    assert seen(panel, 1) != before
