"""Pictures of any size for a model that works at its own: where each part goes, there and back.

Scaled by OpenCV: areas are averaged when they shrink, cubic when they grow. What has the right size already is not
touched, so that nothing is lost on the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.geometry import Rect, Size
from studio.core.pixels import frozen_pixels
from studio.core.task import Fit

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_HARDLY_LARGER = 1.5


@dataclass(frozen=True, slots=True)
class Placement:
    """The part `source` of a picture fills the part `target` of what the model sees, which has `size`.

    What lies around `target` repeats its edge. Neither part is empty.
    """

    source: Rect
    target: Rect
    size: Size

    @property
    def is_exact(self) -> bool:
        """True when no pixel is scaled: then the way there and back changes nothing."""
        return (self.source.width, self.source.height) == (self.target.width, self.target.height)


def model_size(width: int, height: int, best: Size, multiple: int) -> Size:
    """The size in the proportions of a picture of width x height with about as many pixels as `best`.

    Both sides are rounded to multiples of `multiple` (that of the model's family) and kept within what `Size` allows.
    """
    scale = math.sqrt(best.width * best.height / (width * height))
    return Size(_side(width * scale, multiple), _side(height * scale, multiple))


def fit_placement(width: int, height: int, size: Size, fit: Fit) -> Placement:
    """Where a picture of width x height goes in `size`."""
    whole, target = Rect(0, 0, width, height), Rect(0, 0, size.width, size.height)
    if fit is Fit.CROP:
        return Placement(_centred(whole, target), target, size)
    if fit is Fit.PAD:
        return Placement(whole, _centred(target, whole), size)
    return Placement(whole, target, size)


def as_model_sees(pixels: Pixels, best: Size, multiple: int) -> Pixels:
    """A picture that a model with this best size can take: one that is about as large loses only what does not fill a
    cell at the right and the bottom, another is scaled, and what sticks out is cut off.
    """
    height, width, _ = pixels.shape
    if min(height, width) >= multiple and height * width <= _HARDLY_LARGER * best.width * best.height:
        return frozen_pixels(pixels[: height - height % multiple, : width - width % multiple])
    return to_model(pixels, fit_placement(width, height, model_size(width, height, best, multiple), Fit.CROP))


def to_model(pixels: Pixels, placement: Placement) -> Pixels:
    """What the model sees of a picture: (size.height, size.width, 3)."""
    return _bordered(resized(_part(pixels, placement.source), placement.target), placement)


def mask_to_model(mask: MaskPixels, placement: Placement) -> MaskPixels:
    """The same of a mask: (size.height, size.width). Linear, because cubic would paint beside the edges."""
    return _bordered(_resized_linearly(_part(mask, placement.source), placement.target), placement)


def from_model(result: Pixels, placement: Placement) -> Pixels:
    """The part `placement.source` of the picture, as the model's `result` (of `placement.size`) shows it."""
    return resized(_part(result, placement.target), placement.source)


def restored(result: Pixels, original: Pixels, placement: Placement) -> Pixels:
    """The result at the original's size: what was cut off is taken from it, what was added is left out."""
    restored_pixels = original.copy()
    source = placement.source
    restored_pixels[source.top : source.bottom, source.left : source.right] = from_model(result, placement)
    return frozen_pixels(restored_pixels)


def resized(pixels: Pixels, to: Rect) -> Pixels:
    """Scaled to the width and height of `to`; the same array when it has them."""
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    if (width, height) == (to.width, to.height):
        return pixels
    shrunk = cv2.resize(pixels, (min(width, to.width), min(height, to.height)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (to.width, to.height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _resized_linearly(mask: MaskPixels, to: Rect) -> MaskPixels:
    import cv2
    import numpy as np

    height, width = mask.shape
    shrunk = cv2.resize(mask, (min(width, to.width), min(height, to.height)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(shrunk, (to.width, to.height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _part(pixels: Pixels, rect: Rect) -> Pixels:
    return pixels[rect.top : rect.bottom, rect.left : rect.right]


def _bordered(pixels: Pixels, placement: Placement) -> Pixels:
    import cv2
    import numpy as np

    target, size = placement.target, placement.size
    right, bottom = size.width - target.right, size.height - target.bottom
    bordered = cv2.copyMakeBorder(pixels, target.top, bottom, target.left, right, cv2.BORDER_REPLICATE)
    return frozen_pixels(np.asarray(bordered, np.uint8))


def _centred(outer: Rect, proportions: Rect) -> Rect:
    """The largest rectangle of these proportions in the middle of `outer`."""
    scale = min(outer.width / proportions.width, outer.height / proportions.height)
    width = max(1, min(round(proportions.width * scale), outer.width))
    height = max(1, min(round(proportions.height * scale), outer.height))
    return Rect(outer.left + (outer.width - width) // 2, outer.top + (outer.height - height) // 2, width, height)


def _side(length: float, multiple: int) -> int:
    return max(Size.LOWEST, min(round(length / multiple) * multiple, Size.HIGHEST))
