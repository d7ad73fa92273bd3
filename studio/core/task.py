"""What a picture starts from: noise, another picture, or a picture with a mask over what is to be painted anew."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from studio.core.errors import InvalidMaskSetting, InvalidStrength, MaskUnusable
from studio.core.geometry import Size
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef

LOWEST_STRENGTH = 0.01
HIGHEST_STRENGTH = 1.0
EXTENDING_STRENGTH = 0.6
"""For what is new around a picture, unless somebody says another: its colours go on from the edges already, and where
all of that is thrown away, a model that was not made for masks paints the prompt's thing once more."""


class Fit(StrEnum):
    """How a picture of another shape becomes one of the request's size."""

    CROP = "crop"
    """Scaled until it covers the size; what sticks out, equally on both sides, is left out."""
    PAD = "pad"
    """Scaled until it fits into the size; the rest repeats its edge."""
    STRETCH = "stretch"
    """Scaled to the size, whatever that does to its proportions."""


class InpaintArea(StrEnum):
    """What the model gets to see."""

    WHOLE = "whole"
    """The whole picture, scaled to the request's size."""
    MASKED = "masked"
    """The mask with some padding, scaled to the request's size: small things get the model's full resolution."""


class MaskedContent(StrEnum):
    """What the model finds under the mask."""

    ORIGINAL = "original"
    FILL = "fill"
    """Colours of the surroundings, spread inwards."""
    NOISE = "noise"
    """Nothing but noise: most freedom."""


@dataclass(frozen=True, slots=True)
class TextToImage:
    """Start from noise alone."""

    kind: Literal["text_to_image"] = "text_to_image"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageToImage:
    """Start from `image`, to which noise is added: `strength` is how much, and how many of the steps are run.

    `parent` is the picture of the gallery that `image` is, or was made from. With `restore_size` the result is put
    back at the size of `image`: what `fit` cut off is taken from it, what it added is taken away.

    Raises:
        InvalidStrength: unless 0.01 to 1.
    """

    image: ImageRef
    parent: PictureId | None = None
    strength: float
    fit: Fit = Fit.CROP
    restore_size: bool = False
    kind: Literal["image_to_image"] = "image_to_image"

    def __post_init__(self) -> None:
        _check_strength(self.strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inpaint:
    """Paint anew what lies under `mask` (255 = repaint, 0 = keep, grey in between: less strength), keep the rest.

    The result has the size of `image`; outside the mask and its `mask_blur` it is `image`, bit for bit. All lengths
    are pixels of `image`: `mask_grow` widens the mask, then `mask_blur` softens its edge outwards; `mask_padding` is
    what the model sees around it (with InpaintArea.MASKED).

    Raises:
        InvalidStrength: unless 0.01 to 1.
        InvalidMaskSetting: for a length outside its range.
        MaskUnusable: if `mask` has another size than `image`.
    """

    LARGEST_PADDING: ClassVar[int] = 1024
    LARGEST_BLUR: ClassVar[int] = 256
    LARGEST_GROW: ClassVar[int] = 256

    image: ImageRef
    mask: ImageRef
    parent: PictureId | None = None
    strength: float
    area: InpaintArea = InpaintArea.MASKED
    mask_padding: int = 32
    mask_blur: int = 4
    mask_grow: int = 0
    masked_content: MaskedContent = MaskedContent.ORIGINAL
    kind: Literal["inpaint"] = "inpaint"

    def __post_init__(self) -> None:
        _check_strength(self.strength)
        for name, value, highest in (
            ("padding", self.mask_padding, self.LARGEST_PADDING),
            ("blur", self.mask_blur, self.LARGEST_BLUR),
            ("grow", self.mask_grow, self.LARGEST_GROW),
        ):
            if not 0 <= value <= highest:
                raise InvalidMaskSetting(name, value, 0, highest)
        image, mask = self.image, self.mask
        if (image.width, image.height) != (mask.width, mask.height):
            raise MaskUnusable(
                f"it has {mask.width} x {mask.height} pixels, the picture has {image.width} x {image.height}"
            )


Task: TypeAlias = TextToImage | ImageToImage | Inpaint
"""A sum type: no field of a request is "sometimes set"."""


def steps_run(num_inference_steps: int, strength: float) -> int:
    """How many of the steps are really run from a picture: diffusers' rule (`get_timesteps`), but at least one."""
    return max(1, min(int(num_inference_steps * strength), num_inference_steps))


def finished_size(task: Task, size: Size) -> tuple[int, int]:
    """(width, height) of what is made at `size`: what is put back into a start picture has its size."""
    match task:
        case Inpaint(image=image) | ImageToImage(image=image, restore_size=True):
            return image.width, image.height
        case _:
            return size.width, size.height


def _check_strength(strength: float) -> None:
    if not math.isfinite(strength) or not LOWEST_STRENGTH <= strength <= HIGHEST_STRENGTH:
        raise InvalidStrength(strength, LOWEST_STRENGTH, HIGHEST_STRENGTH)
