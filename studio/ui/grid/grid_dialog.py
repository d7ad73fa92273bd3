"""Asks what a grid varies, and tells how many pictures that makes and how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointNotFound, StudioError
from studio.core.language import tr, trn
from studio.core.request import GenerationRequest
from studio.core.result import PictureParameters
from studio.grids.axes import Axis, AxisKind, read_axis
from studio.grids.plan import cell_requests
from studio.grids.presets import Preset, presets
from studio.ui import glossary
from studio.ui.controls import accept_or_cancel, label, shrink_to_content
from studio.ui.grid.axis_row import AxisRow
from studio.ui.grid.grid_summary import summary_text
from studio.ui.grid.kept_grids import GridState, KeptGrids
from studio.ui.messages import message_for
from studio.ui.theme import px

_PLACES = (tr("Columns"), tr("Rows"), tr("Pages"))


@dataclass(frozen=True, slots=True)
class GridPlan:
    """What was decided: the axes, and a request for each cell."""

    axes: tuple[Axis, ...]
    cells: tuple[GenerationRequest, ...]


class GridDialog(QDialog):
    """Stays open until it is told that the grid is kept (`close`), so that a fault can still be shown.

    Signals:
        decided(GridPlan)
    """

    decided = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        base: GenerationRequest,
        models: Sequence[Checkpoint],
        like: PictureParameters | None,
    ) -> None:
        """`base` is what all cells have in common; `like` a picture whose time tells how long others take."""
        super().__init__(parent)
        self._base = base
        self._models = {model.name.casefold(): model for model in models}
        self._like = like
        self._plan: GridPlan | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Grid of pictures"))
        self.setAccessibleDescription(glossary.GRID.sentence)
        self.setMinimumWidth(px(640))
        self.rows = tuple(AxisRow(place, models) for place in _PLACES)
        self.presets = tuple(self._preset_button(preset) for preset in presets(base))
        self.summary = label("")
        self.fault = label("", "fault")
        self.fault.setWordWrap(True)
        self.kept = KeptGrids()
        self.make, self._buttons = accept_or_cancel(self, tr("Make the grid"))
        self._lay_out()
        for row in self.rows:
            row.changed.connect(self._on_changed)
        self.rows[0].choose(AxisKind.GUIDANCE)
        self.rows[0].values.setFocus()
        self._on_changed()

    def accept(self) -> None:
        if self._plan is not None:
            self.make.setEnabled(False)  # until it is kept, or a fault is shown
            self.decided.emit(self._plan)

    def set_up(self, preset: Preset) -> None:
        """Fill the rows with it; what was typed there is gone."""
        wanted = (*preset.axes, *((None, ""),) * len(self.rows))
        for row, (kind, values) in zip(self.rows, wanted, strict=False):
            row.choose(kind)
            row.values.setText(values)
        self.make.setFocus()

    def show_kept(self, grids: Sequence[GridState]) -> None:
        """Those that were made or begun, the newest first."""
        self.kept.show_grids(grids)
        shrink_to_content(self)

    def show_fault(self, error: StudioError) -> None:
        """What was decided cannot be made."""
        self._say(message_for(error).text)
        self.make.setEnabled(True)
        shrink_to_content(self)

    def _on_changed(self) -> None:
        self._say("")
        axes = [self._axis(row) for row in self.rows if row.kind is not None]
        read = tuple(axis for axis in axes if axis is not None)
        self._plan = self._planned(read) if read and len(read) == len(axes) else None
        self.summary.setText(self._summary())
        self.make.setEnabled(self._plan is not None)
        count = 0 if self._plan is None else len(self._plan.cells)
        shrink_to_content(self)
        self.make.setText(tr("Make the grid") if not count else trn("Make {n:,} picture", "Make {n:,} pictures", count))

    def _axis(self, row: AxisRow) -> Axis | None:
        """None while its values are not typed, or not possible; then the row says why."""
        row.show_fault("")
        assert row.kind is not None
        if not row.values.text().strip():
            return None
        try:
            return read_axis(row.kind, row.values.text(), self._base, self._model)
        except StudioError as error:
            row.show_fault(message_for(error).text)
            return None

    def _model(self, name: str) -> Checkpoint:
        found = self._models.get(name.casefold())
        if found is None:
            raise CheckpointNotFound(name)
        return found

    def _planned(self, axes: tuple[Axis, ...]) -> GridPlan | None:
        try:
            return GridPlan(axes, cell_requests(self._base, axes))
        except StudioError as error:
            self._say(message_for(error).text)
            return None

    def _summary(self) -> str:
        if self._plan is None:
            return tr("Type the values that are to be compared.")
        return summary_text(self._plan.axes, self._plan.cells, self._like)

    def _preset_button(self, preset: Preset) -> QPushButton:
        button = QPushButton(preset.name)
        button.setObjectName("chip")
        button.setFixedHeight(px(26))
        button.setToolTip(preset.tip)
        button.clicked.connect(partial(self._on_preset, preset))
        return button

    def _on_preset(self, preset: Preset, _checked: bool = False) -> None:
        self.set_up(preset)

    def _say(self, fault: str) -> None:
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))

    def _lay_out(self) -> None:
        text = label(
            tr(
                "Up to three settings are varied; everything else stays as it is on the left. Each cell is a picture "
                "of its own in the gallery, and so is the whole grid with its labels."
            ),
            "muted",
        )
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(12))
        column.addWidget(text)
        often = QHBoxLayout()
        often.setSpacing(px(8))
        for button in self.presets:
            often.addWidget(button)
        often.addStretch()
        column.addLayout(often)
        for row in self.rows:
            column.addWidget(row)
        column.addWidget(self.summary)
        column.addWidget(self.fault)
        column.addWidget(self.kept)
        column.addSpacing(px(4))
        column.addLayout(self._buttons)
