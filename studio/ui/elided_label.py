"""A label that ends in an ellipsis where there is no room, and tells the rest in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyleOption


class ElidedLabel(QLabel):
    """It is as high as `lines` lines, of which a text takes as many as it needs."""

    def __init__(self, text: str = "", look: str = "", *, lines: int = 1) -> None:
        super().__init__()
        self._lines = lines
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(look)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show `text`, line breaks in it as spaces."""
        one_line = text.replace("\n", " ").strip()
        if one_line != self.text():
            self.setText(one_line)
            self.setToolTip(text)

    def sizeHint(self) -> QSize:
        return self._as_high(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._as_high(QSize(0, super().minimumSizeHint().height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawItemText(
            painter,
            self.rect(),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            option.palette,
            self.isEnabled(),
            "\n".join(elided_lines(self.text(), self.font(), self.width(), self._lines)),
            self.foregroundRole(),
        )
        painter.end()

    def _as_high(self, size: QSize) -> QSize:
        return QSize(size.width(), size.height() + (self._lines - 1) * self.fontMetrics().lineSpacing())


def elided_lines(text: str, font: QFont, width: int, most: int) -> list[str]:
    """`text` on at most so many lines, each as long as has room in `width` pixels; an ellipsis ends the last one if
    there is more."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most - 1:
        length = _length_of_line(rest, font, width)
        lines.append(rest[:length].rstrip())
        rest = rest[length:].lstrip()
    if rest:
        lines.append(QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width))
    return lines


def _length_of_line(text: str, font: QFont, width: int) -> int:
    """Between two words if possible; at least one letter."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(width)
    layout.endLayout()
    return max(1, line.textLength())
