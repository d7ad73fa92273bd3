"""The one door through which picture files become pixels: limits first, then Pillow, and one kind of error."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import PictureUnreadable
from studio.core.pixels import frozen_pixels
from studio.imaging.png_chunks import PNG_SIGNATURE, without_metadata

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.pixels import Pixels

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""What is tried. Pillow knows 43 formats; some of them start other programs."""
MOST_BYTES = 256 * 2**20
MOST_PIXELS = 64_000_000
LONGEST_SIDE = 20_000

# Seen from 417,000 mutated files. Warnings count where they are turned into errors.
_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
)


def read_pixels(path: Path) -> Pixels:
    """The picture as RGB: turned upright by its EXIF orientation, transparency on white, 16 bits scaled to 8.

    Of several frames the first.

    Raises:
        PictureUnreadable: no picture, damaged, cut short, over 256 MB, 64 megapixels or 20,000 pixels a side.
    """
    with open_picture(path) as image:
        return _upright_pixels(image)


@contextmanager
def open_picture(path: Path) -> Generator[Image]:
    """A Pillow image whose limits are checked and whose pixels are not read yet.

    Raises:
        PictureUnreadable: also for whatever goes wrong with the picture inside the `with` block.
    """
    from PIL import Image

    with picture_faults(path):
        content = _read_limited(path)
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            check_size(*image.size)
            yield image


@contextmanager
def picture_faults(path: Path) -> Generator[None]:
    """Turn every exception that a hostile or damaged picture can cause into PictureUnreadable."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except (*_FAULTS, DecompressionBombError) as error:
        raise PictureUnreadable(path, _reason(error)) from error


def check_file(path: Path) -> None:
    """Raises ValueError for anything but a regular file of at most 256 MB, OSError if there is none."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"{status.st_size} bytes, {MOST_BYTES} are possible")


def check_size(width: int, height: int) -> None:
    """Raises ValueError for an empty picture or one beyond the limits."""
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise ValueError(f"{width}x{height} pixels, {MOST_PIXELS} are possible and {LONGEST_SIDE} a side")


def _read_limited(path: Path) -> bytes:
    check_file(path)
    content = path.read_bytes()
    return without_metadata(content) if content.startswith(PNG_SIGNATURE) else content


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if type(error).__name__ == "UnidentifiedImageError":  # its text shows the address of a buffer
        return "not a picture in a known format"
    return str(error) or type(error).__name__


def _upright_pixels(image: Image) -> Pixels:
    import numpy as np
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        return _pixels_from_16_bits(upright)
    return frozen_pixels(np.asarray(_rgb(upright)))


def _rgb(image: Image) -> Image:
    from PIL import Image as Images

    if image.mode == "F":
        raise ValueError("pixels of floating point numbers")
    if not image.has_transparency_data:
        return image.convert("RGB")
    on_white = Images.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return on_white.convert("RGB")


def _pixels_from_16_bits(image: Image) -> Pixels:
    """Pillow's own conversion clips: 40000 of 65535 becomes white."""
    import numpy as np

    values = np.clip(np.asarray(image).astype(np.int64), 0, 65_535)
    grey = ((values + 128) // 257).astype(np.uint8)
    return frozen_pixels(np.repeat(grey[:, :, np.newaxis], 3, axis=2))
