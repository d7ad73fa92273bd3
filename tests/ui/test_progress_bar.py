"""A progress bar that waits its turn."""

from __future__ import annotations

import pytest
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


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    page = Page(ProgressBar())
    qtbot.addWidget(page)
    page.resize(200, 100)
    with qtbot.waitExposed(page):
        page.show()
    qtbot.waitUntil(lambda: page.neighbour.paints > 0)
    return page


def test_a_value_does_not_paint_the_window_at_once(page: Page) -> None:
    page.neighbour.update()
    before = page.neighbour.paints
    page.bar.setValue(50)
    assert page.neighbour.paints == before


def test_it_is_painted_with_the_rest(page: Page, qtbot: QtBot) -> None:
    empty = page.bar.grab().toImage()
    page.bar.setValue(100)
    assert page.bar.updatesEnabled()
    assert page.bar.grab().toImage() != empty


def test_why_it_is_there(page: Page, qtbot: QtBot) -> None:
    """When Qt's own bar waits, too, ours can go."""
    bare = Page(QProgressBar())
    qtbot.addWidget(bare)
    bare.resize(200, 100)
    with qtbot.waitExposed(bare):
        bare.show()
    qtbot.waitUntil(lambda: bare.neighbour.paints > 0)
    bare.neighbour.update()
    before = bare.neighbour.paints
    bare.bar.setValue(50)
    assert bare.neighbour.paints > before
