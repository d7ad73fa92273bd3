"""The window as a whole: every command and control has a name, a sentence and a way by keyboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QPushButton,
    QScrollArea,
    QStyle,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.core.resources import resource_path
from studio.gallery.gallery import Gallery
from studio.settings.model import Theme, WindowLayout
from studio.ui import glossary
from studio.ui.controls import prepare_search
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.thumbnail_cells import GAP
from studio.ui.glossary import Entry
from studio.ui.help_card import HelpCard
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Answer, Notice
from studio.ui.theme import apply_theme, px
from tests.helpers.fake_session import CHECKPOINT, a_picture

ENTRIES = [entry for entry in vars(glossary).values() if isinstance(entry, Entry)]


def test_every_command_has_a_name_a_sentence_and_its_keys_in_the_tooltip(window: MainWindow) -> None:
    assert len(window.commands.all) > 25
    for action in window.commands.all:
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert action.toolTip().startswith(f"{action.text()}: ")
        assert keys in action.toolTip()


def test_no_two_commands_have_the_same_keys(window: MainWindow) -> None:
    keys = Counter(keys.toString() for action in window.commands.all for keys in action.shortcuts())
    assert [key for key, times in keys.items() if times > 1] == []


def test_every_command_is_in_a_menu(window: MainWindow) -> None:
    [bar] = window.findChildren(QMenuBar)
    menus = [menu for action in bar.actions() if isinstance(menu := action.menu(), QMenu)]
    in_menus = {action.text() for menu in menus for action in menu.actions()}
    assert {action.text() for action in window.commands.all} <= in_menus


def test_no_two_menus_have_the_same_letter(window: MainWindow) -> None:
    [bar] = window.findChildren(QMenuBar)
    letters = [action.text().partition("&")[2][:1] for action in bar.actions()]
    assert len(set(letters)) == len(letters) == 5


def controls(window: MainWindow) -> list[QWidget]:
    """What a person can give the focus; Qt's own parts inside a control (a line, a list) stand for their owner."""
    reachable = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.objectName().startswith("qt_")
    ]
    return [widget for widget in reachable if not _is_inside_a_control(widget)]


