"""The colours of a picture in a few bytes."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from studio.imaging.colour_signature import SIGNATURE_BYTES, colour_signature, lab_of, signature_values
from studio.imaging.thumbnail import make_thumbnail


def jpeg_of(*parts: tuple[tuple[int, int, int], int], side: int = 200) -> bytes:
    """A picture of stripes: colours, and how many of `side` lines each has."""
    pixels = np.concatenate([np.full((height, side, 3), colour, np.uint8) for colour, height in parts])
    return make_thumbnail(pixels)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((128, 128, 128), (53.59, 0, 0)),
    ],
)
def test_colours_are_those_of_cielab(colour: tuple[int, int, int], expected: tuple[float, float, float]) -> None:
    """The published values of sRGB's corners."""
    assert lab_of(np.array([colour], np.uint8))[0] == pytest.approx(expected, abs=0.05)


def test_the_main_colours_come_with_their_shares_the_largest_first() -> None:
    signature = colour_signature(jpeg_of(((200, 30, 30), 150), ((20, 40, 200), 50)))
    assert len(signature) == SIGNATURE_BYTES
    labs, shares = signature_values(signature)
    assert (labs.shape, shares.shape) == ((1, 6, 3), (1, 6))
    assert shares.sum() == pytest.approx(1, abs=0.02)
    wanted = lab_of(np.array([[200, 30, 30], [20, 40, 200]], np.uint8))
    near = [np.linalg.norm(labs[0] - colour, axis=1) < 8 for colour in wanted]
    assert [shares[0][rows].sum() for rows in near] == pytest.approx([0.75, 0.25], abs=0.06)
    assert near[0][0]


@pytest.mark.parametrize("size", [(1, 1), (1, 256), (256, 3), (7, 5)])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_every_size_and_kind_of_thumbnail_has_a_signature(size: tuple[int, int], mode: str) -> None:
    buffer = BytesIO()
    Image.new(mode, size).save(buffer, "JPEG")
    labs, shares = signature_values(colour_signature(buffer.getvalue()))
    assert np.isfinite(labs).all()
    assert shares.sum() == pytest.approx(1, abs=0.02)


def test_signatures_one_after_the_other_are_read_at_once() -> None:
    one, two = colour_signature(jpeg_of(((255, 0, 0), 9))), colour_signature(jpeg_of(((0, 0, 255), 9)))
    labs, _ = signature_values(one + two)
    assert labs[0, 0] == pytest.approx((53, 80, 67), abs=6)
    assert labs[1, 0] == pytest.approx((32, 79, -108), abs=6)
