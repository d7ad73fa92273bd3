"""What the page of the process shows where no steps are known."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.ui.controls import label
from studio.ui.theme import px


class Invitation(QWidget):
    """
    Signals:
        example_asked()
    """

    example_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.why = label("", "muted")
        self.why.setWordWrap(True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.run = QPushButton("Run the example")
        self.run.setObjectName("accept")
        self.run.setToolTip("Make a picture now, and see how it comes out of noise")
        self.run.clicked.connect(self.example_asked)
        self.setFocusProxy(self.run)
        title = label("From noise to picture", "hero")
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
