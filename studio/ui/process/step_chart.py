"""Lines over the steps, with a marker at the one that is looked at. pyqtgraph draws them in the program's colours."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (pyqtgraph has no types)

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.theme import current_tokens, px

_TICK_PIXELS = 11
_LARGEST = 1000.0
"""What infinity, the sigma of pure noise, is drawn as."""
_POWERS = [[(power, f"{10.0**power:g}") for power in range(-3, 4)]]
"""Where a logarithmic axis has numbers."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value for each step. The main line of a chart has the accent's colour."""

    name: str
    values: tuple[float, ...]
    is_main: bool = True


class StepChart(QWidget):
    """`first` is what the first place is called: steps count from 1, timesteps from 0.

    Signals:
        chosen(int): the user pointed at this place, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self, name: str, *, first: int = 1) -> None:
        super().__init__()
        self._first = first
        self.setAccessibleName(name)
        self._lines: tuple[Line, ...] = ()
        self._current = 0
        self._is_logarithmic = False
        self._plot = pyqtgraph.PlotWidget()
        self._plot.setBackground(None)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its keys are those of the slider
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.viewport().installEventFilter(self)
        self._curves: list[pyqtgraph.PlotDataItem] = []
        self._marker = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._dots = pyqtgraph.ScatterPlotItem(size=px(8))
        self._plot.addItem(self._marker)
        self._plot.addItem(self._dots)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._apply_colours()

    def show_lines(self, lines: Sequence[Line], *, logarithmic: bool = False) -> None:
        """In place of those before; all have the same number of steps."""
        self._lines = tuple(lines)
        self._is_logarithmic = logarithmic
        self._plot.setLogMode(x=False, y=logarithmic)
        self._plot.getAxis("left").setTicks(_POWERS if logarithmic else None)
        for curve in self._curves:
            self._plot.removeItem(curve)
        self._curves = [self._plot.plot(antialias=True) for _ in lines]
        self._draw()

    def set_current(self, index: int) -> None:
        """Put the marker there."""
        self._current = index
        if not self._lines:
            return
        self._marker.setValue(index + self._first)
        values = [_finite(line.values[index]) for line in self._lines]
        heights = [math.log10(value) if self._is_logarithmic else value for value in values]
        self._dots.setData(x=[index + self._first] * len(heights), y=heights)
        self._dots.setBrush([QColor(self._colour(line)) for line in self._lines])
        told = ", ".join(f"{line.name} {line.values[index]:.3g}" for line in self._lines)
        self.setAccessibleDescription(f"{index + self._first}: {told}")
        self.setToolTip(told)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_colours()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.buttons() & Qt.MouseButton.LeftButton and self._lines:
            at = self._plot.getViewBox().mapSceneToView(self._plot.mapToScene(event.position().toPoint()))
            last = len(self._lines[0].values) - 1
            self.chosen.emit(min(last, max(0, round(at.x()) - self._first)))
            return True
        return super().eventFilter(watched, event)

    def _draw(self) -> None:
        for curve, line in zip(self._curves, self._lines, strict=True):
            places = list(range(self._first, self._first + len(line.values)))
            curve.setData(places, [_finite(value) for value in line.values])
        if self._lines:
            last = self._first + len(self._lines[0].values) - 1
            self._plot.getViewBox().setXRange(self._first, last, padding=0.02)
        self._apply_colours()
        self.set_current(min(self._current, len(self._lines[0].values) - 1) if self._lines else 0)

    def _apply_colours(self) -> None:
        tokens = current_tokens()
        for curve, line in zip(self._curves, self._lines, strict=True):
            curve.setPen(pyqtgraph.mkPen(self._colour(line), width=2))
        self._marker.setPen(pyqtgraph.mkPen(tokens.control, width=1))
        self._dots.setPen(pyqtgraph.mkPen(None))
        font = QFont(self.font())
        font.setPixelSize(px(_TICK_PIXELS))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pyqtgraph.mkPen(tokens.line))
            axis.setTextPen(pyqtgraph.mkPen(tokens.muted))
            axis.setStyle(tickFont=font, tickLength=0)
        self._plot.getAxis("left").setWidth(px(36))
        self._plot.showGrid(x=False, y=True, alpha=0.35)

    def _colour(self, line: Line) -> str:
        tokens = current_tokens()
        return tokens.accent if line.is_main else tokens.muted


def _finite(value: float) -> float:
    return min(value, _LARGEST)
