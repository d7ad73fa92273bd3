"""A round brush and the marks it leaves: how far each pixel is covered, from 0 to 255."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from studio.core.geometry import Rect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels

    Lengths: TypeAlias = NDArray[np.floating]

LEAST_PRESSURE = 0.05

_KEPT_BYTES = 32 * 2**20
# Below this diameter a pixel is averaged over a finer grid: a small disc's edge is nowhere straight.
_SMALL = 16


@dataclass(frozen=True, slots=True)
class StrokePoint:
    """Where the pointer is, in pixels of the picture; the centre of the first pixel is (0.5, 0.5).

    `pressure` from 0 to 1 scales the brush's width; less than 0.05 counts as 0.05.
    """

    x: float
    y: float
    pressure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    """A round brush; lengths are pixels of the picture.

    `hardness` is the share of the radius that is fully covered: 0 is soft from the centre, 1 leaves one pixel of
    anti-aliasing. `opacity` is that of the whole stroke: its dabs do not add up. `spacing` is the distance between
    dabs, as a share of the diameter.

    Raises:
        ValueError: for a diameter outside 1 to 2000, a share outside 0 to 1, or no spacing.
    """

    LARGEST: ClassVar[float] = 2000.0

    diameter: float
    hardness: float = 1.0
    opacity: float = 1.0
    spacing: float = 0.05

    def __post_init__(self) -> None:
        if not 1 <= self.diameter <= self.LARGEST:
            raise ValueError(f"a diameter of {self.diameter} pixels, 1 to {self.LARGEST} are possible")
        for name, share in (("hardness", self.hardness), ("opacity", self.opacity), ("spacing", self.spacing)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} {share} is not within 0 to 1")
        if self.spacing == 0:
            raise ValueError("dabs need some spacing")

    def width(self, pressure: float) -> float:
        """The diameter at this pressure, at least one pixel."""
        return max(1.0, self.diameter * min(1.0, max(LEAST_PRESSURE, pressure)))

    def step(self, pressure: float) -> float:
        """The distance to the next dab: at least one pixel, unless that would be too far.

        Dabs of diameter d that are s apart leave scallops at the stroke's edge, d/2 - sqrt(d^2/4 - s^2/4) deep. At
        s = sqrt(d - 1/4) that is a quarter of a pixel, more would show: large hard brushes get more dabs than
        `spacing` asks for.
        """
        width = self.width(pressure)
        return min(max(1.0, self.spacing * width), math.sqrt(width - 1 / 4))


class BrushTip:
    """Makes the dabs of one brush, and keeps those that it made for the next time."""

    def __init__(self, brush: Brush) -> None:
        self.brush = brush
        self._stamps: dict[tuple[float, float, float], MaskPixels] = {}
        self.kept_bytes = 0

    def dab(self, at: StrokePoint) -> tuple[Rect, MaskPixels]:
        """The pixels around `at`, and how far each is covered: 255 times the opacity where it is fully.

        The rectangle is not clipped to any picture.
        """
        diameter = _rounded_width(self.brush.width(at.pressure))
        places = _places(diameter)
        column, x = divmod(round(at.x * places), places)
        row, y = divmod(round(at.y * places), places)
        stamp = self._stamp(diameter, x / places, y / places)
        side = len(stamp)
        return Rect(column - side // 2, row - side // 2, side, side), stamp

    def _stamp(self, diameter: float, x: float, y: float) -> MaskPixels:
        key = (diameter, x, y)
        stamp = self._stamps.get(key)
        if stamp is None:
            stamp = dab_coverage(diameter, self.brush.hardness, self.brush.opacity, x, y)
            self._keep(key, stamp)
        return stamp

    def _keep(self, key: tuple[float, float, float], stamp: MaskPixels) -> None:
        if self.kept_bytes + stamp.nbytes > _KEPT_BYTES:
            self._stamps.clear()
            self.kept_bytes = 0
        self._stamps[key] = stamp
        self.kept_bytes += stamp.nbytes


def dab_coverage(diameter: float, hardness: float, opacity: float, x: float, y: float) -> MaskPixels:
    """How far a disc covers the pixels around it: uint8, (side, side), side odd.

    (x, y), both from 0 to below 1, is where the disc's centre lies within the middle pixel.
    """
    import numpy as np

    parts = max(1, math.ceil(_SMALL / diameter))
    reach = math.ceil(diameter / 2 + 0.5)
    side = 2 * reach + 1
    offsets = (np.arange(side * parts, dtype=np.float32) + 0.5) / parts - reach
    distances = np.sqrt((offsets - x) ** 2 + ((offsets - y) ** 2)[:, None])
    # The fall from the centre outwards is looked up: cells of a sixteenth of a part, which 8 bits do not show. From
    # `reach` on, the last cell, it is 0.
    cells = 16 * parts
    falloff = _falloff(np.arange(reach * cells + 1, dtype=np.float32) / cells, diameter / 2, hardness, 1 / parts)
    indices = (distances * cells + 0.5).astype(np.int32)
    if parts == 1:
        return np.take(np.rint(falloff * (255 * opacity)).astype(np.uint8), indices, mode="clip")
    covered = np.take(falloff, indices, mode="clip").reshape(side, parts, side, parts).mean(axis=(1, 3))
    return np.rint(covered * (255 * opacity)).astype(np.uint8)


def _falloff(distances: Lengths, radius: float, hardness: float, pixel: float) -> Lengths:
    """1 in the hard part, falling to 0 at the radius, averaged over one pixel along the radius."""
    fall = max(radius * (1 - hardness), 1e-3)
    start = radius - fall
    begin = _fallen((distances - pixel / 2 - start) / fall)
    end = _fallen((distances + pixel / 2 - start) / fall)
    return 1 - (end - begin) * (fall / pixel)


def _fallen(t: Lengths) -> Lengths:
    """The integral from 0 to t of Perlin's smootherstep 6t^5 - 15t^4 + 10t^3, which is 0 before 0 and 1 after 1.

    Its first and second derivatives are 0 at both ends: the middle of a soft stroke stays level between its dabs.
    """
    import numpy as np

    inside = np.clip(t, 0, 1)
    return inside**4 * (inside * (inside - 3) + 2.5) + np.maximum(t - 1, 0)


def _places(diameter: float) -> int:
    """In how many steps per pixel dabs are placed: as fine as can be seen at that size, as coarse as makes them come
    again soon.
    """
    return 8 if diameter <= 64 else 4 if diameter <= 512 else 2


def _rounded_width(width: float) -> float:
    """To an eighth of a pixel, or to 1/256 for large brushes, so that dabs under a pen's pressure come again."""
    step = max(1 / 8, 2.0 ** (math.floor(math.log2(width)) - 8))
    return round(width / step) * step
