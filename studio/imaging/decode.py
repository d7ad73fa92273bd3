"""The one door through which picture files become pixels: limits first, then Pillow, and one kind of error."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from studio.core.errors import PictureGone, PictureUnreadable
from studio.core.pixels import frozen_pixels
from studio.imaging.colour import conversion_to_srgb
from studio.imaging.file_guard import check_before_opening, exif_orientation, gif_has_more_frames
from studio.imaging.png_chunks import PNG_SIGNATURE, without_metadata
from studio.imaging.png_facts import png_facts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from studio.core.pixels import MaskPixels, Pixels

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""What is tried, and HEIC where its plugin is installed. Pillow knows 43 formats; some of them start other programs."""
MOST_BYTES = 256 * 2**20
MOST_PIXELS = 64_000_000
LONGEST_SIDE = 20_000
WHITE = (255, 255, 255)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_GLIMPSE_FROM_PIXELS = 8_000_000
"""What is smaller is there as soon."""
_PIXELS_AT_ONCE = 2**18
"""Rows that stay in the processor's cache from one conversion to the next: three times as fast as the whole at once."""
_TIFF_BITS_PER_SAMPLE = 258
_TIFF_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0

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


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """`pixels` in the colours of sRGB, upright; `alpha` (255 = opaque) is None where everything is opaque.

    What lies under a transparent pixel is whatever the file says: see `flattened`.
    """

    pixels: Pixels
    alpha: MaskPixels | None
    is_first_of_frames: bool
    """The file has more pictures than this one: an animation, pages."""


def read_picture(path: Path) -> DecodedPicture:
    """The picture of a file: turned upright by its EXIF orientation, its colour profile converted to sRGB.

    16 bits are scaled to 8, inks and palettes become RGB; of several frames the first is taken.

    Raises:
        PictureUnreadable: no picture, damaged, cut short, over 256 MB, 64 megapixels or 20,000 pixels a side, or of a
            kind that cannot be shown (floating point numbers).
    """
    with picture_faults(path):
        return _decode(_read_limited(path))


def read_glimpse(path: Path, side: int) -> Pixels | None:
    """What a large JPEG file looks like, at least `side` pixels along its longer side, in a third of the time that its
    pixels take or less; None for all others. Upright and in the colours of sRGB, but not the picture's own pixels.

    Raises:
        PictureUnreadable: as `read_picture`.
    """
    with open_picture(path) as image:
        longest = max(image.size)
        if image.format != "JPEG" or image.width * image.height < _GLIMPSE_FROM_PIXELS:
            return None
        image.draft(None, (image.width * side // longest, image.height * side // longest))
        return _decoded(image, _embedded_profile(image), _orientation(image), is_first_of_frames=False).pixels


def read_file(path: Path) -> bytes:
    """A picture's file as it is.

    Raises:
        PictureUnreadable: no such file, or over 256 MB.
    """
    with picture_faults(path):
        return _read_limited(path)


def picture_from_bytes(content: bytes, source: Path) -> DecodedPicture:
    """As `read_picture`, of a file's content (clipboard, a browser's drop); `source` is what errors call it."""
    with picture_faults(source):
        _check_length(len(content))
        return _decode(content)


def read_pixels(path: Path) -> Pixels:
    """As `read_picture`, with transparency on white."""
    return flattened(read_picture(path), WHITE)


def flattened(picture: DecodedPicture, background: tuple[int, int, int]) -> Pixels:
    """The picture on a ground of this colour (RGB)."""
    if picture.alpha is None:
        return picture.pixels
    import numpy as np
    from PIL import Image

    ground = Image.new("RGB", picture.alpha.shape[::-1], background)
    ground.paste(Image.fromarray(picture.pixels), mask=Image.fromarray(picture.alpha))
    return frozen_pixels(np.asarray(ground))


@contextmanager
def open_picture(path: Path) -> Generator[Image]:
    """A Pillow image whose limits are checked and whose pixels are not read yet.

    Raises:
        PictureUnreadable: also for whatever goes wrong with the picture inside the `with` block.
    """
    with picture_faults(path), _open(_read_limited(path)) as image:
        yield image


@contextmanager
def picture_faults(path: Path) -> Generator[None]:
    """Turn every exception that a hostile or damaged picture can cause into PictureUnreadable."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except FileNotFoundError as error:
        raise PictureGone(path, _reason(error)) from error
    except (*_FAULTS, DecompressionBombError) as error:
        raise PictureUnreadable(path, _reason(error)) from error


def check_file(path: Path) -> None:
    """Raises ValueError for anything but a regular file of at most 256 MB, OSError if there is none."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    _check_length(status.st_size)


def check_size(width: int, height: int) -> None:
    """Raises ValueError for an empty picture or one beyond the limits."""
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE and width * height <= MOST_PIXELS):
        raise ValueError(f"{width}x{height} pixels, {MOST_PIXELS} are possible and {LONGEST_SIDE} a side")


def _check_length(count: int) -> None:
    if count > MOST_BYTES:
        raise ValueError(f"{count} bytes, {MOST_BYTES} are possible")


def _read_limited(path: Path) -> bytes:
    check_file(path)
    return path.read_bytes()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if type(error).__name__ == "UnidentifiedImageError":  # its text shows the address of a buffer
        return "not a picture in a known format"
    return str(error) or type(error).__name__


# --- from a file's content to an image ---


def _decode(content: bytes) -> DecodedPicture:
    if content.startswith(PNG_SIGNATURE):
        return _decode_png(content)
    with _open(content) as image:
        animated = gif_has_more_frames(content) if image.format == "GIF" else getattr(image, "is_animated", False)
        return _decoded(image, _embedded_profile(image), _orientation(image), is_first_of_frames=bool(animated))


def _decode_png(content: bytes) -> DecodedPicture:
    facts = png_facts(content)
    with _open(content) as image:
        _scale_transparent_colour(image, facts.bit_depth)
        orientation = exif_orientation(facts.exif)
        return _decoded(image, facts.profile, orientation, is_first_of_frames=facts.is_animated)


@contextmanager
def _open(content: bytes) -> Generator[Image]:
    from PIL import Image

    check_before_opening(content)
    if content.startswith(PNG_SIGNATURE):
        content = without_metadata(content)
    with Image.open(BytesIO(content), formats=_formats(content)) as image:
        check_size(*image.size)
        yield image


def _formats(content: bytes) -> tuple[str, ...]:
    is_heic = content[4:8] == b"ftyp" and not _HEIC_BRANDS.isdisjoint(content[i : i + 4] for i in range(8, 40, 4))
    if not is_heic:
        return FORMATS
    try:
        import pillow_heif
    except ImportError as error:
        raise ValueError("HEIC needs the package pillow-heif, which is not installed") from error
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]
    return ("HEIF",)


