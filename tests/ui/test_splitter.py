"""The lines between the parts of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QHoverEvent
from PySide6.QtWidgets import QApplication, QMenu, QSplitterHandle, QWidget
from pytestqt.qtbot import QtBot

from studio.settings.model import Theme
from studio.ui.main_window import MainWindow
from studio.ui.splitter import Splitter
from studio.ui.theme import apply_theme, current_tokens


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


def point_at(widget: QWidget) -> None:
    """As Qt tells a widget that the pointer has come (`QApplicationPrivate::dispatchEnterLeave`)."""
    place = QPointF(1, 1)
    QApplication.sendEvent(widget, QEnterEvent(place, place, QPointF(widget.mapToGlobal(place.toPoint()))))
    if widget.testAttribute(Qt.WidgetAttribute.WA_Hover):
        QApplication.sendEvent(widget, QHoverEvent(QEvent.Type.HoverEnter, place, place, QPointF(-1, -1)))


def test_the_parts_are_not_painted_again_when_the_pointer_comes(
    qapp: QApplication, qtbot: QtBot, window: MainWindow
) -> None:
    apply_theme(qapp, Theme.LIGHT)
    [splitter] = window.findChildren(Splitter)
    panel, line = Paints(window.request_panel), Paints(splitter.handle(1))
    window.update()
    qtbot.waitUntil(lambda: panel.count > 0 and line.count > 0)  # with whatever else was left to paint
    panel.count = line.count = 0
    point_at(splitter)
    point_at(splitter.handle(1))
    qtbot.waitUntil(lambda: line.count > 0)
    assert panel.count == 0


def test_what_a_popup_came_over_does_not_go_on_looking_pointed_at(qtbot: QtBot, window: MainWindow) -> None:
    [splitter] = window.findChildren(Splitter)
    panel = Paints(window.request_panel)
    point_at(splitter)
    menu = QMenu(window)
    menu.addAction("any")
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is menu)
    QApplication.sendEvent(splitter, QEvent(QEvent.Type.Leave))
    menu.close()
    window.request_panel.update()
    qtbot.waitUntil(lambda: panel.count > 0)  # with whatever else the menu left to paint
    panel.count = 0
    point_at(splitter)
    qtbot.waitUntil(lambda: panel.count > 0)


def test_the_line_under_the_pointer_has_the_accent(window: MainWindow) -> None:
    [splitter] = window.findChildren(Splitter)
    line, tokens = splitter.handle(1), current_tokens()
    point_at(line)
    assert colour(line) == tokens.accent
    QApplication.sendEvent(line, QEvent(QEvent.Type.Leave))
    assert colour(line) == tokens.line


def colour(line: QSplitterHandle) -> str:
    return line.grab().toImage().pixelColor(line.contentsRect().center()).name()
