"""What the view shows, and where."""

from __future__ import annotations

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QNativeGestureEvent, QPainter, QPointingDevice, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.core.geometry import Rect
from studio.imaging import pyramid
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.settings.model import Theme
from studio.ui.canvas.canvas_page import CanvasPage
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.mask_look import MaskLook, MaskStyle
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.desktop_look import DesktopLook
from studio.ui.theme import DARK, LIGHT, apply_theme
from tests.ui.canvas.conftest import NONE, Hand, a_picture, on_screen, pixels_of, wheel_event


def colour_at(view: CanvasView, x: float, y: float) -> tuple[int, ...]:
    place = view.sight.to_view(x, y)
    return tuple(int(value) for value in on_screen(view)[int(place.y()), int(place.x())])


def away(view: CanvasView) -> None:
    """No brush outline in the way."""
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))


# --- zoom and place


def test_a_new_canvas_is_shown_whole(view: CanvasView) -> None:
    view.set_canvas(Canvas(a_picture(300, 100)))
    corners = [view.sight.to_view(0, 0), view.sight.to_view(300, 100)]
    assert all(view.rect().contains(corner.toPoint()) for corner in corners)
    assert corners[1].x() - corners[0].x() > 0.9 * view.width()


def test_a_large_picture_is_shown_without_going_through_all_of_it(
    view: CanvasView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That holds the window up: it was done where the canvas was made, in the background."""
    large = Canvas(np.full((2400, 3600, 3), 77, np.uint8), np.full((2400, 3600), 255, np.uint8))
    halved: list[int] = []
    halve = pyramid._halved  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(pyramid, "_halved", lambda array: halved.append(array.size) or halve(array))

    view.set_canvas(large)
    view.grab()

    assert sum(halved) < 1_000_000


def test_a_fitted_picture_stays_fitted_when_the_view_is_resized(page: CanvasPage, view: CanvasView) -> None:
    view.sight.fit()
    before = view.zoom
    page.resize(500, 400)
    assert view.zoom < before
    assert view.rect().contains(view.sight.to_view(160, 120).toPoint())


def test_a_zoomed_picture_keeps_its_middle_when_the_view_is_resized(page: CanvasPage, view: CanvasView) -> None:
    view.sight.zoom_at(QPointF(view.rect().center()), 3.0)
    middle = view.sight.to_picture(QPointF(view.width(), view.height()) / 2)
    page.resize(600, 500)
    after = view.sight.to_picture(QPointF(view.width(), view.height()) / 2)
    assert abs(after.x() - middle.x()) < 1
    assert abs(after.y() - middle.y()) < 1


def gesture(view: CanvasView, kind: Qt.NativeGestureType, value: float, place: QPointF) -> None:
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(kind, device, 2, place, place, view.mapToGlobal(place), value, QPointF())
    QApplication.sendEvent(view, event)


def test_two_fingers_zoom_at_their_place_and_a_double_tap_fits(view: CanvasView) -> None:
    place, before = QPointF(120, 90), view.sight.zoom
    point = view.sight.to_picture(place)
    gesture(view, Qt.NativeGestureType.ZoomNativeGesture, 0.5, place)
    assert view.sight.zoom == pytest.approx(1.5 * before)
    assert (view.sight.to_view(point.x(), point.y()) - place).manhattanLength() <= 1
    gesture(view, Qt.NativeGestureType.SmartZoomNativeGesture, 0.0, place)
    assert view.sight.is_fitted


@pytest.mark.parametrize("notches", [1, -1, 5, -3])
def test_the_wheel_keeps_the_point_under_the_pointer(notches: float, hand: Hand, view: CanvasView) -> None:
    place = QPointF(333, 222)
    before = view.sight.to_picture(place)
    hand.wheel(place, notches)
    after = view.sight.to_view(before.x(), before.y())
    assert abs(after.x() - place.x()) <= 0.501
    assert abs(after.y() - place.y()) <= 0.501
    assert (view.zoom > 2) is (notches > 0)


def test_the_pixel_under_the_pointer_stays_the_same_on_the_screen(hand: Hand, view: CanvasView) -> None:
    place = hand.place(40.5, 30.5)
    hand.wheel(place, 8)
    away(view)
    assert on_screen(view)[int(place.y()), int(place.x())].tolist() == [40, 30, 70]


def test_a_touchpad_moves_the_picture_and_zooms_with_ctrl(view: CanvasView) -> None:
    place = QPointF(200, 200)
    before = view.sight.viewport
    QApplication.sendEvent(view, wheel_event(view, place, 0.5, NONE, touchpad=True))
    assert view.sight.viewport == before.moved(0, 30)
    ctrl = Qt.KeyboardModifier.ControlModifier
    QApplication.sendEvent(view, wheel_event(view, place, 0.5, ctrl, touchpad=True))
    assert view.zoom > before.zoom


def test_zoom_has_its_limits(hand: Hand, view: CanvasView) -> None:
    hand.wheel(QPointF(100, 100), 60)
    assert view.zoom == 20
    hand.wheel(QPointF(100, 100), -120)
    assert view.zoom == 0.1


def test_whole_notches_settle_on_round_values(hand: Hand, view: CanvasView) -> None:
    for _ in range(4):
        hand.wheel(QPointF(100, 100), -1)
    assert view.zoom == 1.0
    for _ in range(4):
        hand.wheel(QPointF(100, 100), 1)
    assert view.zoom == 2.0


def test_small_steps_are_not_caught_by_round_values(hand: Hand, view: CanvasView) -> None:
    view.actual_size()
    for _ in range(20):
        hand.wheel(QPointF(100, 100), 0.05)
    assert view.zoom == pytest.approx(2**0.25, rel=0.01)


def test_the_picture_cannot_be_lost(view: CanvasView) -> None:
    view.pan(10_000, 10_000)
    assert view.rect().contains(view.sight.to_view(0, 0).toPoint())


# --- how pixels look


def test_pixels_are_crisp_from_800_per_cent_on(view: CanvasView) -> None:
    view.sight.zoom_at(QPointF(0, 0), 8.0)
    away(view)
    left, top = view.sight.viewport.left, view.sight.viewport.top
    shown = on_screen(view)[top : top + 400, left : left + 400]
    assert np.array_equal(shown, np.repeat(np.repeat(a_picture()[:50, :50], 8, 0), 8, 1))


def test_pixels_are_smooth_below(view: CanvasView) -> None:
    view.sight.zoom_at(QPointF(0, 0), 7.0)
    away(view)
    left, top = view.sight.viewport.left, view.sight.viewport.top
    red = on_screen(view)[top + 100, left : left + 400, 0].astype(int)
    assert np.abs(red - (np.arange(400) + 0.5) / 7 + 0.5).max() <= 1


def test_pixels_are_themselves_at_100_per_cent(view: CanvasView) -> None:
    view.sight.zoom_at(QPointF(0, 0), 1.0)
    away(view)
    left, top = view.sight.viewport.left, view.sight.viewport.top
    assert np.array_equal(on_screen(view)[top : top + 120, left : left + 160], a_picture())


def test_a_picture_seen_from_afar_is_smooth(view: CanvasView) -> None:
    """A chequer of single black and white pixels becomes an even grey, without a pattern."""
    rows, columns = np.mgrid[0:512, 0:512]
    chequer = np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    view.set_canvas(Canvas(chequer))
    view.sight.zoom_at(QPointF(0, 0), 0.4)
    away(view)
    left, top = view.sight.viewport.left, view.sight.viewport.top
    shown = on_screen(view)[top + 5 : top + 195, left + 5 : left + 195]
    assert shown.min() >= 126
    assert shown.max() <= 130


def test_beside_the_picture_there_is_the_ground(view: CanvasView) -> None:
    view.sight.fit()
    away(view)
    assert on_screen(view)[2, 2].tolist() == list(QColor(DARK.canvas).getRgb()[:3])


# --- only what changed is drawn, and it is drawn right


class _Screen:
    """Keeps what the view has painted so far, area by area, like the window's own store."""

    def __init__(self, view: CanvasView, patch: pytest.MonkeyPatch) -> None:
        self._view = view
        self._image = view.grab().toImage()
        self._due = QRegion()
        self.areas: list[QRect] = []
        patch.setattr(view, "update", self._note)

    def paint(self) -> None:
        """Draw what the view asked for since the last time, and nothing else."""
        painter = QPainter(self._image)
        for area in self._due:
            self.areas.append(area)
            self._view.render(painter, area.topLeft(), QRegion(area), QWidget.RenderFlag(0))
        painter.end()
        self._due = QRegion()

    @property
    def pixels(self) -> np.ndarray:
        return pixels_of(self._image)

    def _note(self, area: QRect | None = None) -> None:
        self._due += QRegion(self._view.rect() if area is None else area & self._view.rect())


@pytest.mark.parametrize("style", list(MaskStyle))
@pytest.mark.parametrize("zoom", [0.25, 0.7, 1.0, 1.3, 9.0])
def test_what_is_drawn_bit_by_bit_is_what_is_drawn_at_once(
    zoom: float, style: MaskStyle, view: CanvasView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_canvas(Canvas(a_picture(900, 700)))
    view.set_mask_look(MaskLook(style))
    view.ants.halt()
    view.options.set_diameter(60)
    view.options.set_hardness(0.3)
    view.sight.zoom_at(QPointF(0, 0), zoom)
    hand, screen = Hand(view), _Screen(view, monkeypatch)
    for tool in (ToolName.BRUSH, ToolName.COLOUR_BRUSH, ToolName.ERASER, ToolName.ELLIPSE, ToolName.BRUSH):
        view.toolbox.choose(tool)
        hand.press(50, 60)
        for point in ((90, 75), (150, 170), (140, 60), (210, 111)):
            hand.move(*point)
            screen.paint()
        hand.release(210, 111)
    for act in (view.undo, view.undo, view.redo, lambda: hand.hover(77, 88)):
        act()
        screen.paint()
    assert not any(area == view.rect() for area in screen.areas) or style is MaskStyle.ANTS
    piece_by_piece = screen.pixels
    view.refresh(None)
    assert np.array_equal(piece_by_piece, on_screen(view))


def test_a_stroke_draws_only_around_the_brush(view: CanvasView, hand: Hand) -> None:
    hand.press(30, 30)
    asked: list[QRect] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "update", asked.append)
        view._due = type(view._due)()
        hand.move(36, 30)
    whole = QRect()
    for area in asked:
        whole = whole.united(area)
    assert whole.width() < 100
    assert whole.height() < 70


def test_changes_from_outside_are_shown(view: CanvasView, canvas: Canvas) -> None:
    away(view)
    on_screen(view)
    area = canvas.paint_area(LayerName.PICTURE, Rect(20, 20, 10, 10), np.full((10, 10), 255, np.uint8), (1, 2, 3), "")
    view.refresh(area)
    assert colour_at(view, 25, 25) == (1, 2, 3)


def test_an_extension_of_a_picture_seen_whole_is_seen_whole(view: CanvasView) -> None:
    view.sight.fit()
    view.extend(0, 0, 160, 0)
    assert view.rect().contains(view.sight.to_view(320, 120).toPoint())


def test_an_undone_extension_is_shown_whole(view: CanvasView, canvas: Canvas) -> None:
    view.extend(16, 0, 0, 8)
    view.undo()
    away(view)
    assert view.rect().contains(view.sight.to_view(160, 120).toPoint())
    assert colour_at(view, 10.5, 10.5) == (10, 10, 20)


# --- the mask's looks


def masked_canvas() -> Canvas:
    picture = np.full((120, 160, 3), 100, np.uint8)
    mask = np.zeros((120, 160), np.uint8)
    mask[40:80, 40:80] = 255
    mask[40:80, 80:100] = 128
    return Canvas(picture, mask)


@pytest.fixture
def masked(view: CanvasView) -> CanvasView:
    view.set_canvas(masked_canvas())
    view.sight.zoom_at(QPointF(0, 0), 2.0)
    away(view)
    return view


def test_the_mask_is_a_translucent_colour(masked: CanvasView) -> None:
    masked.set_mask_look(MaskLook(MaskStyle.COLOUR, "#ff0000"))
    assert colour_at(masked, 60, 60) == pytest.approx((185, 45, 45), abs=1)
    assert colour_at(masked, 90, 60) == pytest.approx((143, 72, 72), abs=2)
    assert colour_at(masked, 20, 60) == (100, 100, 100)


def test_the_mask_has_the_accent_of_the_theme(masked: CanvasView, qapp: QApplication) -> None:
    def expected(accent: str) -> list[float]:
        return [0.45 * 100 + 0.55 * channel for channel in QColor(accent).getRgb()[:3]]

    assert colour_at(masked, 60, 60) == pytest.approx(expected(DARK.accent), abs=1.5)
    apply_theme(qapp, Theme.LIGHT)
    assert colour_at(masked, 60, 60) == pytest.approx(expected(LIGHT.accent), abs=1.5)
    apply_theme(qapp, Theme.DARK)


def test_the_mask_alone_is_grey(masked: CanvasView) -> None:
    masked.set_mask_look(MaskLook(MaskStyle.ALONE))
    assert colour_at(masked, 60, 60) == (255, 255, 255)
    assert colour_at(masked, 90, 60) == (128, 128, 128)
    assert colour_at(masked, 20, 60) == (0, 0, 0)


def test_another_picture_is_seen_though_the_mask_was_shown_alone(masked: CanvasView) -> None:
    masked.set_mask_look(MaskLook(MaskStyle.ALONE, "#ff0000"))
    masked.set_canvas(Canvas(np.full((120, 160, 3), 90, np.uint8)))
    assert masked.mask_look == MaskLook(MaskStyle.COLOUR, "#ff0000")
    assert colour_at(masked, 60, 60) == (90, 90, 90)


def test_ants_march_along_the_edge_only(masked: CanvasView) -> None:
    masked.set_mask_look(MaskLook(MaskStyle.ANTS))
    shown = on_screen(masked)
    left, top = masked.sight.viewport.left, masked.sight.viewport.top
    changed = (shown[top : top + 240, left : left + 320] != 100).any(-1)
    rows, columns = np.nonzero(changed)
    assert {rows.min(), columns.min()} <= {79, 80}
    assert rows.max() in {159, 160}
    assert columns.max() in {198, 199, 200}  # the grey part is half masked: its edge lies a little further in
    assert not changed[90:150, 90:190].any()
    dark, light = (shown == 0).all(-1).sum(), (shown == 255).all(-1).sum()
    assert dark > 100
    assert light > 100


def test_ants_move_where_motion_is_wanted(masked: CanvasView, qtbot: QtBot) -> None:
    masked.set_mask_look(MaskLook(MaskStyle.ANTS))
    before = on_screen(masked)
    qtbot.waitUntil(lambda: not np.array_equal(before, on_screen(masked)))


def test_ants_stand_still_as_soon_as_the_desktop_wants_less_motion(masked: CanvasView, qapp: QApplication) -> None:
    masked.set_mask_look(MaskLook(MaskStyle.ANTS))
    assert masked.ants.are_marching
    apply_theme(qapp, Theme.DARK, DesktopLook(less_motion=True))
    assert not masked.ants.are_marching
    apply_theme(qapp, Theme.DARK)
    assert masked.ants.are_marching


# --- compare, candidates


def test_a_candidate_is_shown_in_place_of_the_picture_and_the_mask(masked: CanvasView) -> None:
    masked.show_over(np.full((60, 80, 3), 7, np.uint8))
    assert colour_at(masked, 60, 60) == (7, 7, 7)
    assert colour_at(masked, 159, 119) == (7, 7, 7)
    masked.show_over(None)
    assert colour_at(masked, 20, 60) == (100, 100, 100)


def test_nothing_can_be_painted_under_a_candidate(masked: CanvasView) -> None:
    masked.show_over(np.full((60, 80, 3), 7, np.uint8))
    hand = Hand(masked)
    before = masked.canvas.mask_now()
    hand.drag((10, 10), (30, 10))
    assert np.array_equal(masked.canvas.mask, before)
    assert masked.is_covered


def test_compare_shows_the_original_without_the_mask(view: CanvasView) -> None:
    view.set_canvas(masked_canvas(), original=np.full((120, 160, 3), 9, np.uint8))
    away(view)
    view.set_comparing(True)
    assert colour_at(view, 60, 60) == (9, 9, 9)
    assert view.state.startswith("Original · ")
    view.set_comparing(False)
    assert view.state.startswith("Brush 10 px · ")
    assert colour_at(view, 20, 60) == (100, 100, 100)


def test_compare_without_an_original_hides_the_mask(masked: CanvasView) -> None:
    masked.set_comparing(True)
    assert colour_at(masked, 60, 60) == (100, 100, 100)


# --- the brush's outline


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_the_brush_outline_is_seen_on_every_ground(ground: int, view: CanvasView) -> None:
    view.set_canvas(Canvas(np.full((120, 160, 3), ground, np.uint8)))
    view.sight.zoom_at(QPointF(0, 0), 2.0)
    view.options.set_diameter(40)
    Hand(view).hover(80, 60)
    shown = on_screen(view).astype(int)
    place = view.sight.to_view(80, 60).toPoint()
    edge = shown[place.y() - 4 : place.y() + 4, place.x() + 36 : place.x() + 45, 0]
    assert np.abs(edge - ground).max() > 80
    inside = shown[place.y() - 20 : place.y() - 10, place.x() - 10 : place.x() + 10, 0]
    assert np.array_equal(inside, np.full_like(inside, ground))


def test_the_outline_goes_when_the_pointer_leaves(view: CanvasView) -> None:
    clean = on_screen(view)
    Hand(view).hover(80, 60)
    assert not np.array_equal(on_screen(view), clean)
    away(view)
    assert np.array_equal(on_screen(view), clean)


def test_a_huge_brush_has_an_outline_too(view: CanvasView) -> None:
    view.options.set_diameter(200)
    view.sight.zoom_at(QPointF(0, 0), 10.0)
    away(view)
    clean = on_screen(view)
    Hand(view).hover(100, 10)
    assert not np.array_equal(on_screen(view), clean)


# --- a tool's captions


def test_captions_stay_in_the_view(view: CanvasView, hand: Hand) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    view.sight.zoom_at(QPointF(0, 0), 10.0)
    view.pan(-view.sight.to_picture(QPointF(0, 0)).x(), 0)
    corner = view.sight.to_picture(QPointF(view.width() - 3, view.height() - 3))
    clean = on_screen(view)
    hand.press(corner.x() - 8, corner.y() - 8)
    hand.move(corner.x(), corner.y())
    text = QColor(DARK.surface).getRgb()[:3]
    rows, columns = np.nonzero((on_screen(view) == text).all(-1) & (clean != text).any(-1))
    assert columns.max() < view.width() - 4
    assert rows.max() < view.height() - 4
    assert columns.max() - columns.min() > 30


# --- words


def test_the_state_is_told_as_a_line_and_to_screen_readers(view: CanvasView, hand: Hand, qtbot: QtBot) -> None:
    view.options.set_diameter(50)
    view.sight.zoom_at(QPointF(0, 0), 1.0)
    with qtbot.waitSignal(view.state_changed) as told:
        hand.click(60, 60)
    qtbot.waitUntil(lambda: view.accessibleDescription() == "Brush 50 px · 100 % · mask 10.2 %")
    assert told.args is not None
    assert view.accessibleName() == "Canvas"


def test_other_tools_are_told_without_a_size(view: CanvasView) -> None:
    view.toolbox.choose(ToolName.LASSO)
    assert view.state == "Lasso · 200 % · mask 0.0 %"


def test_without_a_canvas_nothing_happens(page: CanvasPage, view: CanvasView, hand: Hand) -> None:
    page.set_canvas(None)
    view.sight.zoom_at(QPointF(0, 0), 1.0)
    hand.click(10, 10)
    QTest.keyClick(view, Qt.Key.Key_Right)
    view.undo()
    view.redo()
    view.refresh(None)
    assert view.state == "No picture"
    assert on_screen(view)[100, 100].tolist() == list(QColor(DARK.canvas).getRgb()[:3])


def test_a_view_that_is_destroyed_while_it_is_seen_ends_in_silence(canvas: Canvas, qtbot: QtBot) -> None:
    """As at the end of a program that has not closed its window."""
    view = CanvasView()
    view.set_canvas(canvas)
    view.show()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    with qtbot.captureExceptions() as exceptions:
        shiboken6.delete(view)
    assert exceptions == []


def test_on_a_fine_screen_a_pixel_is_a_pixel_of_the_screen(view: CanvasView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "devicePixelRatioF", lambda: 2.0)
    view.sight.zoom_at(QPointF(0, 0), 1.0)
    image = QImage(2 * view.width(), 2 * view.height(), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2.0)
    away(view)
    view.render(image, QPoint(), QRegion(), QWidget.RenderFlag(0))
    left, top = view.sight.viewport.left, view.sight.viewport.top
    assert np.array_equal(pixels_of(image)[top : top + 120, left : left + 160], a_picture())
    assert view.sight.to_view(160, 0).x() - view.sight.to_view(0, 0).x() == 80
