"""Asks which part of a picture goes on otherwise from a step on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QDialog, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import accept_or_cancel, icon_button, label
from studio.ui.process.region_canvas import RegionCanvas
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_BRUSHES = 60
"""Sizes of the brush, in hundredths of the picture's shorter side."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionWish:
    """`mask` is 255 where the picture goes on otherwise."""

    mask: MaskPixels
    new_noise: bool


class RegionDialog(QDialog):
    """
    Signals:
        decided(RegionWish)
    """

    decided = Signal(object)

    def __init__(self, parent: QWidget, picture: Pixels, step: int) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Repaint a region after step {step}", step=step))
        self._explanation = label(
            tr(
                "Paint over what should become different. All around it stays as it is, pixel by pixel. "
                "Then change the prompt on the left, and make the picture."
            ),
            "muted",
        )
        self._explanation.setWordWrap(True)
        self.canvas = RegionCanvas(picture)
        self.paint = icon_button("brush", tr("Paint the region"), tr("Brush"))
        self.erase = icon_button("eraser", tr("Take away from the region"), tr("Eraser"))
        self.brush_size = QSlider(Qt.Orientation.Horizontal)
        self.undo = icon_button("undo", tr("Undo the last stroke  (Ctrl+Z)"), tr("Undo"))
        self.clear = icon_button("reset", tr("Take the whole region away; that can be undone"), tr("Clear"))
        self.new_noise = QCheckBox(tr("New noise in the region"))
        self.new_noise.setToolTip(
            tr("Something else comes there even with the same prompt; without it, only by what you change on the left")
        )
        self.new_noise.setChecked(True)
        self.use, self._buttons = accept_or_cancel(self, tr("Use this region"))
        self._set_up()
        self._lay_out()
        self._show_state()

    def accept(self) -> None:
        if self.canvas.is_empty:
            self._explanation.setText(tr("Nothing is painted yet: paint over what should become different."))
            self.canvas.setFocus()
            return
        wish = RegionWish(self.canvas.painted_mask, self.new_noise.isChecked())
        super().accept()
        self.decided.emit(wish)

    def _set_up(self) -> None:
        group = QButtonGroup(self)
        for button in (self.paint, self.erase):
            button.setCheckable(True)
            group.addButton(button)
        self.paint.setChecked(True)
        self.erase.toggled.connect(self._choose_tool)
        self.brush_size.setRange(2, _BRUSHES)
        self.brush_size.setAccessibleName(tr("Brush size"))
        self.brush_size.setToolTip(tr("Brush size"))
        self.brush_size.setFixedWidth(px(120))
        self.brush_size.valueChanged.connect(self._choose_size)
        self.brush_size.setValue(_BRUSHES // 3)
        self.undo.clicked.connect(self.canvas.undo)
        self.clear.clicked.connect(self.canvas.clear)
        self.canvas.painted.connect(self._show_state)

    def _choose_tool(self, erases: bool) -> None:
        self.canvas.erases = erases

    def _choose_size(self, size: int) -> None:
        self.canvas.set_brush_share(size / 100)

    def _show_state(self) -> None:
        self.undo.setEnabled(self.canvas.can_undo)
        self.clear.setEnabled(not self.canvas.is_empty)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(px(8))
        for part in (self.paint, self.erase, self.brush_size, self.undo, self.clear):
            tools.addWidget(part)
        tools.addStretch()
        tools.addWidget(self.new_noise)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(12))
        column.addWidget(self._explanation)
        column.addWidget(self.canvas, 1)
        column.addLayout(tools)
        column.addSpacing(px(4))
        column.addLayout(self._buttons)
        self.canvas.setFocus()
