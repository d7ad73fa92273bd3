"""The parts of the window beside each other, with a line between them that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QSplitter, QSplitterHandle

from studio.ui.theme import current_tokens


class Splitter(QSplitter):
    """Its lines paint themselves: a style sheet that has a colour for them under the pointer would have Qt paint all
    parts again whenever the pointer enters or leaves any of them (`QStyleSheetStyle::polish` sets `WA_Hover`)."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._left_for_popup = False
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        return _Line(self.orientation(), self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._left_for_popup = QApplication.activePopupWidget() is not None

    def enterEvent(self, event: QEnterEvent) -> None:
        """When a popup opens, Qt tells what was under the pointer that it left, but not to look so
        (`QApplicationPrivate::dispatchEnterLeave` sends no HoverLeave then)."""
        super().enterEvent(event)
        if self._left_for_popup:
            self._left_for_popup = False
            self.update()


class _Line(QSplitterHandle):
    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = current_tokens()
        painter = QPainter(self)
        painter.fillRect(self.contentsRect(), QColor(tokens.accent if self.underMouse() else tokens.line))
        painter.end()
