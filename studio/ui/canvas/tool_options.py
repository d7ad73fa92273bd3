"""What the tools are set to: shared by the tool bar, the keys and the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from studio.imaging.brush import Brush

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_BRUSH = 2000
_SIZE_STEPS = ((10, 1), (50, 5), (100, 10), (300, 25), (1000, 50), (LARGEST_BRUSH, 100))
"""Up to this diameter, so many pixels a step."""
_HARDNESS_STEP = 0.1


class ToolOptions(QObject):
    """Every value stays within its range, whatever it is set to.

    Signals:
        changed(): one of the values is another one now.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._diameter = 50.0
        self._hardness = 1.0
        self._opacity = 1.0
        self._tolerance = 24
        self._contiguous = True
        self._colour = (220, 68, 55)

    @property
    def brush(self) -> Brush:
        return Brush(diameter=self._diameter, hardness=self._hardness, opacity=self._opacity)

    @property
    def diameter(self) -> float:
        """Of the brush, in pixels of the picture: 1 to 2000."""
        return self._diameter

    def set_diameter(self, diameter: float) -> None:
        self._set("_diameter", min(max(float(diameter), 1.0), float(LARGEST_BRUSH)))

    def step_diameter(self, direction: int) -> None:
        """One step larger (1) or smaller (-1): the steps grow with the brush."""
        steps: Iterable[int] = (
            step for limit, step in _SIZE_STEPS if self._diameter < limit or (self._diameter == limit and direction < 0)
        )
        step = next(iter(steps), _SIZE_STEPS[-1][1])
        self.set_diameter(round(self._diameter / step + direction) * step)

    @property
    def hardness(self) -> float:
        """0 (soft from the centre) to 1."""
        return self._hardness

    def set_hardness(self, hardness: float) -> None:
        self._set("_hardness", min(max(round(hardness, 2), 0.0), 1.0))

    def step_hardness(self, direction: int) -> None:
        self.set_hardness(self._hardness + direction * _HARDNESS_STEP)

    @property
    def opacity(self) -> float:
        """Of a whole stroke: 0.01 to 1."""
        return self._opacity

    def set_opacity(self, opacity: float) -> None:
        self._set("_opacity", min(max(round(opacity, 2), 0.01), 1.0))

    @property
    def tolerance(self) -> int:
        """How far a colour may be from the chosen one, 0 to 255 in each channel."""
        return self._tolerance

    def set_tolerance(self, tolerance: int) -> None:
        self._set("_tolerance", min(max(tolerance, 0), 255))

    @property
    def contiguous(self) -> bool:
        """Select only what hangs together with the chosen place."""
        return self._contiguous

    def set_contiguous(self, contiguous: bool) -> None:
        self._set("_contiguous", contiguous)

    @property
    def colour(self) -> tuple[int, int, int]:
        """What the colour brush paints with, RGB."""
        return self._colour

    def set_colour(self, red: int, green: int, blue: int) -> None:
        self._set("_colour", (red, green, blue))

    def _set(self, name: str, value: object) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.changed.emit()
