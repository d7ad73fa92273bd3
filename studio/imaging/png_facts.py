"""What a PNG file says about its pixels outside of them: colours, turn, animation. Read by us, with limits.

Pillow never sees these chunks (see `png_chunks.without_metadata`): one that is damaged or huge costs no picture.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from studio.imaging.colour import (
    BT709,
    BT2020,
    DISPLAY_P3,
    LARGEST_PROFILE,
    SRGB_CURVE,
    Chromaticities,
    matrix_profile,
)
from studio.imaging.png_chunks import PngChunk, png_size, read_chunk, walk_chunks

_LONGEST_CHUNK = 4 * 2**20
_INTERESTING = frozenset({b"IHDR", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"eXIf", b"acTL"})
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_HIGHEST_DEFLATE_RATIO = 1032
"""Bytes out of one byte in: https://zlib.net/zlib_tech.html."""
_CICP_PRIMARIES = {1: BT709, 9: BT2020, 12: DISPLAY_P3}
_CICP_SDR_CURVES = {1, 6, 13, 14, 15}
"""ITU-T H.273, 8.2. The curves of BT.709, BT.601 and BT.2020 are shown on screens that expect sRGB's."""
_SRGB_GAMMA = 45_455
"""What programs write that mean sRGB."""


@dataclass(frozen=True, slots=True)
class PngFacts:
    """`profile` is an ICC profile, None for sRGB; `exif` is a TIFF structure, empty if there is none."""

    bit_depth: int
    is_animated: bool
    profile: bytes | None
    exif: bytes


def png_facts(content: bytes) -> PngFacts:
    """The facts of a whole PNG file.

    Raises:
        ValueError: cut short, no header, or fewer bytes than its pixels need at the least.
    """
    file = BytesIO(content)
    found: dict[bytes, bytes] = {}
    pixel_bytes = 0
    for chunk in walk_chunks(file):
        if chunk.kind == b"IDAT":
            pixel_bytes += chunk.length
        elif chunk.kind in _INTERESTING and chunk.kind not in found and chunk.length <= _LONGEST_CHUNK:
            found[chunk.kind] = _data_or_nothing(file, chunk)
    header = found.get(b"IHDR", b"")
    width, height = png_size(header)
    bit_depth, colour_type = header[8], header[9]
    bits = _CHANNELS.get(colour_type, 1) * bit_depth * width
    if height * (bits // 8) > _HIGHEST_DEFLATE_RATIO * (pixel_bytes + 64):
        raise ValueError("the file is cut short: most of its pixels are missing")
    frames = int.from_bytes(found.get(b"acTL", b"")[:4], "big")
    return PngFacts(bit_depth, frames > 1, _profile(found), found.get(b"eXIf", b""))


def _data_or_nothing(file: BinaryIO, chunk: PngChunk) -> bytes:
    """A damaged header is damage; other chunks are as good as absent."""
    try:
        return read_chunk(file, chunk)
    except ValueError:
        if chunk.kind == b"IHDR":
            raise
        return b""


def _profile(found: dict[bytes, bytes]) -> bytes | None:
    """In the order of precedence of the PNG specification (third edition, 4.3)."""
    coded = found.get(b"cICP", b"")
    if len(coded) == 4 and coded[0] in _CICP_PRIMARIES and coded[1] in _CICP_SDR_CURVES:
        return matrix_profile(_CICP_PRIMARIES[coded[0]], SRGB_CURVE)
    embedded = _embedded_profile(found.get(b"iCCP", b""))
    if embedded is not None:
        return embedded
    if b"sRGB" in found:
        return None
    return _described_profile(found.get(b"gAMA", b""), found.get(b"cHRM", b""))


def _embedded_profile(chunk: bytes) -> bytes | None:
    """Name, zero, method (0 = deflate), profile. No more than the limit is ever decompressed."""
    _name, _, rest = chunk.partition(b"\0")
    if rest[:1] != b"\0":
        return None
    decompressor = zlib.decompressobj()
    try:
        profile = decompressor.decompress(rest[1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    return profile if decompressor.eof else None


def _described_profile(gamma_chunk: bytes, chromaticity_chunk: bytes) -> bytes | None:
    """gAMA is 1/gamma x 100,000; without it sRGB's curve is meant. cHRM: white, red, green, blue, x 100,000."""
    gamma = int.from_bytes(gamma_chunk, "big") if len(gamma_chunk) == 4 else 0
    colours = BT709
    if len(chromaticity_chunk) == 32:
        values = [value / 100_000 for value in struct.unpack(">8I", chromaticity_chunk)]
        colours = Chromaticities(*zip(values[::2], values[1::2], strict=True))
    curve = SRGB_CURVE if gamma == 0 or abs(gamma - _SRGB_GAMMA) < 1000 else (100_000 / gamma,)
    if curve == SRGB_CURVE and colours == BT709:
        return None
    try:
        return matrix_profile(colours, curve)
    except (ValueError, struct.error):  # numbers that are no colours
        return None
