"""Where a picture was extended, what the model drew takes over its light and colours along the seam.

A model seldom meets them exactly, and a step of a few levels is seen across a sky. As in seamless cloning (P. Pérez,
M. Gangnet, A. Blake: "Poisson Image Editing", 2003), what is missing at the seam is spread smoothly over what is new;
here it fades on the way, so that farther out the picture is as the model drew it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.geometry import Rect
from studio.core.pixels import frozen_pixels
from studio.imaging.fit import resized

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels, Pixels

_WORKING_SIDE = 512
"""Only smooth changes are spread: it takes the same time for every picture."""
_FADES_OVER = 5
"""How far what is spread reaches, in widths of the zone in which the picture fades."""
_FINENESS = 1 / 6
"""Details smaller than this part of that zone are left as drawn."""
_LIKELY = 64
"""By so many levels light may differ; where more is missing, another thing lies there."""


def is_extension(mask: MaskPixels) -> bool:
    """True if a whole side of the picture is new."""
    return any(bool(side.all()) for side in (mask[0], mask[-1], mask[:, 0], mask[:, -1]))


def matched(shown: Pixels, original: Pixels, composite: MaskPixels, fade: int) -> Pixels:
    """`shown` with the light and colours of `original` along the zone of `fade` pixels where `composite` is grey.

    All three are of the same size. Without such a zone it comes back as it is.
    """
    import cv2
    import numpy as np

    height, width = composite.shape
    scale = min(1, _WORKING_SIDE / max(height, width))
    small = Rect(0, 0, max(1, round(width * scale)), max(1, round(height * scale)))
    share = resized(composite, small)
    if not ((share > 0) & (share < 255)).any():
        return shown
    missing = resized(original, small).astype(np.float32) - resized(shown, small)
    spread = _spread(*_along_seam(missing, share, fade * scale * _FINENESS))
    spread = spread * _nearness(share, fade * scale * _FADES_OVER)[:, :, np.newaxis]
    levels = np.rint(spread).astype(np.int16)
    change = np.asarray(cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR))
    return frozen_pixels(np.asarray(cv2.add(shown, change, dtype=cv2.CV_8U), np.uint8))


def _along_seam(
    missing: NDArray[np.float32], share: MaskPixels, fineness: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What is missing there, without details, and how much each pixel has to say (0 to 1): most of all at the seam."""
    import numpy as np

    deviation = np.abs(_blurred(missing, fineness)).max(axis=2)
    nearness = np.where(share < 255, share, 0).astype(np.float32) / 255
    weights = nearness**2 / (1 + (deviation / _LIKELY) ** 2) ** 2
    reach = _blurred(weights, fineness)
    return _means(_blurred(missing * weights[:, :, np.newaxis], fineness), reach), _capped(8 * reach)


def _spread(values: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values where weights are 1, passing smoothly into one another where they are 0.

    Each scale fills the gaps of the next finer one (S. Gortler et al.: "The Lumigraph", 1996).
    """
    import cv2
    import numpy as np

    if min(weights.shape) == 1:
        return np.broadcast_to(np.average(values, axis=(0, 1), weights=weights + 1e-6), values.shape).astype(np.float32)
    height, width = weights.shape
    weight = np.asarray(cv2.pyrDown(weights), np.float32)
    weighted = np.asarray(cv2.pyrDown(values * weights[:, :, np.newaxis]), np.float32)
    coarse = _spread(_means(weighted, weight), _capped(4 * weight))
    filled = np.asarray(cv2.pyrUp(coarse, dstsize=(width, height)), np.float32)
    return np.asarray(filled + (values - filled) * weights[:, :, np.newaxis], np.float32)


def _means(weighted: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(weighted / np.maximum(weights, 1e-6)[:, :, np.newaxis], np.float32)


def _capped(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(np.minimum(weights, 1), np.float32)


def _nearness(share: MaskPixels, reach: float) -> NDArray[np.float32]:
    """1 at the seam, falling smoothly to 0 at a distance of `reach`."""
    import cv2
    import numpy as np

    is_new = (share == 255).astype(np.uint8)
    pixels = np.asarray(cv2.distanceTransform(is_new, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    distance = np.minimum(pixels / max(reach, 1), 1)
    return 1 - distance * distance * (3 - 2 * distance)


def _blurred(values: NDArray[np.float32], fineness: float) -> NDArray[np.float32]:
    import cv2
    import numpy as np

    return np.asarray(cv2.GaussianBlur(values, (0, 0), max(fineness, 0.5)), np.float32)
