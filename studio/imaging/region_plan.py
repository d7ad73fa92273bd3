"""A region of a picture that goes on otherwise from some step on: where the model may change it, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.errors import MaskUnusable
from studio.imaging.fit import Placement, mask_to_model
from studio.imaging.inpaint_region import composited, in_picture, slices_of
from studio.imaging.masks import InpaintMasks, inpaint_masks

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels


@dataclass(frozen=True, slots=True, eq=False)
class RegionPlan:
    """`original` is the picture that stays around the region; `denoise` (height and width of what the model makes) is
    255 where it may change from the first step of the branch on, 0 where it never may.
    """

    original: Pixels
    masks: InpaintMasks
    denoise: MaskPixels


def plan_region(original: Pixels, mask: MaskPixels, *, blur: int, placement: Placement | None) -> RegionPlan:
    """`placement` says where the picture lies in what the model makes, if it is not the same.

    Raises:
        MaskUnusable: if nothing is painted, or only what the model does not make.
    """
    masks = inpaint_masks(mask, grow=0, blur=blur)
    denoise = in_picture(masks.denoise, masks.area, original)
    if placement is not None:
        denoise = mask_to_model(denoise, placement)
    if not denoise.any():
        raise MaskUnusable("all of it lies where the picture was taken over from the one it was made from")
    return RegionPlan(original, masks, denoise)


def put_region_back(plan: RegionPlan, made: Pixels) -> tuple[Pixels, int]:
    """The original with `made` (of its size) where the region shows it.

    Returns the picture and the number of pixels outside of the mask, all of which were compared with the original and
    found identical.
    """
    return composited(plan.original, made[slices_of(plan.masks.area)], plan.masks)
