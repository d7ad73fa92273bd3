"""The colours of a picture in a few bytes: its main ones, and how much of it each has.

Six colours of CIELAB (https://en.wikipedia.org/wiki/CIELAB_color_space), in which distances are what eyes see: 1 can
just be told apart, 100 is black and white.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

SIGNATURE_COLOURS: Final = 6
SIGNATURE_BYTES: Final = 4 * SIGNATURE_COLOURS
"""Of each colour L x 2.55, a + 128, b + 128 and the share of the picture x 255; the largest share first."""
_LOOKED_AT: Final = 32
"""Pixels along the longer side: what is smaller is no colour of the picture."""
_LIGHTNESS: Final = 2.55
_MIDDLE: Final = 128
_RGB_TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final = (0.95047, 1.0, 1.08883)
"""D65, to which sRGB refers."""


def colour_signature(jpeg: bytes) -> bytes:
    """Of a picture in a JPEG file of ours: `SIGNATURE_BYTES`."""
    import numpy as np
    from PIL import Image

    with Image.open(BytesIO(jpeg)) as image:
        image.draft("RGB", (_LOOKED_AT, _LOOKED_AT))
        small = image.convert("RGB")
    small.thumbnail((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX)
    colours, shares = _main_colours(small)
    signature = np.zeros((SIGNATURE_COLOURS, 4), np.uint8)
    signature[: len(shares), :3] = np.rint(lab_of(colours) * (_LIGHTNESS, 1, 1) + (0, _MIDDLE, _MIDDLE))
    signature[: len(shares), 3] = np.rint(shares * 255)
    return signature.tobytes()


def signature_values(signatures: bytes) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Of n signatures, one after the other: their colours (n x 6 x 3: L, a, b) and shares (n x 6, of about 1)."""
    import numpy as np

    values = np.frombuffer(signatures, np.uint8).reshape(-1, SIGNATURE_COLOURS, 4).astype(np.float32)
    labs = (values[:, :, :3] - (0, _MIDDLE, _MIDDLE)) / (_LIGHTNESS, 1, 1)
    return labs.astype(np.float32), (values[:, :, 3] / 255).astype(np.float32)


def lab_of(colours: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """sRGB (n x 3, 0 to 255) as L (0 to 100), a and b (about -128 to 127)."""
    import numpy as np

    encoded = colours / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    relative = linear @ np.array(_RGB_TO_XYZ).T / _WHITE
    x, y, z = np.where(relative > 216 / 24389, np.cbrt(relative), (24389 / 27 * relative + 16) / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def _main_colours(image: Image.Image) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """At most `SIGNATURE_COLOURS` of sRGB (n x 3) and their shares, the largest first."""
    import numpy as np
    from PIL import Image

    indexed = image.quantize(SIGNATURE_COLOURS, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    counts = np.array(indexed.histogram()[:SIGNATURE_COLOURS])
    palette = np.array(indexed.getpalette(), np.uint8).reshape(-1, 3)
    used = [colour for colour in np.argsort(-counts, kind="stable") if counts[colour]]
    return palette[used], counts[used] / counts.sum()
