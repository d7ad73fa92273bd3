"""The latent of a picture, looked at in three ways: a round trip, painted in, and on the way to another one."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import mode_button
from studio.ui.process.between_view import BetweenView
from studio.ui.process.latent_paint_view import LatentPaintView
from studio.ui.process.no_picture import NoPicture
from studio.ui.process.parts import bring_forward
from studio.ui.process.round_trip_view import RoundTripView
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.study import StudiedPicture


class LatentView(Enum):
    ROUND_TRIP = tr("There and back")
    PAINT = tr("Paint in it")
    BETWEEN = tr("Between two")


_TIPS = {
    LatentView.ROUND_TRIP: tr("the picture through the VAE and back, and what is lost"),
    LatentView.PAINT: tr("change cells of the latent, and see at once what the VAE makes of them"),
    LatentView.BETWEEN: tr("the way from one picture, or one seed, to another"),
}


class LatentTab(QWidget):
    """Everything in it is about one picture's latent, and begins with its round trip."""

    def __init__(self) -> None:
        super().__init__()
        self.view = LatentView.ROUND_TRIP
        self.trip = RoundTripView()
        self.paint = LatentPaintView()
        self.between = BetweenView()
        self.nothing = NoPicture(
            tr("What the model works on"),
            tr("A picture goes through the VAE into its latent and back: see what becomes of it, and paint in it."),
        )
        self._has_picture = True
        self._group = QButtonGroup(self)
        self.views = {view: self._button(view) for view in LatentView}
        self._lay_out()
        self.set_view(self.view)

    def set_view(self, view: LatentView) -> None:
        """Show it in this way."""
        self.view = view
        self.views[view].setChecked(True)
        self._bring_forward()

    def invite(self) -> None:
        """There is no picture to look at; between two seeds something can be seen nevertheless."""
        self.await_picture("")
        self.between.invite()
        self._has_picture = False
        self._bring_forward()

    def await_picture(self, why: str) -> None:
        """Nothing can be seen yet."""
        self._has_picture = True
        self._bring_forward()
        for part in (self.trip, self.paint, self.between):
            part.await_picture(why)

    def show_picture(self, studied: StudiedPicture) -> None:
        self._has_picture = True
        self._bring_forward()
        for part in (self.trip, self.paint, self.between):
            part.show_picture(studied)

    def _bring_forward(self) -> None:
        needs_picture = self.view is not LatentView.BETWEEN
        part = self._widgets[self.view] if self._has_picture or not needs_picture else self.nothing
        bring_forward(self._parts, part, self, self.nothing if part is self.nothing else self.views[self.view])

    def _button(self, view: LatentView) -> QToolButton:
        button = mode_button(view.value, _TIPS[view], "", partial(self.set_view, view))
        self._group.addButton(button)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(px(8))
        for button in self.views.values():
            head.addWidget(button)
        head.addStretch()
        self._widgets: dict[LatentView, QWidget] = {
            LatentView.ROUND_TRIP: self.trip,
            LatentView.PAINT: self.paint,
            LatentView.BETWEEN: self.between,
        }
        parts = QWidget()
        self._parts = QStackedLayout(parts)
        for widget in (*self._widgets.values(), self.nothing):
            self._parts.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(8), px(16), px(12))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(parts, 1)
