"""Painting in the latent of a picture: its cells on the left, what the VAE makes of them on the right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from studio.core.geometry import Rect, Size
from studio.core.language import tr, trn
from studio.imaging.fit import resized
from studio.imaging.latent_painting import CellTool, PaintedLatents, brush_cells, cells_between
from studio.ui.controls import icon_button, label, mode_button, two_lines
from studio.ui.process.cell_canvas import CellCanvas
from studio.ui.process.picture_pane import PicturePane
from studio.ui.process.shown_process import picture_of
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.study import StudiedPicture
    from studio.core.trajectory import Latents

_LARGEST_BRUSH = 9
_TOOLS = {
    CellTool.ERASE: (tr("Erase"), tr("set all numbers of a cell to 0, the middle of what they can be")),
    CellTool.NOISE: (tr("Noise"), tr("random numbers instead of the picture's, as all pictures begin")),
    CellTool.COPY: (
        tr("Copy a cell"),
        tr("paint with the numbers of the framed cell; Alt+click, or Enter, chooses it"),
    ),
}


class LatentPaintView(QWidget):
    """
    Signals:
        changed(Latents): to be decoded; `show_decoded` or `show_fault` is to follow.
        replaced(): what was painted before does not count any more.
    """

    changed = Signal(object)
    replaced = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tool = CellTool.ERASE
        self.canvas = CellCanvas()
        self.decoded = PicturePane(tr("What the VAE makes of it"), tr("the real decode"))
        self._group = QButtonGroup(self)
        self.tools = {tool: self._tool_button(tool) for tool in CellTool}
        self.tools[self.tool].setChecked(True)
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.brush.setRange(1, _LARGEST_BRUSH)
        self.brush.setAccessibleName(tr("Brush size"))
        self.brush.setFixedWidth(px(96))
        self.brush_text = label("", "muted")
        self.undo = icon_button("undo", tr("Undo the last stroke  (Ctrl+Z)"), tr("Undo"))
        self.reset = icon_button("reset", tr("The picture’s own latent again; that can be undone"), tr("Reset"))
        self.told = label("", "muted", selectable=True)
        two_lines(self.told)
        self._painted: PaintedLatents | None = None
        self._studied: StudiedPicture | None = None
        self._last = self._source = (0, 0)
        self._lay_out()
        self._connect()
        self.brush.setValue(3)
        self.await_picture("")

    @property
    def latents(self) -> Latents | None:
        """As they are painted now."""
        return None if self._painted is None else self._painted.current

    @property
    def original(self) -> Latents | None:
        """As they were before."""
        return None if self._studied is None else self._studied.trip.latents

    @property
    def picture_size(self) -> Size:
        """Of what the VAE makes of them; there is a picture."""
        assert self._studied is not None
        height, width, _ = self._studied.pixels.shape
        return Size(width, height)

    def await_picture(self, why: str) -> None:
        """Nothing can be seen yet."""
        self._painted = self._studied = None
        self.replaced.emit()
        self.canvas.show_nothing(why)
        self.decoded.show_nothing(why)
        self.told.clear()
        self._show_state()

    def show_picture(self, studied: StudiedPicture) -> None:
        """Its latent, not painted yet."""
        self._studied = studied
        self.replaced.emit()
        self._painted = PaintedLatents(studied.trip.latents)
        _, rows, columns = studied.trip.latents.shape
        self._pick((rows // 2, columns // 2))
        self._show_latent()
        self.show_decoded(studied.trip.latents, studied.trip.decoded)

    def show_decoded(self, latents: Latents, pixels: Pixels) -> None:
        """What was made of `latents`; it may be older than what is painted by now."""
        if self._studied is not None:
            self.decoded.show_exact(pixels)
            self.told.setText(preview_text(picture_of(latents, self._studied.trip.colours), pixels))

    def show_fault(self, why: str) -> None:
        self.decoded.show_nothing(why)
        self.told.clear()

    # --- painting ---

    def _begin(self, cell: tuple[int, int]) -> None:
        if self._painted is not None:
            self._painted.begin_stroke()
            self._last = cell
            self._paint([cell])

    def _move(self, cell: tuple[int, int]) -> None:
        if self._painted is not None:
            line, self._last = cells_between(self._last, cell), cell
            self._paint(line)

    def _paint(self, cells: list[tuple[int, int]]) -> None:
        assert self._painted is not None
        _, rows, columns = self._painted.current.shape
        for row, column in cells:
            where = brush_cells((rows, columns), row, column, self.brush.value())
            self._painted.paint(self.tool, where, self._source)
        self._tell()

    def _undo(self) -> None:
        if self._painted is not None and self._painted.can_undo:
            self._painted.undo()
            self._tell()

    def _reset(self) -> None:
        if self._painted is not None and self._painted.is_painted:
            self._painted.reset()
            self._tell()

    def _pick(self, cell: tuple[int, int]) -> None:
        self._source = cell
        self._show_source()

    def _tell(self) -> None:
        self._show_latent()
        self.changed.emit(self.latents)

    # --- what is shown ---

    def _show_latent(self) -> None:
        assert self._painted is not None
        assert self._studied is not None
        _, rows, columns = self._painted.current.shape
        self.canvas.show_latent(picture_of(self._painted.current, self._studied.trip.colours), rows, columns)
        self._show_state()

    def _show_state(self) -> None:
        painted = self._painted
        self.undo.setEnabled(painted is not None and painted.can_undo)
        self.reset.setEnabled(painted is not None and painted.is_painted)
        for control in (*self.tools.values(), self.brush):
            control.setEnabled(painted is not None)

    def _show_source(self) -> None:
        self.canvas.show_source(self._source if self.tool is CellTool.COPY else None)

    def _show_size(self, size: int) -> None:
        told = trn("{n} cell wide", "{n} cells wide", size)
        self.brush_text.setText(told)
        self.brush.setToolTip(tr("Brush: {told}", told=told))
        self.canvas.brush_size = size
        self.canvas.update()

    def _set_tool(self, tool: CellTool) -> None:
        self.tool = tool
        self._show_source()

    # --- how it is put together ---

    def _tool_button(self, tool: CellTool) -> QToolButton:
        name, tip = _TOOLS[tool]
        button = mode_button(name, tip, "", partial(self._set_tool, tool))
        self._group.addButton(button)
        return button

    def _connect(self) -> None:
        self.canvas.stroke_begun.connect(self._begin)
        self.canvas.stroke_moved.connect(self._move)
        self.canvas.picked.connect(self._pick)
        self.canvas.undo_asked.connect(self._undo)
        self.brush.valueChanged.connect(self._show_size)
        self.undo.clicked.connect(self._undo)
        self.reset.clicked.connect(self._reset)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(px(8))
        for button in self.tools.values():
            tools.addWidget(button)
        tools.addSpacing(px(8))
        tools.addWidget(self.brush)
        tools.addWidget(self.brush_text)
        tools.addStretch()
        tools.addWidget(self.undo)
        tools.addWidget(self.reset)
        self.canvas.setToolTip(
            tr(
                "Paint on the cells. With keys: arrows move, Space paints, Enter chooses the cell to copy, Ctrl+Z "
                "undoes"
            )
        )
        cells = QVBoxLayout()
        cells.setSpacing(px(4))
        cells.addWidget(label(tr("The latent, as the quick preview shows it")))
        cells.addWidget(self.canvas, 1)
        panes = QHBoxLayout()
        panes.setSpacing(px(16))
        panes.addLayout(cells, 1)
        panes.addWidget(self.decoded, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addLayout(tools)
        column.addLayout(panes, 1)
        column.addWidget(self.told)


def preview_text(preview: Pixels, decoded: Pixels) -> str:
    """How far a quick preview of one pixel for each cell is from the decode, in decibels."""
    from studio.imaging.difference import peak_signal_to_noise

    height, width, _ = decoded.shape
    psnr = peak_signal_to_noise(resized(preview, Rect(0, 0, width, height)), decoded)
    return tr(
        "The quick preview is {psnr:.1f} dB (PSNR) from the real decode: it multiplies each cell with a small table "
        "instead of running the VAE, and is what you see while a picture is made.",
        psnr=psnr,
    )
