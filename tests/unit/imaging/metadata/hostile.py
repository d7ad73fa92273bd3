"""Texts in picture files that were made to harm their reader, not the picture."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

from studio.imaging.metadata.json_text import LONGEST_JSON
from studio.imaging.metadata.texts import LONGEST_TEXT
from tests.unit.imaging.metadata.samples import COMFYUI_GRAPH, node

KEYS = ("parameters", "prompt", "invokeai_metadata", "sd-metadata", "Comment")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(chunks: bytes) -> bytes:
    """A red picture with these chunks before its pixels."""
    buffer = BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    content = buffer.getvalue()
    return content[:33] + chunks + content[33:]


def hostile_texts(part: int = 1) -> Iterator[tuple[str, str]]:
    """As JSON of every dialect and as infotext: the longest that are read, or that part of their length."""

    def longest(begin: str, unit: str, end: str) -> str:
        return begin + unit * ((LONGEST_JSON // part - len(begin) - len(end)) // len(unit)) + end

    units = {
        "lists": "[],",
        "objects": '{"a":1},',
        "numbers": "1,",
        "fractions": "1e999,",
        "no-numbers": "NaN,",
        "huge-numbers": "9" * 4000 + ",",
        "texts": '"ab",',
        "halves": r'"\ud800",',
    }
    for name, unit in units.items():
        yield name, longest('{"base_model": "x", "a": [', unit, "0]}")
    yield "deep-lists", longest('{"base_model": ', "[", "")
    yield "deep-objects", longest("", '{"base_model": ', "")
    yield "one-number", longest('{"base_model": ', "9", "}")
    yield "one-fraction", longest('{"base_model": 1.', "9", "}")
    yield "lone-halves", longest('{"base_model": "x", "prompt": "', r"\ud800", '"}')
    yield "wide-characters", longest('{"base_model": "\U0001f600', "é", '"}')
    yield "quotes", longest("x\n", 'a: "\\', "")
    yield "pairs", longest("x\n", "a:1,", "")
    yield "lines", "\n" * (LONGEST_TEXT // part)
    yield (
        "brackets",
        "(" * (10_000 // part) + "\nSteps: 1, Sampler: Euler, Seed: 1, Lora weights: " + "/" * (15_000 // part),
    )
    links = {f"text{number}": ["6", 0] for number in range(99_000 // part)}
    sampler = {"steps": 1, "latent_image": ["1", 0]}
    yield "links", json.dumps(COMFYUI_GRAPH | {"6": node("Any", **links)})
    yield "inputs", json.dumps({"1": node("KSampler", **sampler, **links)})
    chain = {str(100 + number): node("Any", model=[str(101 + number), 0]) for number in range(19_900 // part)}
    yield "chain", json.dumps({"1": node("KSampler", **sampler, model=["100", 0])} | chain)


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Whole PNG files; each shows its picture."""
    for name, text in hostile_texts():
        packed = zlib.compress(text.encode("utf-8", "replace"), 1)
        texts = b"".join(chunk(b"iTXt", key.encode() + b"\0\1\0\0\0" + packed) for key in KEYS)
        yield f"text-{name}.png", png(chunk(b"tEXt", b"Software\0NovelAI") + texts)
    bomb = zlib.compress(b"x" * 100_000_000, 9)
    yield "text-bomb.png", png(chunk(b"zTXt", b"parameters\0\0" + bomb))
    yield "text-broken-bombs.png", png(chunk(b"zTXt", b"parameters\0\0" + _broken_bomb()) * 20_000)
    bombs = (chunk(b"zTXt", f"{number}\0\0".encode("latin-1") + bomb) for number in range(1000))
    yield "text-many-bombs.png", png(b"".join(bombs))


def _broken_bomb() -> bytes:
    """Almost as much as is read of one, then a block of a type that does not exist."""
    compressor = zlib.compressobj(9)
    content = compressor.compress(b"x" * (LONGEST_TEXT - 1)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return content + b"\x07"
