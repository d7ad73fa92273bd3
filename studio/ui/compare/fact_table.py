"""What differs between the pictures, with the values that differ marked; what is alike in one line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.compare.compare_view import LETTERS
from studio.ui.compare.differences import Fact
from studio.ui.controls import label
from studio.ui.elided_label import ElidedLabel
from studio.ui.theme import px

_MOST_HEIGHT = 168
_NOTHING = "-"


class FactTable(QScrollArea):
    """A row for each setting that differs, a column for each picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("What differs"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_facts(self, facts: Sequence[Fact], count: int) -> None:
        """About `count` pictures."""
        differing = [fact for fact in facts if fact.differs]
        table = QWidget()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(4))
        grid.setColumnMinimumWidth(0, px(128))
        for column in range(count):
            grid.addWidget(label(LETTERS[column], "section"), 0, column + 1)
            grid.setColumnStretch(column + 1, 1)
        for row, fact in enumerate(differing, 1):
            grid.addWidget(label(fact.name, "muted"), row, 0)
            for column, value in enumerate(fact.values):
                grid.addWidget(_value(fact, column, value), row, column + 1)
        same = ElidedLabel(_same_text(facts, differing), "muted")
        column = QVBoxLayout(table)
        column.setContentsMargins(px(16), px(8), px(16), px(12))
        column.setSpacing(px(8))
        column.addLayout(grid)
        column.addWidget(same)
        column.addStretch()
        self.setWidget(table)
        self.setAccessibleDescription("; ".join(f"{fact.name}: {', '.join(fact.values)}" for fact in differing))
        self.setFixedHeight(min(px(_MOST_HEIGHT), table.sizeHint().height() + 2 * self.frameWidth()))


def _value(fact: Fact, column: int, value: str) -> ElidedLabel:
    """Marked where it is not that of the first picture."""
    shown = ElidedLabel(value or _NOTHING, "marked" if value != fact.values[0] else "")
    shown.setToolTip(
        tr("{name} of {letter}: {value}", name=fact.name, letter=LETTERS[column], value=value or tr("not told"))
    )
    return shown


def _same_text(facts: Sequence[Fact], differing: Sequence[Fact]) -> str:
    same = [f"{fact.name} {fact.values[0]}" for fact in facts if not fact.differs]
    if not differing:
        return tr("All settings are the same.   ") + "   ·   ".join(same)
    return tr("The same:   ") + "   ·   ".join(same) if same else tr("Nothing else is the same.")
