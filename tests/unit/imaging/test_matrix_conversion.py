"""Profiles of primaries and curves, converted quickly: compared with littleCMS pixel by pixel."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from studio.imaging import colour
from studio.imaging.colour import (
    BT709,
    BT2020,
    DISPLAY_P3,
    SRGB_CURVE,
    Chromaticities,
    conversion_to_srgb,
    matrix_profile,
)
from studio.imaging.matrix_conversion import matrix_conversion

ADOBE_RGB = Chromaticities((0.3127, 0.3290), (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
TO_SRGB = np.linalg.inv(colour._to_xyz(BT709))  # pyright: ignore[reportPrivateUsage]


def by_littlecms(profile: bytes, pixels: np.ndarray) -> np.ndarray:
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        "RGB",
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    assert converted is not None
    return np.asarray(converted).astype(int)


def with_curve(profile: bytes, curve: bytes) -> bytes:
    """The same profile with this curve, put at its end, for all three colours."""
    (count,) = struct.unpack_from(">I", profile, 128)
    changed = bytearray(profile + curve)
    for place in range(132, 132 + 12 * count, 12):
        if bytes(changed[place : place + 4]) in {b"rTRC", b"gTRC", b"bTRC"}:
            struct.pack_into(">II", changed, place + 4, len(profile), len(curve))
    struct.pack_into(">I", changed, 0, len(changed))
    return bytes(changed)


P3 = matrix_profile(DISPLAY_P3, SRGB_CURVE)
GAMMA = struct.pack(">4s4xIH2x", b"curv", 1, round(2.2 * 256))
POINTS = struct.pack(">4s4xI16H", b"curv", 16, *(round((i / 15) ** 2 * 65535) for i in range(16)))
TWO_PIECES = struct.pack(">4s4xHH4i", b"para", 2, 0, *(round(value * 65536) for value in (2.0, 0.9, 0.1, 0.0)))
PROFILES = {
    "Display P3": P3,
    "BT.2020": matrix_profile(BT2020, SRGB_CURVE),
    "Adobe RGB": matrix_profile(ADOBE_RGB, (2.19921875,)),
    "linear": matrix_profile(BT709, (1.0,)),
    "a gamma": with_curve(P3, GAMMA),
    "points": with_curve(P3, POINTS),
}


@pytest.mark.parametrize("name", PROFILES)
def test_no_pixel_is_further_than_one_level_from_littlecms(name: str) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (700, 700, 3), dtype=np.uint8)

    quick = matrix_conversion(PROFILES[name], TO_SRGB)

    assert quick is not None
    difference = np.asarray(quick(Image.fromarray(noise))).astype(int) - by_littlecms(PROFILES[name], noise)
    assert np.abs(difference).max() <= 1
    assert (difference == 0).mean() > 0.9


@pytest.mark.parametrize("name", ["Display P3", "BT.2020", "Adobe RGB"])
def test_it_is_what_pictures_are_read_with(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    expected = matrix_conversion(PROFILES[name], TO_SRGB)
    assert expected is not None

    found = conversion_to_srgb("RGB", PROFILES[name])(Image.fromarray(noise))

    assert np.array_equal(np.asarray(found), np.asarray(expected(Image.fromarray(noise))))


def test_one_that_does_not_agree_with_littlecms_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    monkeypatch.setattr(colour, "matrix_conversion", lambda _profile, _matrix: np.asarray)

    found = conversion_to_srgb("RGB", P3)(Image.fromarray(noise))

    assert np.array_equal(np.asarray(found), by_littlecms(P3, noise))


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        P3[:140],
        P3[:200],
        P3.replace(b"rTRC", b"xTRC"),
        P3.replace(b"wtpt", b"A2B0", 1),
        with_curve(P3, b"para\0\0\0\0\0\x09\0\0"),
        with_curve(P3, b"curv\0\0\0\0\xff\xff\xff\xff"),
        with_curve(P3, struct.pack(">4s4xHH3i", b"para", 1, 0, 65536, 0, 0)),
        with_curve(P3, b"what"),
    ],
)
def test_any_other_profile_is_left_to_littlecms(profile: bytes) -> None:
    assert matrix_conversion(profile, TO_SRGB) is None


def test_a_curve_of_two_pieces() -> None:
    quick = matrix_conversion(with_curve(P3, TWO_PIECES), TO_SRGB)
    assert quick is not None
    assert quick(Image.new("RGB", (1, 1), (255, 255, 255))).tolist() == [[[255, 255, 255]]]


@given(st.binary(max_size=120), st.integers(0, 119))
def test_a_damaged_profile_breaks_nothing(garbage: bytes, place: int) -> None:
    damaged = P3[: 128 + place] + garbage + P3[128 + place + len(garbage) :]
    quick = matrix_conversion(damaged, TO_SRGB)
    assert quick is None or quick(Image.new("RGB", (3, 2))).shape == (2, 3, 3)
