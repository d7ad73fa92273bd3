"""The frame of what opens over the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.popup import Popup


def test_the_corners_are_not_part_of_a_popup_at_any_size(qtbot: QtBot) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    popup = Popup(ground)
    popup.show()
    for size in (QSize(200, 100), QSize(300, 40)):
        popup.resize(size)
        area = popup.rect()
        for corner in (area.topLeft(), area.topRight(), area.bottomLeft(), area.bottomRight()):
            assert not popup.mask().contains(corner)
        middle_of_edges = (QPoint(size.width() // 2, 0), QPoint(size.width() - 1, size.height() // 2))
        assert all(popup.mask().contains(point) for point in (area.center(), *middle_of_edges))
