"""A picture with colours over it that say where something acts, and a scale of the colours."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.controls import label
from studio.ui.process.inside_text import acting_name, scale_texts
from studio.ui.process.picture_pane import PicturePane
from studio.ui.theme import current_tokens, px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.process.shown_inside import Acting

_LONGEST = 256
"""The screen enlarges it smoothly."""


class HeatPane(QWidget):
    """Dark is the least, bright the most of what is in the picture."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.picture = PicturePane(name)
        self.least, self.most = label("", "muted"), label("", "muted")
        self.ramp = _Ramp()
        scale = QHBoxLayout()
        scale.setSpacing(px(8))
        scale.addWidget(self.least)
        scale.addWidget(self.ramp, 1)
        scale.addWidget(self.most)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addWidget(self.picture, 1)
        column.addLayout(scale)

    def show_acting(self, acting: Acting, over: Pixels, told: str) -> None:
        """`told` says the same to those who do not see it."""
        from studio.imaging.heat_map import heat_over

        self.picture.show_made(partial(heat_over, over, acting.amount, _LONGEST))
        self.picture.set_hint(acting_name(acting))
        self.picture.describe(told)
        self.ramp.show()
        least, most = scale_texts(acting)
        self.least.setText(least)
        self.most.setText(most)

    def show_alone(self, picture: Pixels, name: str, why: str) -> None:
        """The picture without colours. `why` tells those who do not see it that there are none."""
        self.show_nothing("")
        self.picture.show_smooth(picture)
        self.picture.set_hint(name)
        self.picture.describe(why)

    def show_nothing(self, why: str) -> None:
        self.picture.show_nothing(why)
        self.picture.set_hint("")
        self.ramp.hide()
        self.least.clear()
        self.most.clear()


class _Ramp(QWidget):
    """The colours from the least to the most."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(px(16))
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def paintEvent(self, _event: QPaintEvent) -> None:
        import numpy as np

        from studio.imaging.heat_map import heat_colours

        gradient = QLinearGradient(0, 0, self.width(), 0)
        for place in np.linspace(0, 1, 9):
            red, green, blue = map(round, heat_colours(np.asarray([place]))[0].tolist())
            gradient.setColorAt(float(place), QColor(red, green, blue))
        painter = QPainter(self)
        bar = QRect(0, (self.height() - px(8)) // 2, self.width(), px(8))
        painter.fillRect(bar, gradient)
        painter.setPen(QColor(current_tokens().line))
        painter.drawRect(bar.adjusted(0, 0, -1, -1))
        painter.end()
