"""Two to four pictures compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from studio.core.errors import StudioError
from studio.core.pixels import frozen_pixels
from studio.core.request import Prompt
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.imaging.difference import difference
from studio.settings.model import Theme
from studio.ui.compare.compare_desk import CompareDesk, CompareOperations
from studio.ui.compare.compare_page import ComparePage
from studio.ui.compare.compare_view import CompareMode, CompareView
from studio.ui.compare.differences import compared_facts
from studio.ui.desktop_look import DesktopLook
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.theme import apply_theme, px
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.run_now import run_now

COLOURS = ((200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0))
RED, GREEN, BLUE, YELLOW = (QColor(*colour).name() for colour in COLOURS)


def no_failure(error: StudioError) -> None:
    raise AssertionError(error)


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    """Four pictures of one colour each, the last one smaller; steps 4, 5, 6, 7; the newest first in the gallery."""
    records: list[PictureRecord] = []
    for place, colour in enumerate(COLOURS):
        picture = a_picture(a_request("a red apple", steps=4 + place))
        side = 32 if place == 3 else 64
        records.append(gallery.add(replace(picture, pixels=frozen_pixels(np.full((side, side, 3), colour, np.uint8)))))
    model.reload()
    return records


@pytest.fixture
def desk(window: MainWindow, gallery: Gallery, records: list[PictureRecord]) -> CompareDesk:
    return CompareDesk(window, run_now, CompareOperations(gallery.record, read_pixels, difference), no_failure)


def select(window: MainWindow, *rows: int) -> None:
    selection = window.gallery_panel.view.selectionModel()
    selection.clear()
    for row in rows:
        selection.select(window.gallery_panel.view.model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)


def compare(window: MainWindow, *rows: int) -> ComparePage:
    """Row 3 is the first of the records."""
    select(window, *rows)
    window.gallery_panel.view.setFocus()
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_C)
    [page] = window.findChildren(ComparePage)
    assert page.isVisible()
    return page


def colour_at(view: CompareView, across: float, down: float = 0.5) -> str:
    image = view.grab().toImage()
    return image.pixelColor(round(image.width() * across), round(image.height() * down)).name()


def press(page: ComparePage, *keys: str) -> None:
    for key in keys:
        QTest.keyClicks(page.view, key)


def test_two_to_four_selected_pictures_can_be_compared(window: MainWindow, desk: CompareDesk) -> None:
    command = window.commands.compare
    for rows, possible in (((), False), ((0,), False), ((0, 1), True), ((0, 1, 2, 3), True)):
        select(window, *rows)
        assert command.isEnabled() == possible, rows


def test_they_are_seen_side_by_side_and_escape_goes_back(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2)

    assert colour_at(page.view, 0.25) == RED
    assert colour_at(page.view, 0.75) == GREEN
    QTest.keyClick(page.view, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.picture_view.isVisible()
    assert window.gallery_panel.view.hasFocus()


def test_three_stand_in_a_row_and_four_in_two_rows(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2, 1)
    assert [colour_at(page.view, across) for across in (1 / 6, 0.5, 5 / 6)] == [RED, GREEN, BLUE]

    page = compare(window, 3, 2, 1, 0)
    places = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    assert [colour_at(page.view, *place) for place in places] == [RED, GREEN, BLUE, YELLOW]


def test_what_is_in_the_middle_stays_there_in_every_mode_and_size(window: MainWindow, desk: CompareDesk) -> None:
    """Zoomed, with more room for one picture, it lay at the left of emptiness."""
    view = compare(window, 3, 2, 1).view

    def middle(width: float) -> tuple[float, float]:
        return view.viewport.to_picture(width / 2, view.height() / 2)

    view.zoom.by(4)
    view.zoom.pan(-40, 20)
    seen = middle((view.width() - 2 * px(8)) // 3)
    for mode in (CompareMode.SLIDER, CompareMode.DIFFERENCE):
        view.set_mode(mode)
        assert middle(view.width()) == pytest.approx(seen, abs=1)
    view.resize(view.width() - 200, view.height())
    assert middle(view.width()) == pytest.approx(seen, abs=1)


def test_zoom_and_pan_are_the_same_in_all_also_for_other_sizes(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 0)
    view = page.view
    before = view.viewport
    place = QPointF(view.width() * 0.75, view.height() * 0.5)
    wheel = QWheelEvent(
        place, view.mapToGlobal(place), QPoint(), QPoint(0, 120 * 8), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip

    QApplication.sendEvent(view, wheel)

    assert view.viewport.zoom > before.zoom
    assert (colour_at(view, 0.01), colour_at(view, 0.49)) == (RED, RED)  # either pane is filled now
    assert (colour_at(view, 0.51), colour_at(view, 0.99)) == (YELLOW, YELLOW)
    press(page, "-", "+")
    QTest.keyClick(view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert view.viewport.zoom == 1
    left = view.viewport.left
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.viewport.left < left
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert view.viewport == before


def test_the_slider_shows_one_at_its_left_and_the_other_at_its_right(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2)
    view = page.view
    press(page, "2")
    assert view.mode is CompareMode.SLIDER
    assert (colour_at(view, 0.45), colour_at(view, 0.55)) == (RED, GREEN)

    press(page, "]", "]")
    assert colour_at(view, 0.55) == RED
    middle = QPoint(round(view.divider * view.width()), view.height() // 2)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view, QPoint(round(view.width() * 0.4), middle.y()))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton)
    assert view.divider == pytest.approx(0.4, abs=0.01)
    assert colour_at(view, 0.45) == GREEN
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert colour_at(view, 0.45) == RED


def test_under_reduced_motion_they_take_turns_only_when_that_is_asked_for(
    window: MainWindow, desk: CompareDesk, qapp: QApplication
) -> None:
    page = compare(window, 3, 2)
    apply_theme(qapp, Theme.DARK, DesktopLook(less_motion=True))
    try:
        press(page, "3")
        assert not page.view.is_turning
        press(page, "P")
        assert page.view.is_turning
        QTest.keyClick(page.view, Qt.Key.Key_Escape)
    finally:
        apply_theme(qapp, Theme.DARK)


def test_they_take_turns_until_the_user_turns_them(window: MainWindow, desk: CompareDesk, qtbot: QtBot) -> None:
    page = compare(window, 3, 2)
    press(page, "3")
    with qtbot.waitSignal(page.view.turned):
        assert page.view.is_turning
    QTest.keyClick(page.view, Qt.Key.Key_Space)
    assert not page.view.is_turning
    seen = [colour_at(page.view, 0.5)]
    QTest.keyClick(page.view, Qt.Key.Key_Space)
    seen.append(colour_at(page.view, 0.5))
    assert sorted(seen) == sorted([RED, GREEN])
    press(page, "P")
    assert page.view.is_turning
    QTest.keyClick(page.view, Qt.Key.Key_Escape)
    assert not page.view.is_turning


def test_the_difference_is_shown_and_told_for_each_pair(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2, 0)
    press(page, "4")
    lit = colour_at(page.view, 0.5)
    assert QColor(lit).red() == QColor(lit).green() > 200
    assert page.state.text() == "100.0% of the pixels differ, by 200 of 255 at most."

    press(page, "N")

    assert page.view.other == 2
    assert page.next_other.text() == "A and C"
    assert page.state.text().endswith("The second was scaled to the size of the first.")
    QTest.keyClick(page.view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert page.view.other == 1


def test_what_differs_is_marked_and_the_rest_named_in_one_line(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2, 0)

    texts = [(part.text(), part.objectName()) for part in page.facts.findChildren(QLabel)]
    steps = [text for text in texts if text[0] in {"4", "5", "7"}]
    assert steps == [("4", ""), ("5", "marked"), ("7", "marked")]
    assert ("32 × 32", "marked") in texts
    [same] = [text for text, look in texts if text.startswith("The same:")]
    assert "Prompt a red apple" in same
    assert "Seed 42" in same
    assert "Steps: 4, 5, 7" in page.facts.accessibleDescription()


def test_a_picture_without_settings_tells_its_name(records: list[PictureRecord]) -> None:
    bare = replace(records[0], parameters=None)
    assert records[1].parameters is not None
    other = replace(records[1], parameters=replace(records[1].parameters, prompt=Prompt("")))

    facts = {fact.name: fact.values for fact in compared_facts([bare, other])}

    assert facts["File"] == (bare.path.name, "")
    assert facts["Prompt"] == ("", "(empty)")


def test_a_new_picture_takes_the_page_away(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2)
    desk.hide()
    assert not page.isVisible()
    desk.hide()  # nothing to hide


def test_buttons_do_what_the_keys_do(window: MainWindow, desk: CompareDesk) -> None:
    page = compare(window, 3, 2, 1)
    for mode, button in page.modes.items():
        button.click()
        assert page.view.mode is mode
        assert page.next_other.isVisible() == (mode is not CompareMode.SIDE_BY_SIDE)
        assert page.play.isVisible() == (mode is CompareMode.FLICKER)
    page.next_other.click()
    assert page.view.other == 2
