"""Colours of a profile of three primaries and three curves, such as Display P3, turned into sRGB.

Three small steps through whole arrays take half of the time that littleCMS takes: curves (a table of 256), a matrix of
3 x 3, the curve of sRGB (a table of 65,536). `studio.imaging.colour` compares the two beforehand.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

_HEADER = 128
_MOST_TAGS = 100
_LINEAR = 65_535
_PARAMETERS = (1, 3, 4, 5, 7)
"""How many numbers each type of parametricCurveType has (ICC.1:2022, 10.18)."""


def matrix_conversion(profile: bytes, to_srgb: NDArray[np.floating]) -> Callable[[Image], NDArray[np.uint8]] | None:
    """The function that makes pixels (height x width x 3) of images of mode RGB; None for a profile of any other kind.

    Args:
        profile: an ICC profile (ICC.1:2022, 8.3: three-component matrix-based).
        to_srgb: from XYZ under D50 to linear sRGB, 3 x 3.
    """
    import numpy as np

    tags = _tags(profile)
    names = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
    if profile[20:24] != b"XYZ " or b"A2B0" in tags or not all(name in tags for name in names):
        return None
    try:
        primaries = np.array([_xyz(tags[name]) for name in names[:3]]).T
        with np.errstate(all="ignore"):  # what comes of a strange curve is looked at below
            curves = np.stack([_curve(tags[name]) for name in names[3:]], axis=-1)
    except (struct.error, ValueError):
        return None
    matrix = (to_srgb @ primaries).astype(np.float32)
    if not np.isfinite(curves).all() or not np.isfinite(matrix).all():
        return None
    linear = np.rint(np.clip(curves, 0, 1) * _LINEAR).astype(np.uint16).reshape(256, 1, 3)
    encoded = _srgb_table()

    def convert(image: Image) -> NDArray[np.uint8]:
        import cv2

        values = cv2.transform(cv2.LUT(np.asarray(image), linear), matrix)
        return np.asarray(cv2.LUT(values, encoded), np.uint8)

    return convert


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """The contents of the profile's tags; none of a profile that is cut short."""
    if len(profile) < _HEADER + 4:
        return {}
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    if count > _MOST_TAGS or len(profile) < _HEADER + 4 + 12 * count:
        return {}
    entries = [struct.unpack_from(">4sII", profile, _HEADER + 4 + 12 * number) for number in range(count)]
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _xyz(tag: bytes) -> tuple[float, ...]:
    """Raises struct.error, ValueError."""
    if tag[:4] != b"XYZ ":
        raise ValueError("no XYZType")
    return tuple(value / 65_536 for value in struct.unpack_from(">3i", tag, 8))


def _curve(tag: bytes) -> NDArray[np.float64]:
    """What the 256 values stand for, 0 to 1. Raises struct.error, ValueError."""
    import numpy as np

    values = np.arange(256) / 255
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return values
        points = np.array(struct.unpack_from(f">{min(count, 65_536)}H", tag, 12))
        if count == 1:
            return values ** (points[0] / 256)
        return np.interp(values, np.linspace(0, 1, count), points / _LINEAR)
    if tag[:4] != b"para":
        raise ValueError("no curve")
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(_PARAMETERS):
        raise ValueError("an unknown kind of curve")
    return _parametric(values, [value / 65_536 for value in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)])


def _parametric(x: NDArray[np.float64], numbers: list[float]) -> NDArray[np.float64]:
    """The five functions of ICC.1:2022, table 68, as cases of the last one: (a x + b)^g + e from d on, else c x + f."""
    import numpy as np

    g, a, b, c, d, e, f = _as_last_kind(numbers)
    return np.where(x >= d, np.maximum(a * x + b, 0) ** g + e, c * x + f)


def _as_last_kind(numbers: list[float]) -> tuple[float, float, float, float, float, float, float]:
    """Raises ValueError."""
    match numbers:
        case [g]:
            return g, 1, 0, 0, 0, 0, 0
        case [g, a, b] if a:
            return g, a, b, 0, -b / a, 0, 0
        case [g, a, b, c] if a:
            return g, a, b, 0, -b / a, c, c
        case [g, a, b, c, d]:
            return g, a, b, c, d, 0, 0
        case [g, a, b, c, d, e, f]:
            return g, a, b, c, d, e, f
        case _:
            raise ValueError("a curve without a slope")


def _srgb_table() -> NDArray[np.uint8]:
    """From linear, 0 to 65,535, to the curve of sRGB (IEC 61966-2-1), 0 to 255."""
    import numpy as np

    linear = np.arange(_LINEAR + 1) / _LINEAR
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(curved * 255).astype(np.uint8)
