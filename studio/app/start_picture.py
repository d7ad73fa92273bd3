"""What a request starts from, as people say it on the command line and in Python: files, names, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from studio.core.errors import InvalidMaskSetting, MaskUnusable, SourceRequired, SourceUnusable, UnknownChoice
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef
from studio.core.task import (
    EXTENDING_STRENGTH,
    Fit,
    ImageToImage,
    Inpaint,
    InpaintArea,
    MaskedContent,
    Task,
    TextToImage,
)
from studio.imaging.masks import mask_bounds, seam_blur
from studio.settings.model import StartState

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import MaskPixels, Pixels

Choice = TypeVar("Choice", bound=StrEnum)

LARGEST_EXTENSION = 4096
_ONLY_WITH_MASK = ("area", "mask_padding", "mask_blur", "mask_grow", "masked_content")
_ONLY_WITHOUT_MASK = ("fit", "restore_size")
_SIDES = ("left", "top", "right", "bottom")


class SourceSink(Protocol):
    """Takes the pictures and masks that a request will refer to."""

    def put_image(self, pixels: Pixels) -> ImageRef: ...
    def put_mask(self, mask: MaskPixels) -> ImageRef: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPicture:
    """What to start from, and how. None means: not said, so as the window does it at first.

    Pictures are files or Pillow images. `outpaint` is how many pixels to add on each side, such as
    "left=64,right=64".
    """

    image: Path | Image | None = None
    mask: Path | Image | None = None
    outpaint: str | None = None
    strength: float | None = None
    fit: str | None = None
    restore_size: bool | None = None
    area: str | None = None
    mask_padding: int | None = None
    mask_blur: int | None = None
    mask_grow: int | None = None
    masked_content: str | None = None

    def task(self, sources: SourceSink) -> Task:
        """The task, with its pictures put into `sources`.

        Raises:
            InvalidRequest: the leaf that says what is wrong, or missing.
            StorageError: a file cannot be read, or a picture not be kept.
        """
        if self.image is None:
            self._require_nothing_else()
            return TextToImage()
        if self.mask is None and self.outpaint is None:
            self._refuse(_ONLY_WITH_MASK, "a mask")
            return self._image_to_image(self.image, sources)
        self._refuse(_ONLY_WITHOUT_MASK, "a picture without a mask")
        return self._inpaint(self.image, sources)

    def _image_to_image(self, image: Path | Image, sources: SourceSink) -> ImageToImage:
        usual = StartState()
        fit = usual.fit if self.fit is None else _choice("fit", self.fit, Fit)
        return ImageToImage(
            image=sources.put_image(pixels_of(image)),
            parent=_picture_id(image),
            strength=usual.vary_strength if self.strength is None else self.strength,
            fit=fit,
            restore_size=usual.restore_size if self.restore_size is None else self.restore_size,
        )

    def _inpaint(self, image: Path | Image, sources: SourceSink) -> Inpaint:
        usual = StartState()
        start = pixels_of(image)
        pixels, mask = self._masked(start)
        strength, blur = usual.repaint_strength, usual.mask_blur
        if self.outpaint is not None:
            strength, blur = EXTENDING_STRENGTH, seam_blur(start.shape[1], start.shape[0])
        content = self.masked_content
        return Inpaint(
            image=sources.put_image(pixels),
            mask=sources.put_mask(mask),
            parent=_picture_id(image),
            strength=strength if self.strength is None else self.strength,
            area=usual.area if self.area is None else _choice("area", self.area, InpaintArea),
            mask_padding=usual.mask_padding if self.mask_padding is None else self.mask_padding,
            mask_blur=blur if self.mask_blur is None else self.mask_blur,
            mask_grow=usual.mask_grow if self.mask_grow is None else self.mask_grow,
            masked_content=usual.masked_content if content is None else _choice("content", content, MaskedContent),
        )

    def _masked(self, pixels: Pixels) -> tuple[Pixels, MaskPixels]:
        """The picture, extended if asked, with what is painted on it: the mask, and all that is new."""
        import numpy as np

        mask = np.zeros(pixels.shape[:2], np.uint8) if self.mask is None else mask_pixels_of(self.mask)
        if mask.shape != pixels.shape[:2]:
            raise MaskUnusable(_other_size(mask, pixels))
        if self.outpaint is not None:
            pixels, mask = _extended(pixels, mask, _sides(self.outpaint))
        mask_bounds(mask)
        return pixels, mask

    def _require_nothing_else(self) -> None:
        self._refuse(("mask", "outpaint", "strength", *_ONLY_WITHOUT_MASK, *_ONLY_WITH_MASK), "a start picture")

    def _refuse(self, names: tuple[str, ...], needed: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                raise SourceRequired(name.replace("_", " "), needed)


def _choice(name: str, value: str, kind: type[Choice]) -> Choice:
    try:
        return kind(value.strip().lower())
    except ValueError:
        raise UnknownChoice(name, value, tuple(member.value for member in kind)) from None


def _sides(text: str) -> tuple[int, int, int, int]:
    """ "left=64,top=8" as pixels on the left, at the top, on the right and at the bottom."""
    pixels = dict.fromkeys(_SIDES, 0)
    for part in text.split(","):
        side, _, number = (piece.strip() for piece in part.partition("="))
        if side not in pixels:
            raise UnknownChoice("side", side, _SIDES)
        if not number.isascii() or not number.isdigit() or int(number) > LARGEST_EXTENSION:
            raise InvalidMaskSetting("extension", number, 0, LARGEST_EXTENSION)
        pixels[side] = int(number)
    return pixels["left"], pixels["top"], pixels["right"], pixels["bottom"]


def _extended(pixels: Pixels, mask: MaskPixels, sides: tuple[int, int, int, int]) -> tuple[Pixels, MaskPixels]:
    import cv2
    import numpy as np

    from studio.core.pixels import frozen_pixels
    from studio.imaging.decode import check_size
    from studio.imaging.outpaint import extended

    left, top, right, bottom = sides
    height, width = mask.shape
    try:
        check_size(left + width + right, top + height + bottom)
    except ValueError as error:
        raise SourceUnusable(str(error)) from error
    around = cv2.copyMakeBorder(mask, top, bottom, left, right, cv2.BORDER_CONSTANT, value=[255])
    return extended(pixels, left, top, right, bottom), frozen_pixels(np.asarray(around, np.uint8))


def pixels_of(image: Path | Image) -> Pixels:
    """Files as the window reads them; images of Pillow without their colour profile, on white."""
    from studio.imaging.decode import read_pixels

    return read_pixels(image) if isinstance(image, Path) else _on_ground(image, "white")


def mask_pixels_of(mask: Path | Image) -> MaskPixels:
    """Its brightness; what is transparent is not painted."""
    import cv2
    import numpy as np

    from studio.core.pixels import frozen_pixels
    from studio.imaging.decode import flattened, read_picture

    rgb = flattened(read_picture(mask), (0, 0, 0)) if isinstance(mask, Path) else _on_ground(mask, "black")
    return frozen_pixels(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8))


def _on_ground(image: Image, colour: str) -> Pixels:
    import numpy as np
    from PIL import Image as Images

    from studio.core.pixels import frozen_pixels

    if not image.has_transparency_data:
        return frozen_pixels(np.array(image.convert("RGB")))
    ground = Images.new("RGBA", image.size, colour)
    ground.alpha_composite(image.convert("RGBA"))
    return frozen_pixels(np.array(ground.convert("RGB")))


def _picture_id(image: Path | Image) -> PictureId | None:
    """The picture of a gallery that a file is, as it says itself."""
    from studio.imaging.picture_metadata import read_picture_info

    return read_picture_info(image).picture_id if isinstance(image, Path) else None


def _other_size(mask: MaskPixels, pixels: Pixels) -> str:
    (mask_height, mask_width), (height, width, _) = mask.shape, pixels.shape
    return f"it has {mask_width} x {mask_height} pixels, the picture has {width} x {height}"
