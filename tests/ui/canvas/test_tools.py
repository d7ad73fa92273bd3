"""What each tool does to the canvas, with real events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QPointingDevice
from pytestqt.qtbot import QtBot

from studio.imaging.canvas import Canvas
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.tools.extend import Extend, Margins
from studio.ui.canvas.tools.tool import ToolName, in_eighths
from tests.ui.canvas.conftest import MIDDLE, NONE, Hand, a_picture

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
PRESS, MOVE, RELEASE = QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease


def masked(canvas: Canvas) -> int:
    """Pixels that are masked at least half."""
    return int((canvas.mask >= 128).sum())


# --- strokes


def test_a_click_with_the_brush_paints_one_dab(hand: Hand, canvas: Canvas) -> None:
    hand.click(50, 40)
    assert masked(canvas) == pytest.approx(np.pi * 25, rel=0.06)
    assert canvas.mask[40, 50] == 255
    assert canvas.mask[40, 58] == 0


def test_a_drag_with_the_brush_paints_a_line(hand: Hand, canvas: Canvas) -> None:
    hand.drag((30, 40), (60, 40), (90, 40))
    assert canvas.mask[40, 30:91].min() == 255
    assert masked(canvas) == pytest.approx(60 * 10 + np.pi * 25, rel=0.04)


def test_a_stroke_is_one_step_back(hand: Hand, view: CanvasView, canvas: Canvas, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.edited):
        hand.drag((30, 40), (60, 40), (90, 40))
    assert canvas.undo_label == "Brush stroke"
    view.undo()
    assert masked(canvas) == 0
    view.redo()
    assert canvas.mask[40, 60] == 255


def test_the_eraser_takes_away(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.drag((30, 40), (90, 40))
    view.toolbox.choose(ToolName.ERASER)
    hand.click(60, 40)
    assert canvas.mask[40, 60] == 0
    assert canvas.mask[40, 40] == 255


def test_the_colour_brush_paints_on_the_picture(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.options.set_colour(200, 100, 50)
    view.toolbox.choose(ToolName.COLOUR_BRUSH)
    hand.click(60, 40)
    assert canvas.picture[40, 60].tolist() == [200, 100, 50]
    assert masked(canvas) == 0


def test_alt_takes_a_colour_while_the_colour_brush_is_on(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.COLOUR_BRUSH)
    hand.hover(33, 44)
    press_key(view, Qt.Key.Key_Alt)
    hand.click(33.5, 44.5)
    release_key(view, Qt.Key.Key_Alt)
    assert view.options.colour == (33, 44, 77)
    hand.click(60, 40)
    assert canvas.picture[40, 60].tolist() == [33, 44, 77]


def test_shift_draws_a_straight_line_from_the_last_point(hand: Hand, canvas: Canvas) -> None:
    hand.click(30, 40)
    hand.modifiers = SHIFT
    hand.click(90, 70)
    assert canvas.mask[55, 60] == 255
    assert canvas.undo_label == "Brush stroke"


def test_ctrl_keeps_the_straight_line_to_eighths(hand: Hand, canvas: Canvas) -> None:
    hand.click(30, 40)
    hand.modifiers = SHIFT | CTRL
    hand.click(90, 44)
    assert canvas.mask[40, 30:91].min() == 255
    assert canvas.mask[46:, :].max() == 0


def test_the_line_that_shift_would_draw_is_shown(hand: Hand, view: CanvasView) -> None:
    hand.click(30, 40)
    assert view.toolbox.chosen.overlay() is None
    hand.modifiers = SHIFT
    hand.hover(90, 70)
    overlay = view.toolbox.chosen.overlay()
    assert overlay is not None
    assert overlay.path.currentPosition() == QPointF(90, 70)


def test_eighths_of_a_turn() -> None:
    start = QPointF(0, 0)
    assert in_eighths(start, QPointF(10, 1)) == QPointF(10, 0)
    diagonal = in_eighths(start, QPointF(10, 8))
    assert diagonal.x() == pytest.approx(9)
    assert diagonal.y() == pytest.approx(9)


def test_escape_drops_the_stroke(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.press(30, 40)
    hand.move(60, 40)
    hand.key(Qt.Key.Key_Escape)
    hand.move(90, 40)
    hand.release(90, 40)
    assert masked(canvas) == 0
    assert canvas.undo_label is None


def test_undo_during_a_stroke_drops_the_stroke(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.press(30, 40)
    view.undo()
    hand.release(30, 40)
    assert masked(canvas) == 0


def test_another_tool_ends_the_stroke(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.press(30, 40)
    hand.move(60, 40)
    view.toolbox.choose(ToolName.LASSO)
    assert canvas.undo_label == "Brush stroke"
    hand.move(90, 40)
    assert canvas.mask[40, 80] == 0


def test_another_canvas_ends_the_stroke(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.press(30, 40)
    view.set_canvas(Canvas(a_picture(64, 64)))
    assert canvas.undo_label == "Brush stroke"
    hand.move(20, 20)
    hand.release(20, 20)
    assert masked(view.canvas) == 0


def test_a_window_that_goes_ends_the_stroke(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.press(30, 40)
    view.window().hide()
    assert canvas.undo_label == "Brush stroke"
    assert not canvas.is_drawing


# --- the pen


def test_the_pen_draws_as_wide_as_it_is_pressed(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.options.set_diameter(20)
    assert hand.pen(PRESS, 40, 40, 0.5)
    hand.pen(RELEASE, 40, 40, 0.0)
    lightly = masked(canvas)
    hand.pen(PRESS, 100, 40, 1.0)
    hand.pen(MOVE, 101, 40, 1.0)
    hand.pen(RELEASE, 101, 40, 0.0)
    assert lightly == pytest.approx(np.pi * 25, rel=0.1)
    assert masked(canvas) - lightly > 3.5 * lightly


def test_the_other_end_of_the_pen_erases(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.drag((30, 40), (90, 40))
    eraser = QPointingDevice.PointerType.Eraser
    hand.pen(PRESS, 60, 40, 1.0, eraser)
    hand.pen(RELEASE, 60, 40, 0.0, eraser)
    assert canvas.mask[40, 60] == 0
    assert view.toolbox.chosen.name is ToolName.BRUSH
    hand.click(60, 40)
    assert canvas.mask[40, 60] == 255


def test_old_steps_are_packed_while_nothing_is_drawn(
    hand: Hand, view: CanvasView, canvas: Canvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [True, True, False]
    monkeypatch.setattr(canvas.history, "pack_next", lambda: left.pop(0))
    hand.click(50, 40)
    qtbot.waitUntil(lambda: not left)
    assert not view._tidying.is_active


# --- areas


def test_a_rectangle_has_whole_pixels(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    hand.drag((20.2, 30.2), (50, 50), (59.8, 69.9))
    assert masked(canvas) == 40 * 40
    assert set(np.unique(canvas.mask)) == {0, 255}
    assert canvas.undo_label == "Rectangle"


def test_shift_makes_a_square_and_alt_starts_in_the_middle(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    hand.modifiers = SHIFT | ALT
    hand.drag((80, 60), (100, 70))
    assert canvas.mask[40:80, 60:100].min() == 255
    assert masked(canvas) == 40 * 40


def test_ctrl_takes_a_rectangle_away(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    hand.drag((20, 20), (60, 60))
    hand.modifiers = CTRL
    hand.drag((30, 30), (50, 50))
    assert masked(canvas) == 40 * 40 - 20 * 20


def test_an_ellipse_fills_its_box(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.ELLIPSE)
    hand.drag((20, 20), (80, 60))
    assert masked(canvas) == pytest.approx(np.pi * 30 * 20, rel=0.01)
    assert canvas.mask[40, 50] == 255
    assert canvas.mask[21, 21] == 0


def test_a_slip_of_the_hand_is_no_area(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    hand.drag((20, 20), (21, 20))
    assert canvas.undo_label is None


def test_a_rectangle_may_reach_beyond_the_picture(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    hand.drag((140, 100), (200, 150))
    assert masked(canvas) == 20 * 20


def test_escape_drops_a_rectangle(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.RECTANGLE)
    hand.press(20, 20)
    hand.move(60, 60)
    assert view.toolbox.chosen.overlay() is not None
    hand.key(Qt.Key.Key_Escape)
    hand.release(60, 60)
    assert view.toolbox.chosen.overlay() is None
    assert masked(canvas) == 0


def test_the_lasso_fills_what_it_goes_around(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.LASSO)
    hand.drag((20, 20), (80, 20), (80, 60), (20, 60))
    assert masked(canvas) == pytest.approx(60 * 40, rel=0.02)
    hand.modifiers = ALT
    hand.drag((30, 30), (70, 30), (70, 50), (30, 50))
    assert masked(canvas) == pytest.approx(60 * 40 - 40 * 20, rel=0.03)


def test_a_polygon_is_closed_by_enter(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.POLYGON)
    for corner in ((20, 20), (80, 20), (80, 60), (20, 60)):
        hand.click(*corner)
    assert masked(canvas) == 0
    hand.key(Qt.Key.Key_Return)
    assert masked(canvas) == pytest.approx(60 * 40, rel=0.02)
    assert not view.toolbox.chosen.is_unfinished


def test_a_polygon_is_closed_by_its_first_corner(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.POLYGON)
    for corner in ((20, 20), (80, 20), (80, 60), (21, 21)):
        hand.click(*corner)
    assert masked(canvas) == pytest.approx(60 * 40 / 2, rel=0.05)


def test_a_polygon_is_closed_by_a_double_click(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.POLYGON)
    for corner in ((20, 20), (80, 20), (80, 60), (80, 60)):
        hand.click(*corner)
    assert masked(canvas) == pytest.approx(60 * 40 / 2, rel=0.05)


def test_undo_takes_one_corner_back_and_escape_all(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.POLYGON)
    for corner in ((20, 20), (80, 20), (80, 60), (150, 110)):
        hand.click(*corner)
    view.undo()
    hand.hover(20, 60)
    overlay = view.toolbox.chosen.overlay()
    assert overlay is not None
    assert len(overlay.handles) == 3
    hand.key(Qt.Key.Key_Escape)
    assert view.toolbox.chosen.overlay() is None
    assert canvas.undo_label is None


def test_shift_keeps_a_polygon_to_eighths(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.POLYGON)
    hand.click(20, 20)
    hand.modifiers = SHIFT
    hand.click(80, 23)
    hand.click(82, 60)
    hand.key(Qt.Key.Key_Return)
    assert masked(canvas) == pytest.approx(60 * 40 / 2, rel=0.05)
    assert canvas.mask[:20].max() == 0


# --- what is there already


def blocks() -> np.ndarray:
    """Red, with two green blocks apart from each other."""
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[..., 0] = 200
    picture[20:40, 20:40] = (20, 200, 20)
    picture[80:100, 100:130] = (26, 206, 14)
    return picture


def test_magic_select_takes_what_hangs_together(hand: Hand, view: CanvasView) -> None:
    view.set_canvas(Canvas(blocks()))
    view.toolbox.choose(ToolName.MAGIC_SELECT)
    hand.click(30, 30)
    assert masked(view.canvas) == 20 * 20
    hand.modifiers = CTRL
    hand.click(30, 30)
    assert masked(view.canvas) == 0


def test_magic_select_everywhere_within_the_tolerance(hand: Hand, view: CanvasView) -> None:
    view.set_canvas(Canvas(blocks()))
    view.toolbox.choose(ToolName.MAGIC_SELECT)
    view.options.set_contiguous(False)
    view.options.set_tolerance(5)
    hand.click(30, 30)
    assert masked(view.canvas) == 20 * 20
    view.options.set_tolerance(6)
    hand.click(30, 30)
    assert masked(view.canvas) == 20 * 20 + 20 * 30


def test_fill_inside_fills_a_painted_ring(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.options.set_diameter(4)
    hand.drag((40, 30), (100, 30), (100, 90), (40, 90), (40, 30))
    view.toolbox.choose(ToolName.FILL_INSIDE)
    hand.click(70, 60)
    assert canvas.mask[30:90, 40:100].min() == 255
    assert masked(canvas) == pytest.approx(64 * 64, rel=0.02)
    assert canvas.mask[10, 10] == 0


def test_fill_inside_with_ctrl_empties_a_painted_place(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.click(40, 30)
    hand.click(100, 30)
    view.toolbox.choose(ToolName.FILL_INSIDE)
    hand.modifiers = CTRL
    hand.click(40, 30)
    assert canvas.mask[:, :70].max() == 0
    assert canvas.mask[30, 100] == 255


def test_the_picker_takes_the_colour_under_it(hand: Hand, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.PICKER)
    hand.drag((10.5, 20.5), (50.5, 60.5))
    assert view.options.colour == (50, 60, 110)
    hand.click(-20, -20)
    assert view.options.colour == (50, 60, 110)


# --- the hand


def shown_at(view: CanvasView, place: QPointF) -> QPointF:
    return view.sight.to_picture(place)


@pytest.mark.parametrize("way", ["hand", "middle button", "space"])
def test_moving_the_picture_keeps_its_point_under_the_pointer(way: str, hand: Hand, view: CanvasView) -> None:
    place, target = hand.place(50, 40), hand.place(50, 40) + QPointF(60, 30)
    button = MIDDLE if way == "middle button" else Qt.MouseButton.LeftButton
    if way == "hand":
        view.toolbox.choose(ToolName.HAND)
    if way == "space":
        press_key(view, Qt.Key.Key_Space)
    hand.press(50, 40, button)
    hand._mouse(QEvent.Type.MouseMove, target, Qt.MouseButton.NoButton, button)
    hand._mouse(QEvent.Type.MouseButtonRelease, target, button, Qt.MouseButton.NoButton)
    if way == "space":
        release_key(view, Qt.Key.Key_Space)
    assert shown_at(view, target) == QPointF(50, 40)
    assert shown_at(view, place) != QPointF(50, 40)
    assert masked(view.canvas) == 0
    hand.click(70, 50)
    assert (masked(view.canvas) > 0) is (way != "hand")


# --- the frame


def test_what_was_added_is_brought_into_sight(view: CanvasView, canvas: Canvas) -> None:
    view.sight.zoom_at(QPointF(0, 0), 2.0)
    view.extend(0, 0, 64, 0)
    corner = view.sight.to_view(canvas.width, canvas.height)
    assert view.rect().contains(corner.toPoint())


def test_dragging_an_edge_shows_multiples_of_8_and_enter_extends(
    hand: Hand, view: CanvasView, canvas: Canvas, qtbot: QtBot
) -> None:
    view.sight.zoom_at(QPointF(0, 0), 1.0)
    view.pan(100, 100)
    view.toolbox.choose(ToolName.EXTEND)
    hand.drag((160, 60), (185, 60))
    hand.drag((80, 0), (80, -13))
    overlay = view.toolbox.chosen.overlay()
    assert overlay is not None
    assert [text for _, text in overlay.captions] == ["+16", "+24", "184 × 136"]
    place = hand.place(50, 40)
    with qtbot.waitSignal(view.edited):
        hand.key(Qt.Key.Key_Return)
    assert (canvas.width, canvas.height) == (184, 136)
    assert canvas.mask[:16].min() == 255
    assert canvas.mask[:, 160:].min() == 255
    assert canvas.mask[16:, :160].max() == 0
    assert view.sight.to_picture(place) == QPointF(50, 56), "what is seen stays in its place"
    view.undo()
    assert (canvas.width, canvas.height) == (160, 120)


def test_the_frame_gets_room_around_it(view: CanvasView) -> None:
    view.sight.fit()
    before = view.zoom
    view.toolbox.choose(ToolName.EXTEND)
    assert view.sight.to_view(0, 0).y() > view.height() / 6
    view.toolbox.choose(ToolName.BRUSH)
    assert view.zoom == before


def test_the_cursor_tells_which_way_an_edge_goes(hand: Hand, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.EXTEND)
    shapes = [Qt.CursorShape.SizeHorCursor, Qt.CursorShape.SizeVerCursor, Qt.CursorShape.SizeFDiagCursor]
    for place, shape in zip(((160, 60), (80, 120), (160, 120)), shapes, strict=True):
        hand.hover(*place)
        assert view.cursor().shape() == shape
    hand.hover(80, 60)
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_corner_moves_two_edges_and_alt_the_opposite_one(hand: Hand, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.EXTEND)
    tool = view.toolbox.chosen
    assert isinstance(tool, Extend)
    hand.drag((160, 120), (176, 128))
    assert tool.margins == Margins(0, 0, 16, 8)
    hand.modifiers = ALT
    hand.drag((176, 60), (192, 60))
    assert tool.margins == Margins(32, 0, 32, 8)


def test_escape_takes_the_frame_back_then_leaves_the_tool(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.EXTEND)
    hand.drag((160, 60), (185, 60))
    hand.key(Qt.Key.Key_Escape)
    tool = view.toolbox.chosen
    assert isinstance(tool, Extend)
    assert tool.margins.is_empty
    hand.key(Qt.Key.Key_Escape)
    assert view.toolbox.chosen.name is ToolName.BRUSH
    assert canvas.width == 160


def test_typed_margins_are_brought_to_multiples_and_limits(view: CanvasView) -> None:
    tool = view.toolbox.all[ToolName.EXTEND]
    assert isinstance(tool, Extend)
    tool.set_margins(Margins(5, -7, 13, 100_000))
    assert tool.margins == Margins(8, 0, 16, 8072)


# --- from the keyboard alone


def test_arrows_move_a_crosshair_and_enter_dabs(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.sight.fit()
    hand.key(Qt.Key.Key_Right)
    at = view.state.rpartition("at ")[2]
    assert at
    hand.key(Qt.Key.Key_Return)
    x, y = (int(number) for number in at.split(", "))
    assert canvas.mask[y, x] == 255
    assert canvas.undo_label == "Brush stroke"


def test_space_held_and_arrows_draw_a_line(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    hand.key(Qt.Key.Key_Right)
    x = int(view.state.rpartition("at ")[2].split(", ")[0])
    press_key(view, Qt.Key.Key_Space)
    for _ in range(6):
        hand.key(Qt.Key.Key_Left)
    release_key(view, Qt.Key.Key_Space)
    y = int(view.state.rpartition(", ")[2])
    assert canvas.mask[min(y, 119), x - 28 : x - 2].min() == 255
    assert canvas.undo_label == "Brush stroke"


def test_steps_of_the_crosshair(hand: Hand, view: CanvasView) -> None:
    hand.hover(50, 40)
    for modifiers, step in ((NONE, 5), (SHIFT, 1), (CTRL, 25)):
        before = int(view.state.rpartition("at ")[2].split(", ")[0]) if "at " in view.state else 50
        hand.key(Qt.Key.Key_Right, modifiers)
        assert int(view.state.rpartition("at ")[2].split(", ")[0]) == before + step


@pytest.mark.parametrize("tool", [ToolName.RECTANGLE, ToolName.ELLIPSE, ToolName.LASSO])
def test_areas_are_drawn_with_space_and_arrows(tool: ToolName, hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(tool)
    hand.hover(50, 40)
    hand.key(Qt.Key.Key_Right)
    press_key(view, Qt.Key.Key_Space)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        hand.key(key, CTRL if tool is not ToolName.LASSO else NONE)
    release_key(view, Qt.Key.Key_Space)
    assert masked(canvas) > 20


def test_a_polygon_is_drawn_with_space_arrows_and_enter(hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(ToolName.POLYGON)
    hand.hover(50, 40)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        hand.key(key, CTRL)
        hand.key(Qt.Key.Key_Space)
    hand.key(Qt.Key.Key_Return)
    assert masked(canvas) == pytest.approx(25 * 25 / 2, rel=0.1)


@pytest.mark.parametrize("tool", [ToolName.MAGIC_SELECT, ToolName.FILL_INSIDE])
def test_clicking_tools_work_with_enter(tool: ToolName, hand: Hand, view: CanvasView, canvas: Canvas) -> None:
    view.toolbox.choose(tool)
    hand.key(Qt.Key.Key_Left)
    hand.key(Qt.Key.Key_Return)
    assert masked(canvas) > 0


def test_a_crosshair_comes_into_sight(hand: Hand, view: CanvasView) -> None:
    view.sight.zoom_at(QPointF(0, 0), 20)
    hand.hover(5, 5)
    for _ in range(8):
        hand.key(Qt.Key.Key_Right, CTRL)
    x = int(view.state.rpartition("at ")[2].split(", ")[0])
    assert view.rect().contains(view.sight.to_view(x, 5).toPoint())


def press_key(view: CanvasView, key: Qt.Key) -> None:
    from PySide6.QtTest import QTest

    QTest.keyPress(view, key)


def release_key(view: CanvasView, key: Qt.Key) -> None:
    from PySide6.QtTest import QTest

    QTest.keyRelease(view, key)
