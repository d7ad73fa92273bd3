"""What a part of the process shows where nothing is known yet: what there could be, and a way to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.ui.controls import label
from studio.ui.theme import px


class Invitation(QWidget):
    """`offer` is what the button says, `tip` what it does; `others` are buttons for other ways.

    Signals:
        accepted()
    """

    accepted = Signal()

    def __init__(self, name: str, offer: str, tip: str, others: Sequence[QPushButton] = ()) -> None:
        super().__init__()
        self.why = label("", "muted")
        self.why.setWordWrap(True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.run = QPushButton(offer)
        self.run.setObjectName("accept")
        self.run.setToolTip(tip)
        self.run.clicked.connect(self.accepted)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.run)
        self.setAccessibleName(name)
        self.title = label(name, "hero")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        ways = QHBoxLayout()
        ways.setSpacing(px(8))
        ways.addStretch()
        for way in (self.run, *others):
            ways.addWidget(way)
        ways.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addStretch()
        column.addWidget(self.title)
        column.addWidget(self.why)
        column.addSpacing(px(16))
        column.addLayout(ways)
        column.addStretch()

    def set_offering(self, *, offers: bool) -> None:
        """Whether there is a way. Without one the keys come here: what takes none would leave the page without them."""
        self.run.setVisible(offers)
        self.setFocusProxy(self.run if offers else None)  # pyright: ignore[reportArgumentType]  missing in the stubs
