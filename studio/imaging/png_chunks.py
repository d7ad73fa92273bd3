"""The chunks of a PNG file, found without decoding it (PNG specification, section 5).

Pillow shows a picture whose end is missing and refuses a whole picture for one long text. Here it is the other way
round: a file without its IEND chunk is no picture, and texts never stand in the way of the pixels.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 65_536
_LONGEST_KEPT_EXTRA = 4 * 2**20
_PIXEL_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_EXTRA_CHUNKS = frozenset({b"tRNS"})


@dataclass(frozen=True, slots=True)
class PngChunk:
    """One chunk: `offset` is where its data begins in the file, `length` is that of the data in bytes."""

    kind: bytes
    offset: int
    length: int

    @property
    def end(self) -> int:
        """Where the next chunk begins: behind the data and its four bytes of CRC."""
        return self.offset + self.length + 4


def walk_chunks(file: BinaryIO) -> Iterator[PngChunk]:
    """Yield every chunk from IHDR to IEND.

    Raises:
        ValueError: no PNG signature, cut short (also: no IEND), or more than 65,536 chunks.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(len(PNG_SIGNATURE)) != PNG_SIGNATURE:
        raise ValueError("not a PNG file")
    position = len(PNG_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        chunk = _chunk_at(file, position)
        if chunk.end > size:
            raise ValueError("the file is cut short")
        yield chunk
        if chunk.kind == b"IEND":
            return
        position = chunk.end
    raise ValueError("too many chunks")


def read_chunk(file: BinaryIO, chunk: PngChunk) -> bytes:
    """The data of a chunk.

    Raises:
        ValueError: its checksum does not agree.
    """
    file.seek(chunk.offset)
    data = file.read(chunk.length)
    checksum = file.read(4)
    if zlib.crc32(data, zlib.crc32(chunk.kind)).to_bytes(4, "big") != checksum:
        raise ValueError(f"the {chunk.kind.decode('latin-1')} chunk is damaged")
    return data


def without_metadata(content: bytes) -> bytes:
    """The same PNG with nothing but what its first frame needs: no texts, profiles, EXIF, animation.

    Raises:
        ValueError: as `walk_chunks`.
    """
    view = memoryview(content)
    kept = [view[chunk.offset - 8 : chunk.end] for chunk in walk_chunks(BytesIO(content)) if _is_kept(chunk)]
    return b"".join([PNG_SIGNATURE, *kept])


def with_png_texts(content: bytes, texts: Mapping[str, str]) -> bytes:
    """The same PNG with these texts (iTXt) before all others of it. Keywords are Latin letters, 1 to 79.

    Raises:
        ValueError: as `walk_chunks`.
    """
    header = next(walk_chunks(BytesIO(content)))
    chunks = (_chunk(b"iTXt", f"{key}\0\0\0\0\0{text}".encode()) for key, text in texts.items())
    return b"".join([content[: header.end], *chunks, content[header.end :]])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _chunk_at(file: BinaryIO, position: int) -> PngChunk:
    file.seek(position)
    header = file.read(8)
    if len(header) < 8:
        raise ValueError("the file is cut short: its end mark (IEND) is missing")
    length = int.from_bytes(header[:4], "big")
    return PngChunk(header[4:], position + 8, length)


def _is_kept(chunk: PngChunk) -> bool:
    return chunk.kind in _PIXEL_CHUNKS or (chunk.kind in _EXTRA_CHUNKS and chunk.length <= _LONGEST_KEPT_EXTRA)


def png_size(header: bytes) -> tuple[int, int]:
    """Width and height in pixels from the data of an IHDR chunk.

    Raises:
        ValueError: the header has the wrong length.
    """
    if len(header) != 13:
        raise ValueError("the IHDR chunk is damaged")
    width, height = struct.unpack(">II", header[:8])
    return width, height
