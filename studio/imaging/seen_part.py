"""What of a start picture the model will see: for the frame that the canvas shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.geometry import Rect, Size
from studio.core.task import ImageToImage, Inpaint
from studio.imaging.fit import fit_placement
from studio.imaging.inpaint_region import seen_region
from studio.imaging.masks import widened_bounds

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels


def seen_part(task: ImageToImage | Inpaint, mask: MaskPixels, size: Size) -> Rect:
    """The part of the picture, in its pixels, that a model working at `size` sees for this task.

    Raises:
        MaskUnusable: if the task is to inpaint, and nothing is painted.
    """
    width, height = task.image.width, task.image.height
    if isinstance(task, ImageToImage):
        return fit_placement(width, height, size, task.fit).source
    masked = widened_bounds(mask, task.mask_grow + task.mask_blur)
    return seen_region(task, masked, Rect(0, 0, width, height), size).clipped(width, height)
