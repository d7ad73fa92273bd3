"""The question before something would be lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label
from studio.ui.icons import icon
from studio.ui.theme import px


class LossQuestion(QDialog):
    """Enter and Escape keep what there is, unless the focus was moved to the other button.

    `give_up` is what that one says, such as "Replace it".
    """

    def __init__(self, parent: QWidget, title: str, text: str, give_up: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleDescription(text)
        self.keep_button = QPushButton(tr("Cancel"))
        self.keep_button.setDefault(True)
        self.keep_button.clicked.connect(self.reject)
        self.give_up_button = QPushButton(give_up)
        self.give_up_button.setObjectName("loss")
        self.give_up_button.clicked.connect(self.accept)
        self._lay_out(title, text)
        self.keep_button.setFocus()

    def is_agreed(self) -> bool:
        """Ask, and wait for the answer."""
        return self.exec() == QDialog.DialogCode.Accepted

    def _lay_out(self, title: str, text: str) -> None:
        sign = QLabel()
        sign.setPixmap(icon("trash").pixmap(px(24), px(24)))
        words = QVBoxLayout()
        words.setSpacing(px(8))
        words.addWidget(label(title, "title"))
        explanation = label(text)
        explanation.setWordWrap(True)
        explanation.setFixedWidth(px(360))
        words.addWidget(explanation)
        top = QHBoxLayout()
        top.setSpacing(px(16))
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addStretch(1)
        buttons.addWidget(self.give_up_button)
        buttons.addWidget(self.keep_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(16))
        column.setSpacing(px(24))
        column.addLayout(top)
        column.addLayout(buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
