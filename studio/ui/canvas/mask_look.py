"""How the mask is shown over the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRENGTH = 0.55
"""Opacity of a fully masked place: the picture must still be seen through it."""


class MaskStyle(StrEnum):
    COLOUR = "colour"
    ANTS = "ants"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class MaskLook:
    """`colour` is #rrggbb; None is the accent of the theme."""

    style: MaskStyle = MaskStyle.COLOUR
    colour: str | None = None


def mask_colouring(style: MaskStyle, colour: str) -> Callable[[NDArray[np.uint8]], NDArray[np.uint32] | None]:
    """Colours mask values as `style` wants: translucent, not at all (ants are lines), or as opaque grey."""
    if style is MaskStyle.ALONE:
        return lambda values: _grey_ramp()[values]
    if style is MaskStyle.ANTS:
        return lambda values: None
    return lambda values: _translucent_ramp(colour)[values] if values.any() else None


@cache
def _translucent_ramp(colour: str) -> NDArray[np.uint32]:
    """Premultiplied 0xAARRGGBB for each mask value."""
    import numpy as np

    alpha = np.arange(256.0) * _STRENGTH
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return _packed(alpha, *(alpha * channel / 255 for channel in (red, green, blue)))


@cache
def _grey_ramp() -> NDArray[np.uint32]:
    import numpy as np

    grey = np.arange(256.0)
    return _packed(np.full(256, 255.0), grey, grey, grey)


def _packed(*channels: NDArray[np.float64]) -> NDArray[np.uint32]:
    import numpy as np

    alpha, red, green, blue = (np.rint(channel).astype(np.uint32) for channel in channels)
    return np.asarray(alpha << 24 | red << 16 | green << 8 | blue, np.uint32)
