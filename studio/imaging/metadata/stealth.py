"""Texts in the lowest bit of a picture's transparency, where they survive sites that take metadata away: NovelAI's, and
those of an extension of A1111's web UI.

Down one column after the other, the highest bit of each byte first: `stealth_pngcomp`, or `stealth_pnginfo` where the
text is not compressed; how many bits follow (32 bits, the highest first); the text in UTF-8, compressed by gzip. It is
a JSON object of the texts that NovelAI also writes into the PNG file, or an infotext.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from studio.imaging.metadata import values
from studio.imaging.metadata.json_text import json_object
from studio.imaging.metadata.texts import LONGEST_TEXT, PARAMETERS, Texts

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels

_COMPRESSED: Final = b"stealth_pngcomp"
_PLAIN: Final = b"stealth_pnginfo"
_NAME_BYTES: Final = len(_PLAIN)
_BEGIN: Final = _NAME_BYTES + 4
"""Of the text, in bytes."""
_MOST_BYTES: Final = 2**20
"""In the picture; NovelAI's are 1 to 4 kB."""
_KEYS: Final = ("Title", "Description", "Software", "Source", "Comment")
_GZIP: Final = 31


def hidden_texts(alpha: MaskPixels) -> Texts:
    """What the transparency (height x width, 255 = opaque) hides; nothing for all other pictures. Never raises."""
    name = _bytes(alpha, 0, _NAME_BYTES)
    if name not in {_COMPRESSED, _PLAIN}:
        return {}
    length = int.from_bytes(_bytes(alpha, _NAME_BYTES, _BEGIN), "big") // 8
    if not 0 < length <= min(_MOST_BYTES, alpha.size // 8 - _BEGIN):
        return {}
    content = _bytes(alpha, _BEGIN, _BEGIN + length)
    try:
        text = (_inflated(content) if name == _COMPRESSED else content).decode("utf-8", "replace")
    except zlib.error:
        return {}
    fields = json_object(text)
    if fields is None or not any(key in fields for key in _KEYS):
        return {PARAMETERS: text}
    return {key: text for key in _KEYS if (text := values.words(fields.get(key)))}


def _bytes(alpha: MaskPixels, begin: int, end: int) -> bytes:
    """These of the hidden ones, or as many as there are."""
    import numpy as np

    height = len(alpha)
    first = 8 * begin // height
    columns = alpha[:, first : -(-8 * end // height)]
    bits = (columns.T & 1).ravel()[8 * begin - first * height : 8 * end - first * height]
    return np.packbits(bits).tobytes()


def _inflated(content: bytes) -> bytes:
    """No more than the limit. Raises zlib.error."""
    return zlib.decompressobj(_GZIP).decompress(content, LONGEST_TEXT)