def _is_inside_a_control(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    if isinstance(parent, QComboBox | QAbstractSpinBox):
        return True
    return parent is not None and not isinstance(parent, QMainWindow) and _is_inside_a_control(parent)


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    window.picture_view.welcome.set_examples(("a red apple",))
    nameless = [
        widget
        for widget in controls(window)
        if not widget.accessibleName() and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert nameless == []


def test_every_button_and_field_says_what_it_does(window: MainWindow) -> None:
    window.picture_view.welcome.set_examples(("a red apple",))
    bar = window.findChildren(QMenuBar)
    places = [window.gallery_panel.view, *bar]  # pictures and menus have their own tooltips
    easel = [widget for widget in controls(window) if widget.accessibleName() == "Picture"]
    silent = [widget for widget in controls(window) if not widget.toolTip() and widget not in [*places, *easel]]
    assert silent == []


def tab_order(start: QWidget) -> list[QWidget]:
    order = [start]
    while (following := order[-1].nextInFocusChain()) is not start:
        order.append(following)
    return [widget for widget in order if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()]


def test_tab_walks_the_left_side_from_top_to_bottom(window: MainWindow) -> None:
    panel = window.request_panel
    order = [widget for widget in tab_order(panel) if panel.isAncestorOf(widget)]
    heights = [widget.mapTo(panel, widget.rect().center()).y() for widget in order]
    assert len(order) > 8
    assert all(below > above - 24 for above, below in pairwise(heights))


def focused(window: MainWindow) -> QWidget:
    widget = window.focusWidget()
    assert widget is not None
    return widget


def test_f6_walks_through_the_parts_of_the_window_and_around(window: MainWindow, gallery: Gallery) -> None:
    window.gallery_panel.view.model().add(gallery.add(a_picture()))  # type: ignore[attr-defined]
    window.picture_view.show_picture(QImage(64, 64, QImage.Format.Format_RGB32), "a red apple")
    window.request_panel.prompt.focus_prompt()
    walked: list[bool] = []
    for part in (window.picture_view, window.gallery_panel, window.request_panel):
        QTest.keyClick(window, Qt.Key.Key_F6)
        walked.append(part.isAncestorOf(focused(window)))
    assert walked == [True, True, True]


def test_f6_goes_to_the_examples_while_there_is_no_picture(window: MainWindow, qtbot: QtBot) -> None:
    window.picture_view.welcome.set_examples(("a red apple", "a blue house"))
    cards = window.picture_view.welcome.findChildren(QToolButton)
    qtbot.waitUntil(lambda: all(card.isVisible() for card in cards))
    window.request_panel.prompt.focus_prompt()
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert focused(window).accessibleName() == "Make a red apple"


def test_the_picture_alone_and_back(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F10)
    assert not window.request_panel.isVisible()
    assert not window.gallery_panel.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F10)
    assert window.request_panel.isVisible()
    assert window.gallery_panel.isVisible()


def test_notices_are_seen_over_every_page_of_the_middle(window: MainWindow, qapp: QApplication) -> None:
    page = QWidget()
    window.add_page(page)
    pressed: list[str] = []
    window.notices.show_notice(Notice("Before", "", (Answer("First", lambda: pressed.append("first")),)))
    window.show_page(page)
    window.notices.show_notice(Notice("After", "", (Answer("Second", lambda: pressed.append("second")),)))
    qapp.processEvents()

    for text in ("First", "Second"):
        [button] = [one for one in window.findChildren(QPushButton) if one.text() == text]
        there = button.mapTo(window, button.rect().center())
        assert window.childAt(there) is button

    window.show_page(None)
    [first] = [one for one in window.findChildren(QPushButton) if one.text() == "First"]
    assert window.childAt(first.mapTo(window, first.rect().center())) is first
    first.click()
    assert pressed == ["first"]


def test_a_layout_comes_back_with_its_widths_and_hidden_sides(
    window: MainWindow, model: GalleryModel, qtbot: QtBot
) -> None:
    window.restore_layout(replace(window.layout_state(), left_width=400, right_width=500, right_visible=False))
    kept = window.layout_state()
    second = MainWindow(model)
    qtbot.addWidget(second)
    second.restore_layout(kept)
    second.show()
    assert second.layout_state().left_width == kept.left_width
    assert second.layout_state().right_width == 500
    assert not second.gallery_panel.isVisible()
    assert not second.commands.toggle_right.isChecked()


def test_a_window_that_may_not_close_stays(window: MainWindow, qtbot: QtBot) -> None:
    window.ask_before_closing(lambda: False)
    assert not window.close()
    assert window.isVisible()
    window.ask_before_closing(lambda: True)
    with qtbot.waitSignal(window.closed):
        assert window.close()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_help_card_has_its_pictures_and_its_text_for_screen_readers(
    entry: Entry, window: MainWindow, qtbot: QtBot
) -> None:
    for file, caption in entry.pictures:
        assert not QImage(str(resource_path("guide", file))).isNull(), f"“{caption}” has no picture"
    card = HelpCard(entry, window)
    card.show_beside(window.request_panel)
    assert window.screen().availableGeometry().contains(card.geometry())
    assert entry.sentence in card.accessibleDescription()
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert not card.isVisible()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (960, 600)])
def test_nothing_needs_more_room_than_the_window_has(window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    assert (window.width(), window.height()) == (width, height)
    page = window.rect()
    for part in (window.request_panel, window.picture_view, window.job_bar, window.details, window.gallery_panel):
        corner = part.mapTo(window, part.rect().bottomRight())
        assert page.contains(corner), f"{part} is cut off"


@pytest.fixture
def large_text(qapp: QApplication) -> Iterator[QApplication]:
    """Twice the usual."""
    usual = qapp.font()
    large = QFont(usual)
    large.setPixelSize(26)
    qapp.setFont(large)
    yield qapp
    qapp.setFont(usual)


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
@pytest.mark.parametrize("purpose", [glossary.MAKE, glossary.VARY, glossary.REPAINT])
def test_what_is_asked_for_needs_no_scrolling_in_a_small_window(
    purpose: Entry, theme: Theme, window: MainWindow, qapp: QApplication
) -> None:
    apply_theme(qapp, theme)
    window.resize(1280, 720)
    panel = window.request_panel
    panel.show_purpose(purpose)
    panel.start.show_mask(has_mask=purpose is glossary.REPAINT)
    qapp.processEvents()
    [scroll] = panel.findChildren(QScrollArea)
    assert scroll.verticalScrollBar().maximum() == 0
    assert window.rect().contains(panel.make.mapTo(window, panel.make.rect().bottomRight()))


def test_in_a_narrow_window_the_gallery_gives_way_to_a_page_and_comes_back(
    window: MainWindow, qapp: QApplication
) -> None:
    def shown(width: int) -> tuple[bool, bool]:
        window.resize(px(width), px(700))
        qapp.processEvents()
        assert window.width() == px(width)
        return window.request_panel.isVisible(), window.gallery_panel.isVisible()

    page = QWidget()
    window.add_page(page)
    assert shown(1000) == (True, True)
    window.show_page(page)
    assert shown(1000) == (True, False)
    assert not window.commands.toggle_right.isChecked()
    assert window.layout_state().right_visible  # at the next start, too
    assert shown(1280) == (True, True)
    assert shown(1000) == (True, False)
    window.commands.toggle_right.trigger()  # the user wants it all the same
    assert shown(1010) == (True, True)
    window.show_page(page, alone=True)
    assert shown(1000) == (False, False)
    window.show_page(None)
    assert shown(1000) == (True, True)
    window.commands.toggle_right.trigger()
    window.show_page(page)
    window.show_page(None)
    assert shown(1280) == (True, False)


def test_with_large_text_the_window_is_no_larger_than_the_screen(
    model: GalleryModel, qtbot: QtBot, large_text: QApplication
) -> None:
    window = MainWindow(model)
    qtbot.addWidget(window)
    window.restore_layout(WindowLayout())
    available = window.screen().availableSize()
    assert px(960) > available.width()
    smallest = window.minimumSize()
    assert 0 < available.width() - smallest.width() < px(8)  # what is left is for its frame
    assert 0 < available.height() - smallest.height() <= px(40)


def test_the_magnifier_and_the_cross_of_a_search_are_as_large_as_its_text(
    model: GalleryModel, qtbot: QtBot, large_text: QApplication
) -> None:
    panel = GalleryPanel(model)
    qtbot.addWidget(panel)
    field = panel.search_bar.field
    icons = field.findChildren(QToolButton)
    assert len(icons) == 2
    size = field.style().pixelMetric(QStyle.PixelMetric.PM_LineEditIconSize, None, field)
    assert size == px(16) == 32
    field.setText("apple")
    field.resize(px(300), px(32))
    panel.show()
    assert all(button.width() >= size and button.height() >= size for button in icons)


def test_a_search_made_before_the_style_sheet_looks_as_one_made_after_it(qapp: QApplication, qtbot: QtBot) -> None:
    """The window is built before: that of the gallery lost its ground, its round corners and a third of its height."""

    def search() -> QLineEdit:
        field = QLineEdit()
        qtbot.addWidget(field)
        prepare_search(field, "Search", "By words")
        return field

    qapp.setStyleSheet("")
    early = search()
    apply_theme(qapp, Theme.DARK)
    late = search()
    for field in (early, late):
        field.resize(px(300), field.sizeHint().height())
    assert early.size() == late.size()
    assert early.grab().toImage() == late.grab().toImage()


def test_controls_of_a_column_line_up(window: MainWindow, qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)
    window.restore_layout(WindowLayout())
    qapp.processEvents()
    panel = window.request_panel.sampling
    controls = (panel.steps.field, panel.guidance.field, panel.seed, panel.size_field, panel.sampler)
    assert {control.height() for control in controls} == {px(32)}
    tops = [control.mapTo(window, QPoint()).y() for control in controls]
    assert {below - above for above, below in pairwise(tops)} == {px(40)}


def test_the_headings_of_both_sides_are_level_and_the_pictures_stand_below_theirs(
    window: MainWindow, model: GalleryModel, gallery: Gallery, qapp: QApplication
) -> None:
    apply_theme(qapp, Theme.DARK)
    model.add(gallery.add(a_picture()))
    window.restore_layout(WindowLayout())
    qapp.processEvents()
    labels = {label.text(): label for label in window.findChildren(QLabel)}
    left, right = labels["Model"], labels["PICTURES"]
    assert left.mapTo(window, left.rect().center()).y() == right.mapTo(window, right.rect().center()).y()
    view = window.gallery_panel.view
    cell = view.visualRect(model.index(0, 0)).topLeft() + QPoint(px(GAP), px(GAP))
    picture = view.viewport().mapTo(window, cell)
    assert picture.x() == right.mapTo(window, QPoint()).x()
    search = window.gallery_panel.search_bar
    assert search.mapTo(window, QPoint()).x() == picture.x()
    assert 0 < search.mapTo(window, QPoint()).y() - right.mapTo(window, right.rect().bottomLeft()).y() <= px(16)
    assert 0 < picture.y() - search.mapTo(window, search.rect().bottomLeft()).y() <= px(16)


def test_the_welcome_says_honestly_what_the_model_can_draw(window: MainWindow) -> None:
    checkpoint = replace(CHECKPOINT, good_at="Single everyday things.")
    window.picture_view.welcome.show_checkpoint(checkpoint)
    shown = [found.text() for found in window.picture_view.welcome.findChildren(QLabel)]
    assert any("Single everyday things." in text and "Bigger models" in text for text in shown)


def test_the_welcome_is_read_whole_in_the_narrowest_middle(window: MainWindow) -> None:
    window.picture_view.welcome.resize(px(400), px(600))
    [sentence] = [
        part for part in window.picture_view.welcome.findChildren(QLabel) if part.text().startswith("Write it")
    ]
    assert window.picture_view.welcome.rect().contains(sentence.geometry())


def test_coming_back_to_the_window_is_told(window: MainWindow, qtbot: QtBot) -> None:
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    with qtbot.waitSignal(window.came_to_front):
        window.activateWindow()
