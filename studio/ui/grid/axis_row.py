"""One axis of a grid: what is varied, and its values as they are typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.core.checkpoint import Checkpoint
from studio.core.language import tr
from studio.core.scheduler import SchedulerName
from studio.grids.axes import AxisKind
from studio.ui.controls import label
from studio.ui.theme import px

_EXAMPLES = {
    AxisKind.SEED: tr("1-4, or -1, -1 for new ones"),
    AxisKind.STEPS: "5-25 (+5)",
    AxisKind.GUIDANCE: "1-9 [5]",
    AxisKind.SAMPLER: tr("Euler, DPM++ 2M"),
    AxisKind.STRENGTH: "0.3-0.9 [4]",
    AxisKind.MODEL: tr("names of models, with commas"),
    AxisKind.LORA_WEIGHT: tr("0-1 [5], or ink: 0, 0.5, 1"),
    AxisKind.PROMPT: tr("apple, pear, plum: the first is replaced by each"),
}
_NOTHING = tr("Nothing")


class AxisRow(QWidget):
    """
    Signals:
        changed(): another setting or other values.
    """

    changed = Signal()

    def __init__(self, name: str, models: Sequence[Checkpoint]) -> None:
        """`name` says where its values will stand: "Columns"."""
        super().__init__()
        self._all = {
            AxisKind.SAMPLER: [name.label for name in SchedulerName],
            AxisKind.MODEL: [model.name for model in models],
        }
        self._kind = QComboBox()
        self._kind.setAccessibleName(tr("{name}: what is varied", name=name))
        self._kind.setToolTip(tr("What differs from one to the next: {name}", name=name))
        self._kind.setFixedWidth(px(192))
        self._kind.addItem(_NOTHING, None)
        for kind in AxisKind:
            self._kind.addItem(kind.label, kind)
        self.values = QLineEdit()
        self.values.setAccessibleName(tr("{name}: values", name=name))
        self.fill = QPushButton(tr("All"))
        self.fill.setToolTip(tr("Put all that there are into the field"))
        self.fault = label("", "fault")
        self.fault.setWordWrap(True)
        self._lay_out(name)
        self._kind.currentIndexChanged.connect(self._on_kind_changed)
        self.values.textChanged.connect(self.changed)
        self.fill.clicked.connect(self._fill)
        self._on_kind_changed()

    @property
    def kind(self) -> AxisKind | None:
        """None: nothing is varied here."""
        chosen = self._kind.currentData()
        return None if chosen is None else AxisKind(chosen)  # Qt hands the text of an enum back

    def choose(self, kind: AxisKind | None) -> None:
        self._kind.setCurrentIndex(self._kind.findData(kind))

    def show_fault(self, text: str) -> None:
        """Say what is wrong below the field; an empty text takes it back."""
        self.fault.setText(text)
        self.fault.setVisible(bool(text))

    def _on_kind_changed(self) -> None:
        kind = self.kind
        self.values.setEnabled(kind is not None)
        self.values.setPlaceholderText(_EXAMPLES[kind] if kind else "")
        self.values.setToolTip(tr("Values such as 1, 2, 5 or 1-10 (+3) or 1-10 [4]; texts with commas between them"))
        self.fill.setVisible(kind in self._all)
        self.changed.emit()

    def _fill(self) -> None:
        names = self._all[self.kind] if self.kind else []
        self.values.setText(", ".join(f'"{name}"' if "," in name else name for name in names))

    def _lay_out(self, name: str) -> None:
        self.fault.hide()
        title = label(name)
        title.setFixedWidth(px(64))
        title.setBuddy(self._kind)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        for part in (title, self._kind, self.values, self.fill):
            row.addWidget(part)
        below = QHBoxLayout()
        below.addSpacing(px(64 + 8 + 192 + 8))
        below.addWidget(self.fault)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addLayout(below)
