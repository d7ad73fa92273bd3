"""Asks for the pattern that files are named by, and shows at once what that makes of the first of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.gallery.naming import FIELDS, faults_in, new_names
from studio.gallery.record import PictureRecord
from studio.ui.controls import accept_or_cancel, label, section
from studio.ui.elided_label import ElidedLabel
from studio.ui.flow_layout import FlowLayout
from studio.ui.theme import px

USUAL_PATTERN = "{date}-{seed}-{prompt:40}"
MOST_SHOWN = 5
_LONGEST_PATTERN = 200


class RenameDialog(QDialog):
    """
    Signals:
        decided(str): a pattern without faults.
    """

    decided = Signal(str)

    def __init__(
        self, parent: QWidget, pattern: str, first: Sequence[PictureRecord], count: int, taken: Collection[Path]
    ) -> None:
        """`first` are those that are shown of `count` pictures, `taken` all files that are beside them."""
        super().__init__(parent)
        self._first = first
        self._count = count
        self._taken = taken
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Rename 1 picture") if count == 1 else tr("Rename {count:,} pictures", count=count))
        self.setMinimumWidth(px(560))
        self.pattern = QLineEdit(pattern)
        self.pattern.setMaxLength(_LONGEST_PATTERN)
        self.pattern.setAccessibleName(tr("Pattern of the names"))
        self.pattern.setToolTip(tr("What is in braces is filled in for each picture; a number cuts it: {prompt:40}"))
        self.fault = label("", "fault")
        self.fault.hide()
        self.preview = [(ElidedLabel(record.path.name, "muted"), ElidedLabel()) for record in first]
        self._accept, self._buttons = accept_or_cancel(self, tr("Rename"))
        self._lay_out()
        self.pattern.textChanged.connect(self._show)
        self._show()

    def accept(self) -> None:
        """Unless there is a fault, which is said."""
        if not self.fault.text():
            self.decided.emit(self.pattern.text())
            super().accept()

    def _show(self) -> None:
        pattern = self.pattern.text()
        faults = faults_in(pattern)
        parts = [pattern[fault.start : fault.end] for fault in faults]
        self.fault.setText(
            tr("“{part}” cannot be filled in. Choose from the ones below.", part=parts[0]) if parts else ""
        )
        self.fault.setVisible(bool(faults))
        self._accept.setEnabled(not faults)
        names = [""] * len(self._first) if faults else new_names(self._first, pattern, self._taken)
        for (_, new), name in zip(self.preview, names, strict=True):
            new.set_text(name)

    def _insert(self, field: str, _checked: bool = False) -> None:
        self.pattern.insert(f"{{{field}}}")
        self.pattern.setFocus()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(8))
        for part in (section(tr("Pattern")), self.pattern, self.fault, self._fields()):
            column.addWidget(part)
        column.addSpacing(px(8))
        column.addWidget(section(tr("The names") if self._count <= MOST_SHOWN else tr("The first names")))
        column.addLayout(self._rows())
        explanation = label(tr("Names that would be alike are numbered. The files stay in their folders."), "muted")
        explanation.setWordWrap(True)
        column.addWidget(explanation)
        column.addSpacing(px(8))
        column.addLayout(self._buttons)

    def _fields(self) -> QWidget:
        widget = QWidget()
        flow = FlowLayout(widget, spacing=px(8))
        for field, (meaning, _) in FIELDS.items():
            chip = QPushButton(field)
            chip.setObjectName("chip")
            chip.setFixedHeight(px(26))
            chip.setToolTip(tr("Insert {meaning}: {{{field}}}", meaning=meaning, field=field))
            chip.setAccessibleName(tr("Insert {meaning}", meaning=meaning))
            chip.clicked.connect(partial(self._insert, field))
            flow.addWidget(chip)
        return widget

    def _rows(self) -> QGridLayout:
        rows = QGridLayout()
        rows.setHorizontalSpacing(px(16))
        rows.setVerticalSpacing(px(4))
        rows.setColumnStretch(0, 1)
        rows.setColumnStretch(1, 1)
        for row, (old, new) in enumerate(self.preview):
            rows.addWidget(old, row, 0)
            rows.addWidget(new, row, 1)
        return rows
