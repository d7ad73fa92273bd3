"""What the numbers in a picture file mean: colour profiles, and what PNG says instead of one, turned into sRGB."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias

from studio.imaging.matrix_conversion import matrix_conversion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsProfile, ImageCmsTransform

Conversion: TypeAlias = "Callable[[Image], Image | NDArray[np.uint8]]"
"""Numpy takes both for an array: height x width x 3."""

LARGEST_PROFILE = 8 * 2**20
"""Bytes. Profiles of printing presses have up to 3 MB."""
_GREY_MODES = frozenset({"1", "L", "LA", "La"})
_SMALLEST_DIFFERENCE = 2
"""In steps of 255: rounding alone moves colours by one."""


@dataclass(frozen=True, slots=True)
class Chromaticities:
    """CIE 1931 x and y of white and of the three primaries."""

    white: tuple[float, float]
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]


BT709 = Chromaticities((0.3127, 0.3290), (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
BT2020 = Chromaticities((0.3127, 0.3290), (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
DISPLAY_P3 = Chromaticities((0.3127, 0.3290), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_D50 = (0.9642, 1.0, 0.8249)
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""IEC 61966-2-1 as ICC.1:2022 10.18, function type 3: g, a, b, c, d."""


def conversion_to_srgb(mode: str, profile: bytes | None) -> Conversion:
    """The function that turns images of this Pillow mode (or parts of them) into RGB in the colours of sRGB.

    A profile that is damaged, too large, for another kind of pixels, or that changes nothing, is left out.
    """
    if mode == "LAB":
        return _through(_built_in("LAB"), "LAB")
    if profile is None or len(profile) > LARGEST_PROFILE:
        return _plain_rgb
    space = profile[16:20].decode("latin-1").strip()  # ICC.1:2022, 7.2.6
    if not _fits(space, mode):
        return _plain_rgb
    pixel_mode = {"GRAY": "L", "CMYK": "CMYK"}.get(space, "RGB")
    from PIL import ImageCms

    try:
        convert = _through(ImageCms.ImageCmsProfile(BytesIO(profile)), pixel_mode)
        changes = _changes_colours(convert, pixel_mode)
    except _cms_faults():
        return _plain_rgb
    if not changes:
        return _plain_rgb
    return _faster(profile, convert) if pixel_mode == mode == "RGB" else convert


def matrix_profile(colours: Chromaticities, curve: tuple[float, ...]) -> bytes:
    """An ICC profile (version 4) of three primaries and one curve for all of them.

    `curve` are the parameters of a parametricCurveType: (gamma,), or five as in SRGB_CURVE. See ICC.1:2022, 8.3 (three
    component matrix-based profiles) and annex E (Bradford adaptation to D50).

    Raises:
        ValueError: the primaries span no colours.
    """
    columns = _to_xyz(colours).T
    tags = {b"wtpt": _xyz_type(*_D50)}
    tags |= {
        name: _xyz_type(*column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.tolist(), strict=True)
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve_type(curve))
    return _profile_of(tags)


def _to_xyz(colours: Chromaticities) -> NDArray[np.float64]:
    """From linear values to XYZ under D50, 3 x 3. Raises ValueError."""
    import numpy as np

    primaries = np.array([_xyz(*xy) for xy in (colours.red, colours.green, colours.blue)]).T
    white = np.array(_xyz(*colours.white))
    try:
        to_xyz = primaries * np.linalg.solve(primaries, white)
    except np.linalg.LinAlgError as error:
        raise ValueError("the primaries lie on one line") from error
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    adaptation = np.linalg.inv(bradford) @ np.diag((bradford @ np.array(_D50)) / (bradford @ white)) @ bradford
    adapted = adaptation @ to_xyz
    if not np.isfinite(adapted).all() or np.abs(adapted).max() > 100:
        raise ValueError("the primaries are out of range")
    return adapted


# --- conversions ---


