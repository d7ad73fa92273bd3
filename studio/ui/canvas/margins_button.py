"""The button that says by how much the frame grows, and opens where that is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton

from studio.core.language import tr
from studio.ui.canvas.tools.extend import Margins


class MarginsButton(QPushButton):
    """Says which sides grow where there is room for it; as wide for every number. Its tooltip says all four."""

    def __init__(self) -> None:
        super().__init__(_name_of_none())
        self.setAccessibleName(tr("Sides of the frame"))
        self.show_margins(Margins())

    def show_margins(self, margins: Margins) -> None:
        self._margins = margins
        explained = tr("Pixels to add at the left, top, right and bottom")
        numbers = f"{margins.left} · {margins.top} · {margins.right} · {margins.bottom}"
        self.setAccessibleDescription("" if margins.is_empty else numbers)
        self.setToolTip(explained if margins.is_empty else f"{explained}\n{numbers}")
        self._fit()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        says = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(hint.width() - says + self.fontMetrics().horizontalAdvance(_name_of_none()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        around = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        grown = _grown_sides(self._margins)
        fits = self.fontMetrics().horizontalAdvance(grown) + around <= self.width()
        self.setText(grown if grown and fits else _name_of_none())


def _name_of_none() -> str:
    return tr("Sides …")


def _grown_sides(margins: Margins) -> str:
    sides = (("←", margins.left), ("↑", margins.top), ("→", margins.right), ("↓", margins.bottom))
    return "  ".join(f"{arrow} {pixels}" for arrow, pixels in sides if pixels)
