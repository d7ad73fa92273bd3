"""A progress bar that waits its turn."""

from __future__ import annotations

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.progress_bar import ProgressBar


class Neighbour(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.paints = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1


class Page(QWidget):
    """A bar, and something else that is out of date."""

    def __init__(self, bar: QProgressBar) -> None:
        super().__init__()
        self.bar, self.neighbour = bar, Neighbour()
        column = QVBoxLayout(self)
        column.addWidget(self.bar)
        column.addWidget(self.neighbour)


def shown(qtbot: QtBot, bar: QProgressBar) -> Page:
    page = Page(bar)
    qtbot.addWidget(page)
    page.resize(200, 100)
    with qtbot.waitExposed(page):
        page.show()
    qtbot.waitUntil(lambda: page.neighbour.paints > 0)
    return page


def paints_at_once(page: Page) -> int:
    """Of what stands beside the bar and is out of date, while the bar is told a value."""
    page.neighbour.update()
    before = page.neighbour.paints
    page.bar.setValue(50)
    return page.neighbour.paints - before


def test_a_value_does_not_paint_the_window_at_once(qtbot: QtBot) -> None:
    assert paints_at_once(shown(qtbot, ProgressBar())) == 0


def test_it_is_painted_with_the_rest(qtbot: QtBot) -> None:
    page = shown(qtbot, ProgressBar())
    empty = page.bar.grab().toImage()
    page.bar.setValue(100)
    assert page.bar.updatesEnabled()
    assert page.bar.grab().toImage() != empty


def test_when_qts_own_bar_waits_too_ours_can_go(qtbot: QtBot) -> None:
    assert paints_at_once(shown(qtbot, QProgressBar())) > 0
