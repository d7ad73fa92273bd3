"""The line above the sampling that says that the next picture begins with other settings, as a branch does."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.picture_id import PictureId
from studio.core.request import Stretch
from studio.ui.controls import section, small_icon_button
from studio.ui.elided_label import ElidedLabel
from studio.ui.stretch_text import told_stretches
from studio.ui.theme import px


class EarlierSteps(QWidget):
    """Hidden while there are none. They stay until they are taken away.

    Signals:
        changed(): they were taken away.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Earlier steps")
        self.earlier: tuple[Stretch, ...] = ()
        self.branched_from: PictureId | None = None
        self._title = section("")
        self._told = ElidedLabel(look="muted")
        self.remove = small_icon_button("close", "Take the earlier steps away: the next picture is no branch")
        self.remove.clicked.connect(self._take_away)
        heading = QHBoxLayout()
        heading.setContentsMargins(0, 0, 0, 0)
        heading.addWidget(self._title, 1)
        heading.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(heading)
        column.addWidget(self._told)
        self.hide()

    def show_stretches(self, earlier: tuple[Stretch, ...], branched_from: PictureId | None) -> None:
        """What the next pictures begin with, as `GenerationRequest` has it."""
        self.earlier, self.branched_from = earlier, branched_from
        if earlier:
            self._title.setText(f"Branch after step {earlier[-1].until_step}")
            told = "Before: " + "; ".join(told_stretches(earlier))
            self._told.set_text(told)
            self._told.setAccessibleName(told)
        self.setVisible(bool(earlier))

    def _take_away(self) -> None:
        self.show_stretches((), None)
        self.changed.emit()