def _plain_rgb(image: Image) -> Image:
    return image if image.mode == "RGB" else image.convert("RGB")


def _through(profile: ImageCmsProfile, pixel_mode: str) -> Conversion:
    """Relative colorimetric with black point compensation: what is there in both gamuts stays what it is."""
    from PIL import ImageCms

    transform = ImageCms.buildTransform(
        profile,
        _built_in("sRGB"),
        pixel_mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return lambda image: _applied(transform, _in_mode(image, pixel_mode))


def _in_mode(image: Image, pixel_mode: str) -> Image:
    return image if image.mode == pixel_mode else image.convert(pixel_mode)


def _applied(transform: ImageCmsTransform, image: Image) -> Image:
    from PIL import ImageCms

    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # it is None only for a transform in place
    return converted


def _fits(space: str, mode: str) -> bool:
    """Grey pixels may have an RGB profile (equal amounts); a profile for other inks or channels says nothing."""
    if space == "GRAY":
        return mode in _GREY_MODES
    return space == "CMYK" if mode == "CMYK" else space == "RGB"


def _changes_colours(convert: Conversion, pixel_mode: str) -> bool:
    """Told by what the profile does, not by its name: most pictures carry one of the many profiles that are sRGB."""
    import numpy as np
    from PIL import Image

    if pixel_mode == "CMYK":
        convert(Image.new("CMYK", (1, 1)))  # a profile that cannot be applied is noticed here
        return True
    sample = _sample().convert(pixel_mode)
    difference = np.asarray(convert(sample)).astype(int) - np.asarray(sample.convert("RGB"))
    return int(np.abs(difference).max()) >= _SMALLEST_DIFFERENCE


def _faster(profile: bytes, convert: Conversion) -> Conversion:
    """A quicker way to the same colours, if the profile has one; they are compared, and `convert` is the judge."""
    import numpy as np

    quick = matrix_conversion(profile, np.linalg.inv(_to_xyz(BT709)))
    if quick is None:
        return convert
    sample = _sample()
    difference = np.asarray(quick(sample)).astype(int) - np.asarray(convert(sample))
    return quick if int(np.abs(difference).max()) < _SMALLEST_DIFFERENCE else convert


def _sample() -> Image:
    """Colours from all over the cube, 5832 of them."""
    import numpy as np
    from PIL import Image

    steps = np.linspace(0, 255, 18, dtype=np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3))


def _built_in(name: Literal["LAB", "sRGB"]) -> ImageCmsProfile:
    from PIL import ImageCms

    # Pillow's annotations name a module that may be missing.
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _cms_faults() -> tuple[type[Exception], ...]:
    from PIL.ImageCms import PyCMSError

    return (PyCMSError, OSError, ValueError, TypeError)


# --- writing a profile ---


def _xyz(x: float, y: float) -> tuple[float, float, float]:
    """Of luminance 1. Raises ValueError."""
    if y <= 0:
        raise ValueError("a chromaticity is out of range")
    return x / y, 1.0, (1 - x - y) / y


def _fixed(value: float) -> bytes:
    """s15Fixed16Number."""
    return struct.pack(">i", round(value * 65_536))


def _xyz_type(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(x) + _fixed(y) + _fixed(z)


def _curve_type(parameters: tuple[float, ...]) -> bytes:
    function_type = 0 if len(parameters) == 1 else 3
    return b"para\0\0\0\0" + struct.pack(">HH", function_type, 0) + b"".join(map(_fixed, parameters))


def _profile_of(tags: dict[bytes, bytes]) -> bytes:
    """Header (ICC.1:2022, 7.2), table of tags, tags."""
    table, data = struct.pack(">I", len(tags)), b""
    begin = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", begin + len(data), len(content))
        data += content + bytes(-len(content) % 4)
    header = struct.pack(">I4xI4s4s4s", begin + len(data), 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return header.ljust(128, b"\0") + table + data
