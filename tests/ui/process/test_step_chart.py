"""What a chart has room for."""

from __future__ import annotations

from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from studio.ui.process.step_chart import Line, StepChart
from studio.ui.theme import px


def test_the_numbers_of_the_axis_have_room_however_many_digits_they_have(qtbot: QtBot) -> None:
    chart = StepChart("How much")
    qtbot.addWidget(chart)
    chart.resize(240, 120)
    chart.show()
    chart.show_lines([Line("share", (0.1, 0.4, 0.9))])
    usual = chart.room.left()
    chart.show_lines([Line("share", (0.0001, 0.0004, 0.0009))])
    metrics = QFontMetricsF(chart.tick_font())
    assert chart.room.left() >= metrics.horizontalAdvance("0.00025") + px(8)
    chart.show_lines([Line("share", (0.1, 0.4, 0.9))])
    assert chart.room.left() == usual == px(36)
