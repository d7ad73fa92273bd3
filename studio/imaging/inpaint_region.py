"""The part of a picture that the model gets to see for inpainting, and how its answer is put back.

Outside of the composite mask the result is the original, bit for bit, whatever the model returns: those pixels are
never written, and at the end they are compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.geometry import Rect, Size
from studio.core.pixels import frozen_pixels
from studio.core.task import HIGHEST_STRENGTH, Inpaint, InpaintArea, MaskedContent
from studio.imaging.fill import filled
from studio.imaging.fit import Placement, from_model, mask_to_model, resized, to_model
from studio.imaging.masks import InpaintMasks, inpaint_masks
from studio.imaging.seam import is_extension, matched

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_LONGEST_PREVIEW = 512


@dataclass(frozen=True, slots=True, eq=False)
class InpaintPlan:
    """How a task is done at one size: what the model sees, and where its answer goes.

    `seen` is (size.height, size.width, 3), with the masked content under the mask; `denoise` is (size.height,
    size.width), 255 where the task's whole strength applies. The placement's parts say where both lie in `original`.
    `seam` is in how many pixels an extended picture passes into what is new; 0 where nothing was extended.
    """

    original: Pixels
    masks: InpaintMasks
    placement: Placement
    seen: Pixels
    denoise: MaskPixels
    seam: int


def plan_inpaint(original: Pixels, mask: MaskPixels, task: Inpaint, size: Size) -> InpaintPlan:
    """Everything that is decided before the model begins.

    Raises:
        MaskUnusable: if nothing is painted.
    """
    masks = inpaint_masks(mask, grow=task.mask_grow, blur=task.mask_blur)
    height, width = mask.shape
    region = seen_region(task, masks.area, Rect(0, 0, width, height), size)
    placement = region_placement(region, Rect(0, 0, width, height), size)
    denoise = mask_to_model(in_picture(masks.denoise, masks.area, original), placement)
    seen = to_model(original, placement)
    if task.masked_content is MaskedContent.FILL:
        seen = filled(seen, denoise)
    seam = task.mask_blur if is_extension(mask) else 0
    return InpaintPlan(original, masks, placement, seen, denoise, seam)


def seen_region(task: Inpaint, masked: Rect, picture: Rect, size: Size) -> Rect:
    """What the model sees, in the proportions of `size`: it contains `masked` and may reach beyond the picture.

    At full strength nothing under the mask tells the model what belongs there, so it sees more around it, as in Krita
    AI Diffusion: at least as many pixels as it makes, and half the mask's mean side on each side of it.
    """
    needed = picture
    if task.area is InpaintArea.MASKED:
        full = task.strength >= HIGHEST_STRENGTH
        needed = masked.grown(max(task.mask_padding, _context(masked)) if full else task.mask_padding)
        needed = needed.intersection(picture)
        if full:
            needed = _at_least(needed, min(size.width, picture.width), min(size.height, picture.height))
    return _moved_into(_in_proportions(needed, size), picture)


def region_placement(region: Rect, picture: Rect, size: Size) -> Placement:
    """What of the region lies in the picture, and where that is in what the model sees."""
    source = region.intersection(picture)
    within = Rect(source.left - region.left, source.top - region.top, source.width, source.height)
    return Placement(source, _scaled(within, size.width / region.width, size.height / region.height), size)


def put_back(plan: InpaintPlan, result: Pixels) -> tuple[Pixels, int]:
    """The original with `result` (of the placement's size) where the composite mask shows it.

    Returns the picture and the number of pixels outside of the mask, all of which were compared with the original and
    found identical.
    """
    shown = _result_of_area(plan, result)
    if plan.seam:
        shown = matched(shown, plan.original[slices_of(plan.masks.area)], plan.masks.composite, plan.seam)
    return composited(plan.original, shown, plan.masks)


def composited(original: Pixels, shown: Pixels, masks: InpaintMasks) -> tuple[Pixels, int]:
    """`original` with `shown`, which has the size of the masks' area, there; what it returns as `put_back` does."""
    finished = original.copy()
    _blend_into(finished[slices_of(masks.area)], shown, masks.composite)
    return frozen_pixels(finished), _count_unchanged(original, masks, finished)


class PreviewPaste:
    """Shows what the model has so far in its place in the picture, all at a small scale."""

    def __init__(self, plan: InpaintPlan) -> None:
        height, width, _ = plan.original.shape
        scale = min(1, _LONGEST_PREVIEW / max(width, height))
        whole = _scaled(Rect(0, 0, width, height), scale, scale)
        self._place = _scaled(plan.placement.source, whole.width / width, whole.height / height)
        self._target, self._size = plan.placement.target, plan.placement.size
        self._picture = resized(plan.original, whole)
        self._composite = resized(in_picture(plan.masks.composite, plan.masks.area, plan.original), whole)

    def __call__(self, frame: Pixels) -> Pixels:
        """The small picture with `frame`, which shows all that the model sees, at any scale."""
        height, width, _ = frame.shape
        part = _scaled(self._target, width / self._size.width, height / self._size.height)
        shown = resized(frame[slices_of(part)], self._place)
        picture = self._picture.copy()
        _blend_into(picture[slices_of(self._place)], shown, self._composite[slices_of(self._place)])
        return frozen_pixels(picture)


# --- rectangles ---


def _context(masked: Rect) -> int:
    return max(max(masked.width, masked.height) // 16, (masked.width + masked.height) // 4)


def _at_least(rect: Rect, width: int, height: int) -> Rect:
    more_width, more_height = max(0, width - rect.width), max(0, height - rect.height)
    return Rect(
        rect.left - more_width // 2, rect.top - more_height // 2, rect.width + more_width, rect.height + more_height
    )


def _in_proportions(rect: Rect, size: Size) -> Rect:
    """The smallest rectangle around `rect`, with the same middle, that is scaled to `size` in both directions alike."""
    width = max(rect.width, math.ceil(rect.height * size.width / size.height))
    height = max(rect.height, math.ceil(rect.width * size.height / size.width))
    return _at_least(rect, width, height)


def _moved_into(rect: Rect, picture: Rect) -> Rect:
    """As far as there is room; where there is not, the picture is in the middle."""
    return Rect(
        _moved_span(rect.left, rect.width, picture.width),
        _moved_span(rect.top, rect.height, picture.height),
        rect.width,
        rect.height,
    )


def _moved_span(begin: int, length: int, room: int) -> int:
    return (room - length) // 2 if length > room else max(0, min(begin, room - length))


def _scaled(rect: Rect, by_width: float, by_height: float) -> Rect:
    """Its edges rounded to whole pixels, at least one apart."""
    left, top = round(rect.left * by_width), round(rect.top * by_height)
    width = max(1, round(rect.right * by_width) - left)
    height = max(1, round(rect.bottom * by_height) - top)
    return Rect(left, top, width, height)


def slices_of(rect: Rect) -> tuple[slice, slice]:
    """Its rows and columns."""
    return slice(rect.top, rect.bottom), slice(rect.left, rect.right)


# --- pixels ---


def in_picture(part: MaskPixels, area: Rect, original: Pixels) -> MaskPixels:
    """A mask of `area` as a mask of the whole picture."""
    import numpy as np

    whole = np.zeros(original.shape[:2], np.uint8)
    whole[slices_of(area)] = part
    return whole


def _result_of_area(plan: InpaintPlan, result: Pixels) -> Pixels:
    area, source = plan.masks.area, plan.placement.source
    within = Rect(area.left - source.left, area.top - source.top, area.width, area.height)
    return from_model(result, plan.placement)[slices_of(within)]


def _blend_into(picture: Pixels, shown: Pixels, composite: MaskPixels) -> None:
    """Only pixels whose mask is not 0 are written; where both are equal, so is the outcome."""
    import cv2
    import numpy as np

    opaque = composite == 255
    cv2.copyTo(shown, opaque.view(np.uint8), picture)
    ring = np.nonzero((composite > 0) & ~opaque)
    share = composite[ring][:, np.newaxis].astype(np.uint16)
    picture[ring] = (picture[ring] * (255 - share) + shown[ring] * share + 127) // 255


def _count_unchanged(original: Pixels, masks: InpaintMasks, finished: Pixels) -> int:
    import cv2
    import numpy as np

    kept = np.ones(finished.shape[:2], np.uint8)
    kept[slices_of(masks.area)] = masks.composite == 0
    if cv2.norm(original, finished, cv2.NORM_INF, kept):
        raise AssertionError("pixels outside of the mask were changed")
    return cv2.countNonZero(kept)
