"""The two masks of inpainting: one says how strongly each pixel is repainted, the other what is kept of the result.

As in Krita AI Diffusion both are as the user painted inside what he painted; their soft zone lies outside of it, so
that nothing of what should go shines through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.errors import MaskUnusable
from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.imaging.selection import grown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels


@dataclass(frozen=True, slots=True, eq=False)
class InpaintMasks:
    """Both masks have the size of `area`, a part of the picture; outside of it both are 0.

    `denoise` is the strength of each pixel (255: all of the task's), grey where the user painted grey. `composite` is
    how much of the result shows: 255 wherever anything was painted, and exactly 0 from `mask_blur` + 1 pixels away
    from what was painted and grown.
    """

    area: Rect
    denoise: MaskPixels
    composite: MaskPixels


def mask_bounds(mask: MaskPixels) -> Rect:
    """The smallest rectangle around everything that is painted.

    Raises:
        MaskUnusable: if that is nothing.
    """
    import cv2

    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        raise MaskUnusable("nothing is painted on it")
    return Rect(left, top, width, height)


def widened_bounds(mask: MaskPixels, by: int) -> Rect:
    """As `mask_bounds`, `by` pixels wider on all sides, as far as the picture goes."""
    height, width = mask.shape
    return mask_bounds(mask).grown(by).clipped(width, height)


def seam_blur(width: int, height: int) -> int:
    """A `blur` with which an extended picture of this size (before it was extended) shows no seam: a twelfth of its
    shorter side, from 4 to 32 pixels. Light and colours are seldom continued exactly.
    """
    return max(4, min(min(width, height) // 12, 32))


def inpaint_masks(mask: MaskPixels, *, grow: int, blur: int) -> InpaintMasks:
    """Widen `mask` by `grow` pixels, then add a zone of `blur` pixels around it in which it fades.

    Raises:
        MaskUnusable: if nothing is painted.
    """
    area = widened_bounds(mask, grow + blur)
    painted = grown(mask[area.top : area.bottom, area.left : area.right], grow)
    fading = _fading(painted, blur)
    denoise = _scaled(_nearest_painted(painted), fading) if _has_grey(painted) else fading
    return InpaintMasks(area, frozen_pixels(denoise), frozen_pixels(fading))


def _fading(painted: MaskPixels, blur: int) -> MaskPixels:
    """255 on what is painted, falling smoothly to 0 at a distance of `blur` + 1."""
    import cv2
    import numpy as np

    fading = np.where(painted, np.uint8(255), np.uint8(0))
    if blur:
        distance = cv2.distanceTransform(_unpainted(painted), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        ring = np.nonzero((distance > 0) & (distance <= blur))
        nearness = 1 - distance[ring] / (blur + 1)
        fading[ring] = np.rint(255 * nearness * nearness * (3 - 2 * nearness))
    return fading


def _has_grey(painted: MaskPixels) -> bool:
    return bool(((painted > 0) & (painted < 255)).any())


def _nearest_painted(painted: MaskPixels) -> MaskPixels:
    """For each pixel the value of the painted pixel that is nearest."""
    import cv2
    import numpy as np

    _, found = cv2.distanceTransformWithLabels(
        _unpainted(painted), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(found, np.int32)
    is_painted = painted > 0
    values = np.zeros(int(labels.max()) + 1, np.uint8)
    values[labels[is_painted]] = painted[is_painted]
    return values[labels]


def _unpainted(painted: MaskPixels) -> NDArray[np.uint8]:
    """1 where nothing is painted: what OpenCV measures the distance of."""
    import numpy as np

    return (painted == 0).astype(np.uint8)


def _scaled(values: MaskPixels, by: MaskPixels) -> MaskPixels:
    """values * by / 255, rounded."""
    import cv2
    import numpy as np

    return np.asarray(cv2.multiply(values, by, scale=1 / 255), np.uint8)
