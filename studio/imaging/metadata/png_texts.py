"""The texts of a PNG file (PNG specification, 11.3.4): plain, compressed, international."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from studio.imaging.metadata.texts import LONGEST_TEXT
from studio.imaging.png_chunks import PngChunk, read_chunk

TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MOST_CHUNKS = 32
"""Each can be 4 kB in the file that become 4 MB."""
_MOST_CHARACTERS = 16 * 2**20


class PngTexts:
    """Takes the first text of each keyword. A damaged one does not stand in the way of the picture."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._chunks = 0
        self._room = _MOST_CHARACTERS

    def take(self, file: BinaryIO, chunk: PngChunk) -> None:
        """Keep the text of this chunk, if its keyword is new and the limits allow it."""
        self._chunks += 1
        if self._chunks > _MOST_CHUNKS or chunk.length > LONGEST_TEXT:
            return
        try:
            keyword, _, rest = read_chunk(file, chunk).partition(b"\0")
            key = keyword.decode("latin-1")
            text = _DECODERS[chunk.kind](rest) if key not in self.texts else ""
        except (ValueError, zlib.error):
            return
        if key not in self.texts and len(text) <= self._room:
            self._room -= len(text)
            self.texts[key] = text


def _plain(rest: bytes) -> str:
    return rest.decode("latin-1")


def _compressed(rest: bytes) -> str:
    """A byte names the method; there is one."""
    return _inflated(rest[1:]).decode("latin-1")


def _international(rest: bytes) -> str:
    is_compressed, rest = rest[:1] == b"\1", rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated_key, _, text = rest.partition(b"\0")
    return (_inflated(text) if is_compressed else text).decode("utf-8", "replace")


def _inflated(content: bytes) -> bytes:
    """No more than the limit. Raises zlib.error."""
    return zlib.decompressobj().decompress(content, LONGEST_TEXT)


_DECODERS = {b"tEXt": _plain, b"zTXt": _compressed, b"iTXt": _international}
