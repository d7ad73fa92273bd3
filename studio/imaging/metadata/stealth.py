"""Texts in the lowest bits of a picture, where they survive sites that take metadata away: NovelAI's, in the
transparency, and those of an extension of A1111's web UI, there or in the colours.

Down one column after the other, of colours red, green and blue of each pixel, the highest bit of each byte first:
`stealth_pngcomp` or `stealth_rgbcomp`, with `info` in place of `comp` where the text is not compressed; how many bits
follow (32 bits, the highest first); the text in UTF-8, compressed by gzip. It is a JSON object of the texts that
NovelAI also writes into the PNG file, or an infotext.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, TypeAlias

from studio.imaging.metadata import values
from studio.imaging.metadata.json_text import json_object
from studio.imaging.metadata.texts import LONGEST_TEXT, PARAMETERS, Texts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from studio.core.pixels import MaskPixels, Pixels

    Planes: TypeAlias = npt.NDArray[np.uint8]  # height x width x how many carry bits

_IN_ALPHA: Final = (b"stealth_pngcomp", b"stealth_pnginfo")
_IN_COLOURS: Final = (b"stealth_rgbcomp", b"stealth_rgbinfo")
"""Compressed, and plain."""
_NAME_BYTES: Final = 15
_BEGIN: Final = _NAME_BYTES + 4
"""Of the text, in bytes."""
_MOST_BYTES: Final = 2**20
"""In the picture; NovelAI's are 1 to 4 kB."""
_KEYS: Final = ("Title", "Description", "Software", "Source", "Comment")
_GZIP: Final = 31


def hidden_texts(colours: Pixels, alpha: MaskPixels | None) -> Texts:
    """What the colours (height x width x 3) or the transparency (height x width, 255 = opaque) hide; nothing for all
    other pictures. Never raises."""
    found: Texts = {} if alpha is None else _texts(alpha[:, :, None], *_IN_ALPHA)
    return found or _texts(colours, *_IN_COLOURS)


def _texts(planes: Planes, compressed: bytes, plain: bytes) -> Texts:
    name = _bytes(planes, 0, _NAME_BYTES)
    if name not in {compressed, plain}:
        return {}
    length = int.from_bytes(_bytes(planes, _NAME_BYTES, _BEGIN), "big") // 8
    if not 0 < length <= min(_MOST_BYTES, planes.size // 8 - _BEGIN):
        return {}
    content = _bytes(planes, _BEGIN, _BEGIN + length)
    try:
        text = (_inflated(content) if name == compressed else content).decode("utf-8", "replace")
    except zlib.error:
        return {}
    fields = json_object(text)
    if fields is None or not any(key in fields for key in _KEYS):
        return {PARAMETERS: text}
    return {key: text for key in _KEYS if (text := values.words(fields.get(key)))}


def _bytes(planes: Planes, begin: int, end: int) -> bytes:
    """These of the hidden ones, or as many as there are."""
    import numpy as np

    height, _, count = planes.shape
    of_column = height * count
    first = 8 * begin // of_column
    columns = planes[:, first : -(-8 * end // of_column)]
    bits = (columns.transpose(1, 0, 2) & 1).ravel()[8 * begin - first * of_column : 8 * end - first * of_column]
    return np.packbits(bits).tobytes()


def _inflated(content: bytes) -> bytes:
    """No more than the limit. Raises zlib.error."""
    return zlib.decompressobj(_GZIP).decompress(content, LONGEST_TEXT)
