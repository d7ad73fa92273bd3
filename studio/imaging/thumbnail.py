"""Small JPEG pictures for the gallery."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from studio.imaging.decode import read_pixels

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

THUMBNAIL_SIDE = 256
_QUALITY = 85


def make_thumbnail(pixels: Pixels, side: int = THUMBNAIL_SIDE) -> bytes:
    """A JPEG that fits into `side` x `side` pixels, in the same proportions, never larger than the picture."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def thumbnail_of_file(path: Path) -> bytes:
    """The thumbnail of a picture file.

    Raises:
        PictureUnreadable: as `read_pixels`.
    """
    return make_thumbnail(read_pixels(path))
