"""Where there is much of something, as colours over a picture."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.imaging.fit import resized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.core.pixels import Pixels

_STOPS = np.array([(20, 11, 53), (101, 21, 110), (187, 55, 84), (249, 142, 9), (252, 255, 164)], np.float32)
"""Dark to bright in even steps for the eye, also for one that sees no colours: those of matplotlib's `inferno`."""
_PICTURE_LEAST, _PICTURE_MOST = 0.25, 0.65
"""How much of the picture shines through where there is most and least."""
_TO_ALL_FOUR = np.uint32(0x01010101)
"""A byte times this is that byte four times."""
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def heat_colours(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """For each value of 0 to 1 its red, green and blue, 0 to 255."""
    place = np.clip(values, 0, 1).astype(np.float32) * (len(_STOPS) - 1)
    lower = np.minimum(place.astype(np.intp), len(_STOPS) - 2)
    share = (place - lower)[..., None]
    return (_STOPS[lower] + (_STOPS[lower + 1] - _STOPS[lower]) * share).astype(np.float32)


def heat_over(picture: Pixels, amount: NDArray[np.floating], longest: int) -> Pixels:
    """The picture in grey with colours over it for `amount` (height, width), its least dark and its most bright.

    Both are shown smoothly with `longest` pixels at the longer side, whatever they have.
    """
    import cv2

    height, width = amount.shape
    factor = longest / max(height, width)
    place = Rect(0, 0, max(1, round(width * factor)), max(1, round(height * factor)))
    least, span = float(amount.min()), float(np.ptp(amount))
    relative = np.round((amount - least) * (255 / span if span > 0 else 0)).astype(np.uint8)
    heat = resized(relative, place)
    grey = resized(picture, place).astype(np.float32) @ _LUMINANCE
    through, colours = _blending()
    seen = (grey * through.take(heat)).astype(np.uint8)
    blended = colours.take(heat)
    blended += seen * _TO_ALL_FOUR  # no byte passes 255: both are shares of at most that
    four = blended.view(np.uint8).reshape(*heat.shape, 4)
    return frozen_pixels(np.asarray(cv2.cvtColor(four, cv2.COLOR_RGBA2RGB), np.uint8))


@cache
def _blending() -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """For each of 256 amounts how much of the picture is seen, and the colour that is added to it: four bytes as one
    number, the last of them unused, which numpy looks up and adds more quickly than three.
    """
    heat = np.arange(256, dtype=np.float32) / 255
    through = (_PICTURE_MOST - (_PICTURE_MOST - _PICTURE_LEAST) * heat).astype(np.float32)
    colours = np.zeros((256, 4), np.uint8)
    colours[:, :3] = heat_colours(heat) * (1 - through)[:, None]
    return through, colours.view(np.uint32)[:, 0]
