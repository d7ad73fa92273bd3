"""What a part of the process shows where nothing is known yet: what there could be, and a way to it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.ui.controls import label
from studio.ui.theme import px


class Invitation(QWidget):
    """`offer` is what the button says, `tip` what it does.

    Signals:
        accepted()
    """

    accepted = Signal()

    def __init__(self, name: str, offer: str, tip: str) -> None:
        super().__init__()
        self.why = label("", "muted")
        self.why.setWordWrap(True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.run = QPushButton(offer)
        self.run.setObjectName("accept")
        self.run.setToolTip(tip)
        self.run.clicked.connect(self.accepted)
        self.setFocusProxy(self.run)
        title = label(name, "hero")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addStretch()
        column.addWidget(title)
        column.addWidget(self.why)
        column.addSpacing(px(16))
        column.addWidget(self.run, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch()
