"""Keys, commands and the tool bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAction, QColor, QCursor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QColorDialog,
    QFrame,
    QLineEdit,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.core.resources import resource_path
from studio.imaging.canvas import Canvas
from studio.ui.canvas.canvas_commands import CanvasCommands
from studio.ui.canvas.canvas_page import CanvasPage
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.mask_look import MaskLook, MaskStyle
from studio.ui.canvas.tool_bar import position_of, size_at
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.canvas.tools.extend import Extend, Margins
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.theme import px
from tests.ui.canvas.conftest import Hand, a_picture, wheel_event

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TOOL_KEYS = {
    ToolName.BRUSH: "B",
    ToolName.ERASER: "E",
    ToolName.LASSO: "L",
    ToolName.RECTANGLE: "R",
    ToolName.ELLIPSE: "O",
    ToolName.POLYGON: "P",
    ToolName.MAGIC_SELECT: "W",
    ToolName.FILL_INSIDE: "G",
    ToolName.PICKER: "I",
    ToolName.COLOUR_BRUSH: "C",
    ToolName.HAND: "H",
    ToolName.EXTEND: "U",
}


def press(widget: QWidget, keys: str) -> None:
    """As one types it: Shift and a key give the sign on it."""
    combination = QKeySequence(keys)[0]
    QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())


@pytest.fixture
def commands(page: CanvasPage) -> CanvasCommands:
    return page.canvas_commands


# --- keys


@pytest.mark.parametrize("tool", list(ToolName))
def test_every_tool_has_its_key(tool: ToolName, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.LASSO if tool is not ToolName.LASSO else ToolName.BRUSH)
    press(view, TOOL_KEYS[tool])
    assert view.toolbox.chosen.name is tool


def test_every_command_has_a_name_an_icon_a_sentence_and_its_keys_in_the_tooltip(commands: CanvasCommands) -> None:
    assert len(commands.all) > 35
    for action in commands.all:
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert action.toolTip().startswith(f"{action.text()}: ")
        assert keys in action.toolTip()
        assert not action.icon().isNull()
        assert not action.icon().pixmap(20, 20).isNull()


def test_no_two_commands_have_the_same_keys(commands: CanvasCommands) -> None:
    keys = Counter(keys.toString() for action in commands.all for keys in action.shortcuts())
    assert [key for key, times in keys.items() if times > 1] == []


def test_brackets_change_the_size_and_with_shift_the_hardness(page: CanvasPage, view: CanvasView) -> None:
    page.options.set_diameter(50)
    press(view, "]")
    assert page.options.diameter == 60
    press(view, "[")
    press(view, "[")
    assert page.options.diameter == 45
    QTest.keyClick(view, Qt.Key.Key_BraceLeft, SHIFT)
    assert page.options.hardness == pytest.approx(0.9)
    QTest.keyClick(view, Qt.Key.Key_BraceRight, SHIFT)
    assert page.options.hardness == 1.0


def test_x_swaps_brush_and_eraser(view: CanvasView) -> None:
    press(view, "X")
    assert view.toolbox.chosen.name is ToolName.ERASER
    press(view, "X")
    assert view.toolbox.chosen.name is ToolName.BRUSH


def test_x_held_swaps_only_as_long(view: CanvasView, canvas: Canvas, hand: Hand) -> None:
    hand.drag((30, 40), (90, 40))
    QTest.keyPress(view, Qt.Key.Key_X)
    hand.click(60, 40)
    QTest.keyRelease(view, Qt.Key.Key_X)
    assert canvas.mask[40, 60] == 0
    assert view.toolbox.chosen.name is ToolName.BRUSH


def test_undo_and_redo_by_their_keys(view: CanvasView, canvas: Canvas, hand: Hand) -> None:
    for redo in ("Ctrl+Shift+Z", "Ctrl+Y"):
        hand.click(50, 40)
        press(view, "Ctrl+Z")
        assert canvas.is_mask_empty
        press(view, redo)
        assert not canvas.is_mask_empty
        press(view, "Ctrl+Z")


def test_zoom_keys(view: CanvasView) -> None:
    press(view, "Ctrl+1")
    assert view.zoom == 1.0
    press(view, "+")
    assert view.zoom > 1.0
    press(view, "-")
    assert view.zoom == 1.0
    press(view, "Ctrl+0")
    assert view.zoom > 3.5


def test_m_goes_through_the_looks_of_the_mask(view: CanvasView, commands: CanvasCommands) -> None:
    for style in (MaskStyle.ANTS, MaskStyle.ALONE, MaskStyle.COLOUR):
        press(view, "M")
        assert view.mask_look.style is style
        assert commands.styles[style].isChecked()


def test_backslash_held_shows_the_original(view: CanvasView, commands: CanvasCommands) -> None:
    QTest.keyPress(view, Qt.Key.Key_Backslash)
    assert view.comparing
    assert commands.compare.isChecked()
    QTest.keyRelease(view, Qt.Key.Key_Backslash)
    assert not view.comparing


@pytest.fixture
def window(page: CanvasPage, qtbot: QtBot) -> Iterator[QMainWindow]:
    """A window with a field to type in above the page."""
    window, middle = QMainWindow(), QWidget()
    column = QVBoxLayout(middle)
    field = QLineEdit()
    field.setObjectName("elsewhere")
    column.addWidget(field)
    column.addWidget(page)
    window.setCentralWidget(middle)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    page.setParent(None)
    window.close()


def test_letters_that_are_typed_elsewhere_are_text(page: CanvasPage, window: QMainWindow) -> None:
    [field] = window.findChildren(QLineEdit, "elsewhere")
    field.setFocus()
    QTest.keyClicks(field, "lasso")
    assert field.text() == "lasso"
    assert page.view.toolbox.chosen.name is ToolName.BRUSH
    page.view.setFocus()
    QTest.keyClicks(page.view, "l")
    assert page.view.toolbox.chosen.name is ToolName.LASSO


def test_numbers_in_the_bar_are_typed_not_run(page: CanvasPage) -> None:
    field = page.tool_bar.size_field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "77e")
    assert page.options.diameter == 77
    assert page.view.toolbox.chosen.name is ToolName.BRUSH


def test_keys_of_the_canvas_go_before_those_of_the_window(
    page: CanvasPage, window: QMainWindow, canvas: Canvas
) -> None:
    ran: list[str] = []
    for keys in ("Ctrl+Shift+Z", "Del", "Ctrl+0"):
        action = QAction(keys, window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _, keys=keys: ran.append(keys))
        window.addAction(action)
    page.view.setFocus()
    Hand(page.view).click(50, 40)
    press(page.view, "Ctrl+Z")
    press(page.view, "Ctrl+Shift+Z")
    assert not canvas.is_mask_empty
    press(page.view, "Del")
    press(page.view, "Ctrl+0")
    assert canvas.is_mask_empty
    assert ran == []
    page.view.show_over(a_picture())
    press(page.view, "Del")
    assert ran == ["Del"], "it means the candidate that is shown"


# --- what is done with the mask


@pytest.fixture
def square(page: CanvasPage) -> Canvas:
    mask = np.zeros((120, 160), np.uint8)
    mask[40:80, 40:80] = 255
    canvas = Canvas(a_picture(), mask)
    page.set_canvas(canvas)
    return canvas


def count(canvas: Canvas) -> int:
    return int((canvas.mask >= 128).sum())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invert", 160 * 120 - 1600),
        ("mask_all", 160 * 120),
        ("clear_mask", 0),
        ("grow", 56 * 56),
        ("shrink", 24 * 24),
        ("feather", 1600),
    ],
)
def test_mask_commands(name: str, expected: int, commands: CanvasCommands, square: Canvas, view: CanvasView) -> None:
    action: QAction = getattr(commands, name)
    press(view, action.shortcut().toString())
    assert count(square) == pytest.approx(expected, rel=0.06)
    assert square.undo_label == action.text()
    view.undo()
    assert count(square) == 1600


def test_filling_holes(commands: CanvasCommands, square: Canvas) -> None:
    holed = square.mask.copy()
    holed[50:60, 50:60] = 0
    square.set_mask(holed, "")
    commands.fill_holes.trigger()
    assert count(square) == 1600


def test_a_mask_command_ends_the_stroke_first(
    commands: CanvasCommands, canvas: Canvas, hand: Hand, view: CanvasView
) -> None:
    hand.press(50, 40)
    commands.invert.trigger()
    assert canvas.mask[40, 50] == 0
    view.undo()
    assert canvas.mask[40, 50] == 255


def test_undo_says_what_it_takes_back(commands: CanvasCommands, hand: Hand) -> None:
    assert not commands.undo.isEnabled()
    assert commands.undo.toolTip() == "Undo: nothing to undo  (Ctrl+Z)"
    hand.click(50, 40)
    assert commands.undo.isEnabled()
    assert commands.undo.toolTip() == "Undo: Brush stroke  (Ctrl+Z)"
    commands.undo.trigger()
    assert not commands.undo.isEnabled()
    assert commands.redo.toolTip() == "Redo: Brush stroke  (Ctrl+Shift+Z)"


def test_without_a_canvas_no_command_can_be_used(page: CanvasPage, commands: CanvasCommands) -> None:
    page.set_canvas(None)
    assert not any(action.isEnabled() for action in commands.all)
    press(page.view, "E")
    assert page.view.toolbox.chosen.name is ToolName.BRUSH


def test_colours_are_chosen_in_a_dialog(
    page: CanvasPage, commands: CanvasCommands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(10, 20, 30))
    commands.choose_colour.trigger()
    assert page.options.colour == (10, 20, 30)
    page.view.set_mask_look(MaskLook(MaskStyle.ALONE))
    commands.mask_colour.trigger()
    assert page.view.mask_look == MaskLook(MaskStyle.COLOUR, "#0a141e")


def test_the_context_menu_is_that_of_the_mask(page: CanvasPage, view: CanvasView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.menu_requested):
        QTest.mousePress(view, Qt.MouseButton.RightButton)
        view.menu_requested.emit(QPoint(10, 10))
    page.close()


# --- the tool bar


@pytest.mark.parametrize("width", [1200, 800, 664, 480])
def test_nothing_of_the_bar_is_cut(width: int, page: CanvasPage) -> None:
    page.resize(width, 600)
    bar = page.tool_bar
    shown = [child for child in bar.children() if isinstance(child, QWidget) and child.isVisible()]
    assert len(shown) > 8
    for child in shown:
        assert bar.rect().contains(child.geometry()), f"{child.accessibleName()} is cut"
        assert child.width() >= child.minimumSizeHint().width() or child.width() >= 28
    assert len(bar.folded_tools) + sum(button.isVisible() for button in bar.tool_buttons.values()) == len(ToolName)


def test_wide_bars_fold_nothing_and_narrow_ones_keep_brush_and_eraser(page: CanvasPage) -> None:
    page.resize(800, 600)
    assert page.tool_bar.folded_tools == ()
    assert not page.tool_bar.more_button.isVisible()
    page.resize(664, 600)
    assert page.tool_bar.more_button.isVisible()
    assert not {ToolName.BRUSH, ToolName.ERASER, ToolName.LASSO} & set(page.tool_bar.folded_tools)


def test_folded_tools_are_in_the_more_menu(page: CanvasPage, view: CanvasView) -> None:
    page.resize(664, 600)
    folded = page.tool_bar.folded_tools
    actions = page.tool_bar.more_button.menu().actions()
    assert [action.text() for action in actions] == [page.canvas_commands.tools[name].text() for name in folded]
    actions[0].trigger()
    assert view.toolbox.chosen.name is folded[0]
    assert page.tool_bar.more_button.isChecked()
    view.toolbox.choose(ToolName.BRUSH)
    assert not page.tool_bar.more_button.isChecked()


def test_a_click_on_a_tool_takes_it_and_leaves_the_focus_on_the_canvas(page: CanvasPage, view: CanvasView) -> None:
    button = page.tool_bar.tool_buttons[ToolName.LASSO]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.toolbox.chosen.name is ToolName.LASSO
    assert button.isChecked()
    assert page.focusWidget() is view


def test_the_size_is_one_number_in_slider_field_and_keys(page: CanvasPage, view: CanvasView) -> None:
    bar = page.tool_bar
    page.options.set_diameter(300)
    assert bar.size_field.value() == 300
    assert size_at(bar.size_slider.value()) == pytest.approx(300, rel=0.03)
    bar.size_slider.setValue(position_of(40))
    assert page.options.diameter == pytest.approx(40, rel=0.03)
    assert bar.size_field.value() == page.options.diameter


def test_enter_after_a_number_gives_the_focus_back_to_the_canvas(page: CanvasPage, view: CanvasView) -> None:
    field = page.tool_bar.size_field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "123")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert page.options.diameter == 123
    assert page.focusWidget() is view


def test_the_wheel_over_the_bar_changes_nothing(page: CanvasPage) -> None:
    for control in (page.tool_bar.size_slider, page.tool_bar.size_field):
        place = QPointF(control.rect().center())
        QCoreApplication.sendEvent(control, wheel_event(control, place, 1, Qt.KeyboardModifier.NoModifier))
    assert page.options.diameter == 10


def test_the_slider_reaches_from_1_to_2000(page: CanvasPage) -> None:
    assert (size_at(0), size_at(200)) == (1, 2000)
    assert all(size_at(position) <= size_at(position + 1) for position in range(200))


def test_each_tool_has_its_settings(page: CanvasPage, view: CanvasView) -> None:
    bar = page.tool_bar
    for tool, shown in (
        (ToolName.BRUSH, bar.size_slider),
        (ToolName.ERASER, bar.brush_button),
        (ToolName.COLOUR_BRUSH, bar.swatch),
        (ToolName.MAGIC_SELECT, bar.tolerance_slider),
        (ToolName.EXTEND, bar.apply_margins),
    ):
        view.toolbox.choose(tool)
        assert shown.isVisible(), tool
        assert bar.swatch.isVisible() is (tool is ToolName.COLOUR_BRUSH)


def test_hardness_and_opacity_are_set_in_a_popover(page: CanvasPage, view: CanvasView) -> None:
    QTest.mouseClick(page.tool_bar.brush_button, Qt.MouseButton.LeftButton)
    popover = page.tool_bar._brush_popover
    assert popover.isVisible()
    popover.hardness.set_value(30)
    popover.opacity.set_value(50)
    assert (page.options.hardness, page.options.opacity) == (0.3, 0.5)
    QTest.keyClick(popover, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    Hand(view).click(60, 60)
    assert view.canvas.mask.max() == 128


def test_tolerance_and_contiguous(page: CanvasPage, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.MAGIC_SELECT)
    page.tool_bar.tolerance_field.setValue(99)
    page.tool_bar.contiguous.click()
    assert page.options.tolerance == page.tool_bar.tolerance_slider.value() == 99
    assert not page.options.contiguous


def test_margins_are_typed_and_applied(page: CanvasPage, view: CanvasView, canvas: Canvas) -> None:
    bar = page.tool_bar
    view.toolbox.choose(ToolName.EXTEND)
    assert not bar.apply_margins.isEnabled()
    tool = view.toolbox.chosen
    assert isinstance(tool, Extend)
    bar._margins_popover.fields["right"].setValue(13)
    assert tool.margins == Margins(right=16)
    assert bar._margins_popover.fields["right"].value() == 16
    assert bar.margins_button.text() == "→ 16"
    assert bar.margins_button.accessibleDescription() == "0 · 0 · 16 · 0"
    QTest.mouseClick(bar.apply_margins, Qt.MouseButton.LeftButton)
    assert canvas.width == 176
    assert bar.margins_button.text() == "Sides …"


def test_a_number_typed_at_once_is_that_of_the_first_side(page: CanvasPage, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.EXTEND)
    page.tool_bar.margins_button.click()
    QTest.keyClicks(page.tool_bar._margins_popover.fields["left"], "64")
    QTest.keyClick(page.tool_bar._margins_popover.fields["left"], Qt.Key.Key_Return)

    assert page._extend_tool().margins == Margins(left=64)


def test_margins_are_never_cut_off_in_the_bar(page: CanvasPage, view: CanvasView) -> None:
    button = page.tool_bar.margins_button
    view.toolbox.choose(ToolName.EXTEND)
    wide, numbers = button.sizeHint(), "512 · 512 · 512 · 512"
    page.tool_bar.show_margins(Margins(512, 512, 512, 512))

    assert button.text() == "Sides …"
    assert button.accessibleDescription() == numbers
    assert numbers in button.toolTip()
    assert button.sizeHint() == wide

    button.resize(400, button.height())
    assert button.text() == "← 512  ↑ 512  → 512  ↓ 512"


def test_the_canvas_has_the_keys_after_extending(page: CanvasPage, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.EXTEND)
    page._set_margins(Margins(right=16))
    page.tool_bar.apply_margins.setFocus()
    QTest.keyClick(page.tool_bar.apply_margins, Qt.Key.Key_Space)

    assert page.focusWidget() is view


def test_the_compare_button_shows_the_original_while_it_is_held(page: CanvasPage, view: CanvasView) -> None:
    QTest.mousePress(page.tool_bar.compare_button, Qt.MouseButton.LeftButton)
    assert view.comparing
    QTest.mouseRelease(page.tool_bar.compare_button, Qt.MouseButton.LeftButton)
    assert not view.comparing


def test_the_close_button_asks_to_close(page: CanvasPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.close_requested):
        page.canvas_commands.close.trigger()


def test_the_swatch_shows_the_colour(page: CanvasPage, view: CanvasView) -> None:
    view.toolbox.choose(ToolName.COLOUR_BRUSH)
    page.options.set_colour(250, 20, 30)
    assert page.tool_bar.swatch.accessibleDescription() == "#fa141e"
    image = page.tool_bar.swatch.grab().toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2) == QColor(250, 20, 30)


def test_every_control_has_a_name_and_says_what_it_does(page: CanvasPage) -> None:
    controls = [
        widget
        for widget in page.tool_bar.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parentWidget(), QAbstractSpinBox)
    ]
    assert len(controls) > 20
    for widget in controls:
        name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        assert name
        assert widget.toolTip(), name


# --- options


def test_options_stay_within_their_ranges() -> None:
    options = ToolOptions()
    options.set_diameter(5000)
    options.set_hardness(-1)
    options.set_opacity(0)
    options.set_tolerance(999)
    assert options.brush.diameter == 2000
    assert (options.hardness, options.opacity, options.tolerance) == (0.0, 0.01, 255)


def test_sizes_step_up_and_down_through_the_same_values() -> None:
    options = ToolOptions()
    options.set_diameter(1)
    up: list[float] = []
    while options.diameter < 2000:
        up.append(options.diameter)
        options.step_diameter(1)
    down: list[float] = []
    while options.diameter > 1:
        options.step_diameter(-1)
        down.append(options.diameter)
    assert down == up[::-1]
    assert len(up) < 70


def test_every_icon_of_the_canvas_follows_the_theme() -> None:
    for name in ("brush", "eraser", "lasso", "magic", "extend", "mask", "compare"):
        drawing = resource_path("icons", f"{name}.svg").read_text()
        assert 'viewBox="0 0 24 24"' in drawing
        assert 'stroke="#000"' in drawing


@pytest.mark.parametrize("size", [(160, 120), (100, 300)])
def test_what_comes_over_the_foot_does_not_move_the_picture(page: CanvasPage, size: tuple[int, int]) -> None:
    foot = QFrame()
    foot.setFixedHeight(px(65))
    foot.hide()
    page.add_foot(foot)
    page.set_canvas(Canvas(a_picture(*size)))
    before = page.view.sight.viewport
    foot.show()
    QCoreApplication.processEvents()
    assert page.view.sight.viewport == before
    assert foot.geometry() == QRect(0, page.height() - px(65), page.width(), px(65))
    bottom = page.view.mapTo(page, page.view.sight.to_view(*size).toPoint()).y()
    assert bottom < foot.y()
    page.resize(700, 500)
    QCoreApplication.processEvents()
    assert foot.geometry() == QRect(0, 500 - px(65), 700, px(65))


def test_a_button_whose_menu_was_left_with_the_pointer_does_not_look_pointed_at(page: CanvasPage, qtbot: QtBot) -> None:
    button = page.tool_bar.mask_button
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    menu = button.menu()
    menu.popup(QPoint(0, 0))
    QCursor.setPos(page.view.mapToGlobal(page.view.rect().center()))
    menu.hide()
    qtbot.waitUntil(lambda: not button.underMouse())


def test_a_button_that_is_pointed_at_when_its_menu_goes_looks_so(page: CanvasPage, qtbot: QtBot) -> None:
    button = page.tool_bar.mask_button
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    menu = button.menu()
    menu.popup(QPoint(0, 0))
    QCursor.setPos(button.mapToGlobal(button.rect().center()))
    menu.hide()
    QTest.qWait(0)
    assert button.underMouse()
