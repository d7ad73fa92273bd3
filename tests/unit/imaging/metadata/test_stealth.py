"""Texts that are hidden in the lowest bits of pictures: NovelAI's, and those of an extension of A1111's web UI."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sd_parsers import Eagerness, ParserManager

from studio.imaging.decode import read_pixels
from studio.imaging.export import as_png, as_telling_png
from studio.imaging.metadata.stealth import hidden_texts
from studio.imaging.picture_metadata import read_picture_info, read_whole_info
from studio.imaging.png_chunks import with_png_texts
from tests.unit.imaging.metadata import samples
from tests.unit.imaging.metadata.test_dialects import EXPECTED

NOVELAI = json.dumps(samples.NOVELAI)
_NO_COLOURS = np.zeros((1, 1, 3), np.uint8)


@pytest.mark.parametrize("ending", [".png", ".webp"])
@pytest.mark.parametrize(
    ("text", "name", "dialect"),
    [
        (NOVELAI, b"stealth_pngcomp", "novelai"),
        (NOVELAI, b"stealth_pnginfo", "novelai"),
        (samples.A1111["parameters"], b"stealth_pngcomp", "a1111"),
        (samples.A1111["parameters"], b"stealth_rgbcomp", "a1111"),
        (samples.A1111["parameters"], b"stealth_rgbinfo", "a1111"),
    ],
)
def test_hidden_settings_are_read(tmp_path: Path, ending: str, text: str, name: bytes, dialect: str) -> None:
    file = samples.hiding_file(tmp_path / f"x{ending}", samples.hidden(text, name))
    assert read_picture_info(file).foreign is None, "looking at all pixels is for those who ask for it"
    assert read_whole_info(file).foreign == EXPECTED[dialect][1]


@pytest.mark.filterwarnings("ignore:.*getdata:DeprecationWarning")
def test_another_reader_finds_the_same(tmp_path: Path) -> None:
    """What these tests take for the format is what others take for it."""
    file = samples.hiding_file(tmp_path / "x.png", samples.hidden(NOVELAI))
    found = ParserManager(eagerness=Eagerness.EAGER).parse(file)
    assert found is not None
    [sampler] = found.samplers
    assert [prompt.value for prompt in sampler.prompts] == ["a red apple"]


def test_a_copy_tells_openly_and_shows_the_same_pixels(tmp_path: Path) -> None:
    file = samples.hiding_file(tmp_path / "x.png", samples.hidden(NOVELAI))
    copy = tmp_path / "copy.png"
    copy.write_bytes(as_telling_png(file))
    assert read_picture_info(copy).foreign == EXPECTED["novelai"][1]
    assert np.array_equal(read_pixels(copy), read_pixels(file))
    with Image.open(copy) as image:
        assert np.array_equal(np.asarray(image.getchannel("A")), samples.alpha_hiding(samples.hidden(NOVELAI)))
    assert as_telling_png(copy) == copy.read_bytes()


def test_texts_of_the_file_count_before_hidden_ones(tmp_path: Path) -> None:
    file = samples.hiding_file(tmp_path / "x.png", samples.hidden(NOVELAI))
    file.write_bytes(with_png_texts(file.read_bytes(), samples.A1111))
    assert read_whole_info(file).foreign == EXPECTED["a1111"][1]


@pytest.mark.parametrize(
    "content",
    [
        samples.hidden("nothing that tells settings"),
        b"stealth_pngcomp" + struct.pack(">I", 2**32 - 1) + gzip.compress(b"x"),
        b"stealth_pngcomp" + struct.pack(">I", 0),
        b"stealth_pngcomp" + struct.pack(">I", 80) + b"no gzip at all",
        b"stealth_pngcomp" + struct.pack(">I", 8 * 30) + gzip.compress(NOVELAI.encode())[:30],
        b"stealth_",
        b"stealth_rgbcomp" + struct.pack(">I", 2**32 - 1) + gzip.compress(b"x"),
    ],
    ids=["no settings", "longer than the picture", "empty", "not compressed", "cut short", "no name", "in colours"],
)
def test_what_is_no_hidden_text_is_an_ordinary_picture(tmp_path: Path, content: bytes) -> None:
    file = samples.hiding_file(tmp_path / "x.png", content)
    assert read_whole_info(file) == read_picture_info(file)
    assert as_telling_png(file) == as_png(file)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"stealth_pngcomp", b"stealth_pnginfo", b"stealth_rgbcomp", b"stealth_rgbinfo"]),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(1, 1), (1, 4000), (4000, 1), (37, 53), (160, 120)]),
)
@settings(max_examples=200, deadline=None)
def test_nothing_that_is_hidden_can_fail(body: bytes, name: bytes, bits: int, size: tuple[int, int]) -> None:
    content = name + struct.pack(">I", bits) + body
    width, height = size
    bits = np.unpackbits(np.frombuffer(content, np.uint8))
    hidden_texts(_NO_COLOURS, np.resize(bits, (width, height)).T)
    hidden_texts(np.resize(bits, (width, height, 3)).transpose(1, 0, 2), None)


def test_what_grows_when_it_is_unpacked_is_cut() -> None:
    bomb = gzip.compress(b"\0" * 300_000_000, 9)
    body = b"stealth_pngcomp" + struct.pack(">I", 8 * len(bomb)) + bomb
    width = -(-8 * len(body) // 1000)
    alpha = np.resize(np.unpackbits(np.frombuffer(body, np.uint8)), (width, 1000)).T
    [text] = hidden_texts(_NO_COLOURS, alpha).values()
    assert len(text) == 4 * 2**20