def _embedded_profile(image: Image) -> bytes | None:
    profile: object = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) and profile else None


def _orientation(image: Image) -> int:
    """TIFF (by Pillow) and HEIC (by libheif) stand upright already, and say so."""
    exif: object = image.info.get("exif")
    return exif_orientation(exif) if isinstance(exif, bytes) else 1


def _scale_transparent_colour(image: Image, bit_depth: int) -> None:
    """The transparent colour of a PNG is given in its own bits; Pillow compares it with pixels of 8."""
    colour: object = image.info.get("transparency")
    if image.mode == "L" and isinstance(colour, int):
        image.info["transparency"] = colour % 2**bit_depth * 255 // (2**bit_depth - 1)
    elif image.mode == "RGB" and isinstance(colour, tuple) and bit_depth == 16:
        image.info["transparency"] = tuple(value >> 8 for value in cast("tuple[int, ...]", colour))


# --- from an image to pixels ---


def _decoded(image: Image, profile: bytes | None, orientation: int, *, is_first_of_frames: bool) -> DecodedPicture:
    import numpy as np

    image.load()
    if image.mode == "F":
        raise ValueError("pixels of floating point numbers")
    width, height = image.size
    check_size(width, height)
    convert = conversion_to_srgb(_eight_bit_mode(image), profile)
    pixels = np.empty((height, width, 3), np.uint8)
    alpha = np.empty((height, width), np.uint8) if image.has_transparency_data else None
    rows = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        colours = strip if alpha is None else _without_alpha(strip, alpha[top : top + rows])
        pixels[top : top + rows] = np.asarray(convert(_in_8_bits(colours, image)))
    if alpha is not None and alpha.min() == 255:
        alpha = None
    return DecodedPicture(
        frozen_pixels(_turned(pixels, orientation)),
        None if alpha is None else frozen_pixels(_turned(alpha, orientation)),
        is_first_of_frames,
    )


def _eight_bit_mode(image: Image) -> str:
    return "L" if image.mode.startswith("I") else image.mode


def _without_alpha(strip: Image, alpha: MaskPixels) -> Image:
    """Write the strip's transparency into `alpha`; returns its colours."""
    import numpy as np

    if strip.mode.startswith("I"):
        alpha[:] = np.where(np.asarray(strip) == strip.info["transparency"], 0, 255)
        return strip
    rgba = strip.convert("RGBA")
    alpha[:] = np.asarray(rgba.getchannel("A"))
    return rgba.convert("RGB")


def _in_8_bits(strip: Image, image: Image) -> Image:
    """Grey of 16 bits (or 12) as mode L. Pillow's own conversion clips: 40000 of 65535 becomes white."""
    if not strip.mode.startswith("I"):
        return strip
    import numpy as np
    from PIL import Image as Images

    white, inverted = _grey_scale(image)
    values = np.clip(np.asarray(strip).astype(np.int64), 0, white)
    grey = ((values * 255 + white // 2) // white).astype(np.uint8)
    return Images.fromarray(255 - grey if inverted else grey)


def _grey_scale(image: Image) -> tuple[int, bool]:
    """The value of white, and whether the scale is turned round: TIFF knows 12 bits, and 0 for white."""
    from PIL.TiffImagePlugin import TiffImageFile

    if not isinstance(image, TiffImageFile):
        return 65_535, False
    bits: object = image.tag_v2.get(_TIFF_BITS_PER_SAMPLE, (16,))
    white = 4095 if bits == (12,) else 65_535
    return white, image.tag_v2.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO


def _turned(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Upright, by EXIF's orientation. OpenCV turns 24 megapixels in a fifth of numpy's time."""
    if orientation == 1:
        return pixels
    import cv2

    turned = cv2.transpose(pixels) if orientation >= 5 else pixels
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    if flip is not None:
        turned = cv2.flip(turned, flip)
    return turned.astype("uint8", copy=False)
