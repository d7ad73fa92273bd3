"""What is looked at before Pillow opens a file: structures that would make it loop or allocate without bound.

Each check raises ValueError with the reason. None of them decides whether a file is whole: the decoders do.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_JPEG_SEGMENTS = 10_000
_MOST_JPEG_SCANS = 100
"""A progressive JPEG has ten; each one costs a walk over the whole picture, however few bytes it has."""
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SCAN, _END = 0xDA, 0xD9
_MOST_RUN_LENGTH_PIXELS = 2_000_000
"""Of a BMP: Pillow reads its run lengths in Python, a megapixel in half a second."""
_MOST_GIF_STEPS = 200_000
_GIF_FRAME = ord(",")
_SMALLEST_DIRECTORY_LIMIT = 2**20
_MOST_TAGS = 4096
_MOST_EMBEDDED_DIRECTORIES = 50
_LONGEST_EMBEDDED_DIRECTORY = 4 * 2**20
_TIFF_HEADERS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TIFF_HEADER = re.compile(rb"II\*\0|MM\0\*")
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes per value of each type of a TIFF tag."""
_ORIENTATION = 0x0112
_NESTED_DIRECTORIES = frozenset({0x8769, 0x8825, 0xA005})
"""EXIF, GPS, interoperability: what Pillow follows."""


def check_before_opening(content: bytes) -> None:
    """Raises ValueError for a file that would cost too much to open. PNG is guarded by `png_chunks` instead."""
    if content.startswith(b"\xff\xd8"):
        _check_jpeg(content)
    elif content.startswith(b"GIF"):
        _first_gif_frame(content)
    elif content.startswith(b"BM"):
        _check_bmp(content)
    elif content.startswith(_TIFF_HEADERS):
        check_directories(content)
    elif content.startswith(b"RIFF") or content[4:8] == b"ftyp":
        _check_embedded_directories(content)


def check_directories(content: bytes) -> None:
    """Pillow reads the values of all tags at once, and tags may overlap: 4 MB of file became 256 GB.

    Raises:
        ValueError: the tags of a TIFF structure claim more bytes than it has, or there are too many of them.
    """
    claimed = _claimed_bytes(content, None, depth=2)
    if claimed > max(_SMALLEST_DIRECTORY_LIMIT, len(content)):
        raise ValueError(f"its tags claim {claimed} bytes, it has {len(content)}")


def _claimed_bytes(content: bytes, position: int | None, depth: int) -> int:
    claimed = 0
    for entry in _entries(content, position):
        claimed += entry.size
        if depth and entry.tag in _NESTED_DIRECTORIES:
            claimed += _claimed_bytes(content, entry.value, depth - 1)
    return claimed


def exif_orientation(content: bytes) -> int:
    """1 to 8 (TIFF 6.0, page 36); 1, upright, if the structure is damaged or does not say."""
    try:
        for entry in _entries(content.removeprefix(b"Exif\0\0")):
            if entry.tag == _ORIENTATION and entry.kind == 3 and 1 <= entry.value <= 8:
                return entry.value
    except ValueError:
        pass
    return 1


def gif_has_more_frames(content: bytes) -> bool:
    """Whether a frame follows the first one; False also where it takes too long to tell."""
    try:
        position = _first_gif_frame(content)
        position += 10 + _colour_table_bytes(content[position + 9 : position + 10])
        position = _end_of_blocks(content, position + 1)
        return content[_next_gif_frame(content, position)] == _GIF_FRAME
    except (ValueError, IndexError):
        return False


# --- JPEG ---


def _check_jpeg(content: bytes) -> None:
    position, exif, pictures = 2, b"", b""
    for _ in range(_MOST_JPEG_SEGMENTS):
        marker = content[position : position + 2]
        if len(marker) < 2 or marker in (b"\xff\xda", b"\xff\xd9"):
            break
        if marker[0] != 0xFF or marker[1] in (0x00, 0x01, 0xFF) or 0xD0 <= marker[1] <= 0xD8:
            position += 1  # no segment: what decoders skip byte for byte
            continue
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        data = content[position + 4 : end]
        if marker[1] == 0xE1 and data.startswith(b"Exif\0\0"):
            exif += data[6:]
        elif marker[1] == 0xE2 and data.startswith(b"MPF\0"):
            pictures = data[4:]
        position = end
    else:
        raise ValueError("too many segments")
    check_directories(exif)
    check_directories(pictures)
    _check_scans(content, position)


