"""What a report about the program would tell, to be read before it is saved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QPlainTextEdit, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.core.report import ReportPart
from studio.ui.controls import accept_or_cancel, label
from studio.ui.theme import px

_PROMISE = tr(
    "Nothing is sent anywhere. Read what it says, save it as one file, and attach that to your question yourself. "
    "Prompts, pictures and keys are not in it."
)


class DiagnosticsDialog(QDialog):
    """
    Signals:
        save_wanted(): the parts are to be saved.
    """

    save_wanted = Signal()

    def __init__(self, parent: QWidget, parts: Sequence[ReportPart]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Collect diagnostics"))
        self._parts = tuple(parts)
        self.names = QListWidget()
        self.names.setObjectName("rows")
        self.names.setAccessibleName(tr("Parts of the report"))
        self.names.setToolTip(tr("What the report consists of"))
        self.names.setFixedWidth(px(160))
        self.names.addItems([part.name for part in parts])
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("The chosen part"))
        self.text.setToolTip(tr("As it will be saved"))
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setObjectName("report")
        self._lay_out()
        self.names.currentRowChanged.connect(self._show_part)
        self.names.setCurrentRow(0)
        self.resize(px(880), px(560))

    def accept(self) -> None:
        super().accept()
        self.save_wanted.emit()

    def _show_part(self, row: int) -> None:
        self.text.setPlainText(self._parts[row].text)

    def _lay_out(self) -> None:
        promise = label(_PROMISE, "muted")
        promise.setWordWrap(True)
        middle = QHBoxLayout()
        middle.setSpacing(px(16))
        middle.addWidget(self.names)
        middle.addWidget(self.text, 1)
        _, buttons = accept_or_cancel(self, tr("Save…"))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(16))
        column.addWidget(promise)
        column.addLayout(middle, 1)
        column.addLayout(buttons)