def _check_scans(content: bytes, position: int) -> None:
    scans = 0
    for found in _JPEG_MARKER.finditer(content, position):
        marker = found.group()[1]
        scans += marker == _SCAN
        if marker == _END:
            return
        if scans > _MOST_JPEG_SCANS:
            raise ValueError("too many scans")


# --- BMP ---


def _check_bmp(content: bytes) -> None:
    if len(content) < 34:
        return
    width, height, _planes, _bits, compression = struct.unpack("<iiHHI", content[18:34])
    if compression not in (1, 2):
        return
    pixels = abs(width * height)
    if pixels > _MOST_RUN_LENGTH_PIXELS or len(content) > 2 * (pixels + abs(height)) + 65_536:
        raise ValueError(f"a compressed BMP of {abs(width)}x{abs(height)} pixels in {len(content)} bytes")


# --- GIF ---


def _colour_table_bytes(flags: bytes) -> int:
    return 3 * 2 ** (flags[0] % 8 + 1) if flags and flags[0] & 0x80 else 0


def _first_gif_frame(content: bytes) -> int:
    """Where it begins. Pillow gets there block by block, in Python: a file of nothing but blocks takes minutes.

    Raises:
        ValueError: too many blocks before it.
    """
    return _next_gif_frame(content, 13 + _colour_table_bytes(content[10:11]))


def _next_gif_frame(content: bytes, position: int) -> int:
    """Behind the extensions (comments and the like) and stray bytes that begin at `position`; or the end.

    Raises:
        ValueError: too many of them.
    """
    for _ in range(_MOST_GIF_STEPS):
        kind = content[position : position + 1]
        if kind in (b",", b";", b""):
            return position
        position = _end_of_blocks(content, position + 2) if kind == b"!" else position + 1
    raise ValueError("too many blocks")


def _end_of_blocks(content: bytes, position: int) -> int:
    """Behind the empty block that ends a chain of blocks (length byte, data).

    Raises:
        ValueError: too many of them.
    """
    size = len(content)
    for _ in range(_MOST_GIF_STEPS):
        if position >= size:
            return size
        length = content[position]
        position += length + 1
        if length == 0:
            return position
    raise ValueError("too many blocks")


# --- TIFF and EXIF ---


def _check_embedded_directories(content: bytes) -> None:
    """EXIF in WebP, AVIF and HEIC, wherever in the container it lies."""
    for number, header in enumerate(_TIFF_HEADER.finditer(content)):
        if number == _MOST_EMBEDDED_DIRECTORIES:
            raise ValueError("too many EXIF blocks")
        check_directories(content[header.start() : header.start() + _LONGEST_EMBEDDED_DIRECTORY])


@dataclass(frozen=True, slots=True)
class _Entry:
    """`size` in bytes of all its values; `value` is the first value, or where the values are."""

    tag: int
    kind: int
    size: int
    value: int


def _entries(content: bytes, position: int | None = None) -> Iterator[_Entry]:
    """The tags of the directory at `position`, by default the first (TIFF 6.0, section 2; BigTIFF: 64 bit offsets).

    Raises:
        ValueError: too many tags.
    """
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or len(content) < 8:
        return
    big = content[2:4] in (b"+\0", b"\0+")
    if position is None:
        position = _number(content, order + ("Q" if big else "I"), 8 if big else 4)
    count = _number(content, order + ("Q" if big else "H"), position)
    position += 8 if big else 2
    layout = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
    if count > _MOST_TAGS:
        raise ValueError(f"{count} tags")
    for _ in range(count):
        if position + layout.size > len(content):
            return
        tag, kind, values, inline = layout.unpack_from(content, position)
        size = values * _SIZES.get(kind, 0)
        code = "H" if kind == 3 and values == 1 else ("Q" if big else "I")
        yield _Entry(tag, kind, size, _number(inline, order + code, 0))
        position += layout.size


def _number(content: bytes, code: str, position: int) -> int:
    """0 beyond the end: an empty directory."""
    if position + struct.calcsize(code) > len(content):
        return 0
    return struct.unpack_from(code, content, position)[0]
