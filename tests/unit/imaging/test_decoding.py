"""The decode door: every kind of picture is shown as it should look, everything else is refused with a reason.

The pictures are made here, in the manner of PngSuite and of Pillow's own test pictures.
"""

from __future__ import annotations

import itertools
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from studio.core.errors import PictureGone, PictureUnreadable
from studio.imaging.colour import BT709, DISPLAY_P3, SRGB_CURVE, conversion_to_srgb, matrix_profile
from studio.imaging.decode import DecodedPicture, flattened, picture_from_bytes, read_glimpse, read_picture, read_pixels

NAME = Path("a picture")
RED_ORANGE = (200, 90, 30)
P3 = matrix_profile(DISPLAY_P3, SRGB_CURVE)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def decoded(content: bytes) -> DecodedPicture:
    return picture_from_bytes(content, NAME)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def first(content: bytes) -> list[int]:
    return decoded(content).pixels[0, 0].tolist()


def plain(colour: tuple[int, ...] | int = RED_ORANGE, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (8, 8), colour)


def gradient(height: int = 24, width: int = 40) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([y * 255 // height, x * 255 // width, (x + y) * 2], axis=2).astype(np.uint8)


# --- PNG, written here bit by bit: every colour type, every depth, interlaced and not ---

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ALL_KINDS = [(kind, depth) for kind, depths in DEPTHS.items() for depth in depths]
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    samples: NDArray[np.int64], colour_type: int, depth: int, *chunks: bytes, interlaced: bool = False, end: bool = True
) -> bytes:
    """A PNG of `samples` (height, width, channels), each from 0 to 2**depth - 1. See the PNG specification."""
    height, width, _ = samples.shape
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    parts = [samples[y::step_y, x::step_x] for x, y, step_x, step_y in passes]
    raw = b"".join(b"\0" + packed(row, depth) for part in parts if part.size for row in part)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(raw))
    return content + chunk(b"IEND", b"") if end else content


def packed(row: NDArray[np.int64], depth: int) -> bytes:
    values = row.reshape(-1)
    if depth == 16:
        return values.astype(">u2").tobytes()
    bits = ((values[:, None] >> np.arange(depth - 1, -1, -1)) & 1).reshape(-1)
    return np.packbits(bits.astype(np.uint8)).tobytes()


def palette(depth: int) -> tuple[bytes, NDArray[np.uint8]]:
    colours = np.random.default_rng(depth).integers(0, 256, (2**depth, 3), dtype=np.uint8)
    return chunk(b"PLTE", colours.tobytes()), colours


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour_type", "depth"), ALL_KINDS)
def test_every_kind_of_png_has_its_colours(colour_type: int, depth: int, *, interlaced: bool) -> None:
    samples = np.random.default_rng(5).integers(0, 2**depth, (13, 19, CHANNELS[colour_type]))
    chunks: list[bytes] = []
    if colour_type == 3:
        plte, colours = palette(depth)
        chunks = [plte]
        expected = colours[samples[..., 0]].astype(float)
    else:
        scaled = samples * 255 / (2**depth - 1)
        expected = np.repeat(scaled[..., :1], 3, axis=2) if colour_type in (0, 4) else scaled[..., :3]
    picture = decoded(png(samples, colour_type, depth, *chunks, interlaced=interlaced))
    assert np.abs(picture.pixels - expected).max() <= 1
    assert not picture.pixels.flags.writeable
    if colour_type in (4, 6):
        assert picture.alpha is not None
        assert np.abs(picture.alpha - samples[..., -1] * 255 / (2**depth - 1)).max() <= 1
    else:
        assert picture.alpha is None


@pytest.mark.parametrize(("colour_type", "depth"), [kind for kind in ALL_KINDS if kind[0] in (0, 2, 3)])
def test_the_transparent_colour_of_every_kind_of_png(colour_type: int, depth: int) -> None:
    highest = 2**depth - 1
    samples = np.full((4, 4, CHANNELS[colour_type]), highest)
    samples[:2] = 0
    samples[0, 0] = highest // 3 * 2
    chosen = samples[0, 0]
    if colour_type == 3:
        chunks = [palette(depth)[0], chunk(b"tRNS", b"\xff" * chosen[0] + b"\0")]
    else:
        chunks = [chunk(b"tRNS", chosen.astype(">u2").tobytes())]
    alpha = decoded(png(samples, colour_type, depth, *chunks)).alpha
    assert alpha is not None
    assert np.array_equal(alpha == 0, (samples == chosen).all(axis=2))


def test_a_png_that_lacks_most_of_its_pixels_is_refused_before_room_is_made_for_them() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8000, 8000, 8, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"x")) + chunk(b"IEND", b"")
    with pytest.raises(PictureUnreadable, match="cut short"):
        decoded(content)


# --- colour ---


def test_a_colour_profile_is_converted_to_srgb_in_every_format_that_has_one() -> None:
    """Display P3 to sRGB by the matrices of the two standards, worked out by an independent route."""
    expected = p3_to_srgb(RED_ORANGE)
    assert max(abs(a - b) for a, b in zip(expected, RED_ORANGE, strict=True)) > 10
    for kind, options in (
        ("PNG", {}),
        ("TIFF", {}),
        ("WEBP", {"lossless": True}),
        ("JPEG", {"quality": 100, "subsampling": 0}),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}),
    ):
        found = first(saved(plain(), kind, icc_profile=P3, **options))
        assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= 3, kind


def p3_to_srgb(colour: tuple[int, int, int]) -> list[int]:
    """W3C CSS Color 4, section 10.2: linearised, P3 to XYZ, XYZ to linear sRGB."""
    encoded = np.array(colour) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    p3_to_xyz = [
        [0.48657095, 0.26566769, 0.19821729],
        [0.22897456, 0.69173852, 0.07928691],
        [0.0, 0.04511338, 1.04394437],
    ]
    xyz_to_rgb = [
        [3.24096994, -1.53738318, -0.49861076],
        [-0.96924364, 1.8759675, 0.04155506],
        [0.05563008, -0.20397696, 1.05697151],
    ]
    rgb = np.clip(np.array(xyz_to_rgb) @ (np.array(p3_to_xyz) @ linear), 0, 1)
    coded = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return [round(value * 255) for value in coded.tolist()]


def test_pixels_with_a_profile_that_is_srgb_stay_bit_for_bit() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (64, 64, 3), np.uint8)
    for profile in (SRGB, matrix_profile(BT709, SRGB_CURVE)):
        content = saved(Image.fromarray(noise), "PNG", icc_profile=profile)
        assert np.array_equal(decoded(content).pixels, noise)
        image = Image.fromarray(noise)
        assert conversion_to_srgb("RGB", profile)(image) is image, "no time is spent on it"


@pytest.mark.parametrize("damage", ["", "cut", "noise", "changed", "foreign"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_damaged_profile_does_not_stand_in_the_way(kind: str, damage: str) -> None:
    chance = random.Random(damage)
    profiles = {
        "": b"",
        "cut": P3[:200],
        "noise": chance.randbytes(500),
        "changed": P3[:128] + chance.randbytes(len(P3) - 128),
        "foreign": P3.replace(b"RGB ", b"CMYK", 1),
    }
    options = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}[kind]
    found = first(saved(plain(), kind, icc_profile=profiles[damage], **options))
    assert max(abs(a - b) for a, b in zip(found, RED_ORANGE, strict=True)) <= 2


def test_grey_pixels_with_a_grey_or_an_rgb_profile() -> None:
    grey = grey_profile(gamma=1.0)
    assert first(saved(plain(128, "L"), "PNG", icc_profile=grey)) == [188, 188, 188]
    assert first(saved(plain(128, "L"), "PNG", icc_profile=matrix_profile(BT709, (1.0,)))) == [188, 188, 188]
    with_alpha = decoded(saved(plain((128, 77), "LA"), "PNG", icc_profile=grey))
    assert with_alpha.pixels[0, 0].tolist() == [188, 188, 188]
    assert with_alpha.alpha is not None
    assert with_alpha.alpha[0, 0] == 77
    assert first(saved(plain(), "PNG", icc_profile=grey)) == list(RED_ORANGE), "it says nothing of RGB"


def grey_profile(gamma: float) -> bytes:
    """A monochrome input profile: white point and one curve (ICC.1:2022, 8.3.4)."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH2x", 1, round(gamma * 256))
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    table = struct.pack(">I4sII4sII", 2, b"wtpt", 156, 20, b"kTRC", 176, 16)
    header = struct.pack(">I4xI4s4s4s", 192, 0x02400000, b"mntr", b"GRAY", b"XYZ ") + bytes(12) + b"acsp"
    return header.ljust(128, b"\0") + table + white + curve


def test_what_png_says_instead_of_a_profile() -> None:
    grey = np.full((2, 2, 3), 128)
    srgb, linear = chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 100_000))
    usual = chunk(b"gAMA", struct.pack(">I", 45_455))
    p3_primaries = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
    p3_code = chunk(b"cICP", bytes([12, 13, 0, 1]))
    embedded = chunk(b"iCCP", b"linear\0\0" + zlib.compress(matrix_profile(BT709, (1.0,))))
    colour = np.full((2, 2, 3), RED_ORANGE)
    assert first(png(grey, 2, 8, usual)) == [128, 128, 128]
    assert first(png(grey, 2, 8, linear)) == [188, 188, 188]
    assert first(png(grey, 2, 8, linear, srgb)) == [128, 128, 128], "sRGB is worth more than gAMA"
    assert first(png(grey, 2, 8, srgb, embedded)) == [188, 188, 188], "iCCP is worth more than sRGB"
    cut = chunk(b"iCCP", b"cut\0\0" + zlib.compress(P3)[:-3])
    assert first(png(colour, 2, 8, cut)) == list(RED_ORANGE), "a damaged profile says nothing"
    for chunks in ((p3_primaries,), (p3_primaries, usual), (p3_code,), (p3_code, embedded)):
        found = first(png(colour, 2, 8, *chunks))
        assert max(abs(a - b) for a, b in zip(found, p3_to_srgb(RED_ORANGE), strict=True)) <= 2


@pytest.mark.parametrize(
    "damaged",
    [
        chunk(b"gAMA", b"\0\0\0\1"),
        chunk(b"gAMA", b"\xff" * 4),
        chunk(b"gAMA", b""),
        chunk(b"cHRM", bytes(32)),
        chunk(b"cHRM", b"\xff" * 32),
        chunk(b"cHRM", struct.pack(">8I", *[30_000] * 8)),
        chunk(b"cHRM", b"short"),
        chunk(b"cICP", b"\xff" * 4),
        chunk(b"cICP", bytes([9, 16, 0, 1])),
        chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(200_000_000))),
        chunk(b"iCCP", b"not zlib\0\0abc"),
        chunk(b"iCCP", b"unknown method\0\7abc"),
        chunk(b"iCCP", b"cut\0\0" + zlib.compress(P3)[:100]),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(P3))[:-4] + b"\0\0\0\0",
        chunk(b"eXIf", b"MM\0*\0\0\0\10\xff\xff"),
        chunk(b"eXIf", b"garbage"),
        chunk(b"acTL", b""),
    ],
    ids=lambda content: repr(content[4:16]),
)
def test_damaged_facts_about_a_png_cost_no_picture(damaged: bytes) -> None:
    assert decoded(png(np.full((2, 2, 3), 7), 2, 8, damaged)).pixels.shape == (2, 2, 3)


def test_inks_become_colours_with_their_profile_and_without() -> None:
    cyan = plain((255, 0, 0, 0), "CMYK")
    for kind in ("JPEG", "TIFF"):
        red, green, blue = first(saved(cyan, kind))
        assert red < 5
        assert min(green, blue) > 250
    profile = cmyk_profile()
    for kind in ("JPEG", "TIFF"):
        red, green, blue = first(saved(cyan, kind, icc_profile=profile))
        assert (red, green, blue) != (0, 255, 255)
        assert red < green < 250, "what the profile says of cyan"


def cmyk_profile() -> bytes:
    """A printer profile (ICC.1:2022, 8.4) with the smallest table: two points an ink."""
    lab = []
    for cyan, magenta, yellow, black in itertools.product((0, 1), repeat=4):
        light = 100 * (1 - 0.4 * cyan) * (1 - 0.5 * magenta) * (1 - 0.1 * yellow) * (1 - 0.95 * black)
        lab.append((light / 100 * 65280, 32768 - 9000 * cyan + 15000 * magenta, 32768 - 9000 * cyan + 20000 * yellow))
    table = struct.pack(">48H", *[round(min(65535, max(0, value))) for entry in lab for value in entry])
    ramp = struct.pack(">2H", 0, 65535)
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut = b"mft2\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + struct.pack(">2H", 2, 2) + ramp * 4 + table + ramp * 3
    header = struct.pack(">4xI4s4s4s", 0x02400000, b"prtr", b"CMYK", b"Lab ") + bytes(12) + b"acsp"
    header = header.ljust(64, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    tags = [b"A2B0", b"A2B1", b"B2A0"]
    directory = struct.pack(">I", len(tags)) + b"".join(tag + struct.pack(">II", 168, len(lut)) for tag in tags)
    body = (bytes(4) + header)[:128].ljust(128, b"\0") + directory + lut
    return struct.pack(">I", len(body)) + body[4:]


def test_lab_and_ycbcr_tiffs_become_rgb() -> None:
    lab = ImageCms.profileToProfile(
        plain(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    for image in (lab, plain().convert("YCbCr")):
        found = first(saved(image, "TIFF"))
        assert max(abs(a - b) for a, b in zip(found, RED_ORANGE, strict=True)) <= 4


# --- modes, depths, alpha ---


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("1", ("PNG", "TIFF", "BMP", "GIF")),
        ("L", ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "AVIF")),
        ("LA", ("PNG", "TIFF", "WEBP", "AVIF")),
        ("P", ("PNG", "TIFF", "BMP", "GIF", "WEBP")),
        ("RGB", ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "AVIF")),
        ("RGBA", ("PNG", "TIFF", "WEBP", "AVIF", "BMP")),
        ("RGBX", ("TIFF",)),
        ("CMYK", ("JPEG", "TIFF")),
        ("YCbCr", ("JPEG", "TIFF")),
    ],
)
def test_every_mode_in_every_format_that_has_it_looks_as_it_did(mode: str, kinds: tuple[str, ...]) -> None:
    original = Image.fromarray(gradient()).convert(mode)
    expected = np.asarray(original.convert("RGB")).astype(int)
    for kind in kinds:
        picture = decoded(saved(original, kind, **({"lossless": True} if kind == "WEBP" else {})))
        limit = 12 if kind in ("JPEG", "AVIF") else 1
        assert np.abs(picture.pixels - expected).mean() <= limit, kind
        assert picture.alpha is None, "all of it is opaque"


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd"])
def test_tiff_in_every_compression(compression: str) -> None:
    content = saved(Image.fromarray(gradient()), "TIFF", compression=compression)
    assert np.abs(decoded(content).pixels.astype(int) - gradient()).mean() < 6


def test_sixteen_bits_are_scaled_and_keep_their_order() -> None:
    ramp = np.linspace(0, 65_535, 256).round().astype(np.uint16)[None].repeat(4, axis=0)
    for kind in ("PNG", "TIFF"):
        pixels = decoded(saved(Image.fromarray(ramp), kind)).pixels
        assert pixels[0, :, 0].tolist() == list(range(256)), kind
    rgb = np.stack([ramp[0, :3], ramp[0, 100:103], ramp[0, -3:]], axis=1)[None]
    for order in ("<", ">"):
        found = decoded(tiff(rgb, order)).pixels
        assert np.abs(found - rgb / 257).max() <= 1


def tiff(samples: NDArray[np.uint16], order: str, *, photometric: int | None = None, bits: int = 16) -> bytes:
    """An uncompressed TIFF of `samples` (height, width, channels), 16 bits each (or 12, packed by the caller)."""
    height, width, channels = samples.shape
    data = samples.astype(f"{order}u2").tobytes() if bits == 16 else packed_12(samples)
    kind = photometric if photometric is not None else (2 if channels == 3 else 1)
    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits] * channels), 259: (3, [1]), 262: (3, [kind])}
    tags |= {273: (4, [0]), 277: (3, [channels]), 278: (4, [height]), 279: (4, [len(data)])}
    extra_at = 8 + 2 + 12 * len(tags) + 4
    extra, entries = b"", b""
    data_at = extra_at + 2 * channels * (channels > 2)
    tags[273] = (4, [data_at])
    for tag, (code, values) in tags.items():
        packed_values = struct.pack(f"{order}{len(values)}{'H' if code == 3 else 'I'}", *values)
        if len(packed_values) > 4:
            extra, packed_values = packed_values, struct.pack(f"{order}I", extra_at)
        entries += struct.pack(f"{order}HHI", tag, code, len(values)) + packed_values.ljust(4, b"\0")
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return header + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + extra + data


def packed_12(samples: NDArray[np.uint16]) -> bytes:
    bits = ((samples.reshape(-1)[:, None] >> np.arange(11, -1, -1)) & 1).reshape(-1)
    return np.packbits(bits.astype(np.uint8)).tobytes()


def test_scientific_greys_have_their_own_white() -> None:
    ramp = np.array([[[0], [32_768], [65_535], [0]]], np.uint16)
    assert decoded(tiff(ramp, "<", photometric=0)).pixels[0, :, 0].tolist() == [255, 127, 0, 255]
    assert decoded(tiff(ramp // 16, "<", bits=12)).pixels[0, :, 0].tolist() == [0, 128, 255, 0]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_transparency_is_kept_apart_from_the_colours(kind: str) -> None:
    image = plain((*RED_ORANGE, 64), "RGBA")
    image.putpixel((7, 7), (1, 2, 3, 255))
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    picture = decoded(saved(image, kind, **options))
    assert picture.alpha is not None
    assert picture.pixels[0, 0].tolist() == list(RED_ORANGE)
    assert (picture.alpha[0, 0], picture.alpha[7, 7]) == (64, 255)
    assert not picture.alpha.flags.writeable
    on_green = flattened(picture, (0, 255, 0))
    expected = [round(a * 64 / 255 + b * 191 / 255) for a, b in zip(RED_ORANGE, (0, 255, 0), strict=True)]
    assert np.abs(on_green[0, 0] - np.array(expected)).max() <= 1
    assert on_green[7, 7].tolist() == [1, 2, 3]


def test_a_whole_picture_is_flattened_without_a_copy() -> None:
    picture = decoded(saved(plain(), "PNG"))
    assert flattened(picture, (0, 0, 0)) is picture.pixels


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_pictures_and_their_transparency_stand_upright(kind: str, orientation: int) -> None:
    """Against Pillow's own `exif_transpose`, for every orientation that EXIF knows."""
    image = Image.fromarray(gradient()).convert("RGB" if kind == "JPEG" else "RGBA")
    if kind != "JPEG":
        image.putalpha(Image.fromarray(gradient()[..., 1]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    expected = image if turn is None else image.transpose(Image.Transpose(turn))
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {"quality": 100} if kind == "AVIF" else {}
    picture = decoded(saved(image, kind, exif=exif, **options))
    assert picture.pixels.shape[:2] == expected.size[::-1]
    assert np.abs(picture.pixels.astype(int) - np.asarray(expected.convert("RGB"))).mean() < 6
    if kind != "JPEG":
        assert picture.alpha is not None
        assert np.abs(picture.alpha.astype(int) - np.asarray(expected.getchannel("A"))).mean() < 3


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_glimpse_of_a_large_photograph_looks_like_it(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    large = Image.fromarray(gradient()).resize((4000, 2400), Image.Resampling.BICUBIC)
    large.save(tmp_path / "x.jpg", quality=95, icc_profile=P3, exif=exif)
    glimpse, picture = read_glimpse(tmp_path / "x.jpg", 1000), read_picture(tmp_path / "x.jpg").pixels
    assert glimpse is not None
    height, width, _ = glimpse.shape
    assert 1000 <= max(height, width) < 2000
    assert width / height == pytest.approx(picture.shape[1] / picture.shape[0], rel=0.01)
    small = Image.fromarray(picture).resize((width, height), Image.Resampling.BOX)
    assert np.abs(np.asarray(small).astype(int) - glimpse).mean() < 2


@pytest.mark.parametrize("name", ["small.jpg", "large.png"])
def test_what_is_read_at_once_has_no_glimpse(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (3000, 3000) if name == "large.png" else (300, 300)).save(tmp_path / name, compress_level=1)
    assert read_glimpse(tmp_path / name, 1000) is None


def test_the_first_of_several_frames_is_said_to_be_one() -> None:
    frames = [plain(), plain((0, 0, 255))]
    for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF"):
        several = decoded(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert several.is_first_of_frames, kind
        assert np.abs(several.pixels[0, 0].astype(int) - RED_ORANGE).max() <= 6, kind
        assert not decoded(saved(frames[0], kind)).is_first_of_frames, kind


def test_a_gif_with_a_comment_and_a_transparent_colour() -> None:
    image = Image.new("P", (4, 4))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    picture = decoded(saved(image, "GIF", comment=b"x" * 1000, transparency=1))
    assert picture.alpha is not None
    assert picture.alpha[0, :3].tolist() == [255, 0, 255]
    assert picture.pixels[0, 0].tolist() == [255, 0, 0]


# --- HEIC ---


def heic(image: Image.Image, **options: object) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return saved(image, "HEIF", quality=100, **options)


def test_heic_is_shown_where_its_plugin_is_installed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = heic(Image.fromarray(gradient(64, 96)), exif=exif.tobytes(), icc_profile=P3)
    picture = decoded(content)
    assert picture.pixels.shape == (96, 64, 3)
    plain_picture = decoded(heic(plain().resize((64, 64)), icc_profile=P3))
    assert np.abs(plain_picture.pixels[0, 0] - np.array(p3_to_srgb(RED_ORANGE))).max() <= 4


def test_heic_without_the_plugin_is_refused_with_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    content = heic(plain().resize((64, 64)))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureUnreadable, match="pillow-heif"):
        decoded(content)


# --- damage ---


def samples_of_every_format() -> dict[str, bytes]:
    image = Image.fromarray(gradient())
    exif = Image.Exif()
    exif[0x0112] = 6
    noisy = image.resize((64, 64))
    return {
        "png": png(gradient().astype(np.int64), 2, 8, chunk(b"iCCP", b"p\0\0" + zlib.compress(P3))),
        "interlaced": png(gradient().astype(np.int64) * 257, 2, 16, interlaced=True),
        "palette": saved(image.convert("P"), "PNG", transparency=bytes(range(200))),
        "jpeg": saved(image, "JPEG", exif=exif, icc_profile=P3),
        "progressive": saved(image, "JPEG", progressive=True),
        "cmyk": saved(image.convert("CMYK"), "JPEG"),
        "webp": saved(image.convert("RGBA"), "WEBP", exif=exif, icc_profile=P3),
        "lossless": saved(image, "WEBP", lossless=True),
        "avif": saved(image, "AVIF", exif=exif),
        "gif": saved(image, "GIF", comment=b"hello", save_all=True, append_images=[image.rotate(90)]),
        "bmp": saved(image, "BMP"),
        "bmp palette": saved(image.convert("P"), "BMP"),
        "tiff": saved(image, "TIFF", icc_profile=P3),
        "tiff lzw": saved(image, "TIFF", compression="tiff_lzw", exif=exif),
        "tiff jpeg": saved(image, "TIFF", compression="jpeg"),
        "tiff 16": saved(Image.fromarray(gradient()[..., 0].astype(np.uint16) * 257), "TIFF"),
        "heic": heic(noisy),
    }


SAMPLES = samples_of_every_format()


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_cut_anywhere_is_shown_or_refused(kind: str) -> None:
    """Only what lies behind the pixels may be missing."""
    content = SAMPLES[kind]
    lengths = {*range(0, len(content), max(1, len(content) // 60)), len(content) - 1}
    for length in lengths:
        try:
            picture = decoded(content[:length])
        except PictureUnreadable:
            continue
        assert length > len(content) // 2, f"{length} of {len(content)} bytes"
        assert np.abs(picture.pixels.astype(int) - decoded(content).pixels).mean() < 8


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_changed_file_is_shown_or_refused(kind: str) -> None:
    chance = random.Random(kind)
    content = SAMPLES[kind]
    outcomes = {"shown": 0, "refused": 0}
    for _ in range(150):
        try:
            decoded(mutated(content, chance))
        except PictureUnreadable:
            outcomes["refused"] += 1
        else:
            outcomes["shown"] += 1
    assert sum(outcomes.values()) == 150
    assert outcomes["refused"]


def mutated(content: bytes, chance: random.Random) -> bytes:
    begin, end = sorted(chance.randrange(len(content)) for _ in range(2))
    part = content[begin : min(end, begin + 40)]
    header = chance.randrange(min(300, len(content)))
    return chance.choice(
        [
            content[:begin] + content[begin + len(part) :],
            content[:end] + part + content[end:],
            content[:begin] + chance.randbytes(len(part)) + content[begin + len(part) :],
            content[:header] + chance.randbytes(chance.choice((1, 2, 4))) + content[header + 4 :],
            content[:header] + b"\xff\xff\xff\xff" + content[header + 4 :],
            content[:begin] + bytes([content[begin] ^ 1 << chance.randrange(8)]) + content[begin + 1 :],
        ]
    )


# --- what is made to harm: see tests/integration/test_hostile_pictures.py for time and memory ---


def hostile_pictures() -> Iterator[tuple[str, bytes]]:
    """Small or allowed files that cost a naive reader minutes or gigabytes; all of them are to be refused."""
    pixels = plain()
    yield "png-60000", bytes_with_size(saved(pixels, "PNG"), 16, ">II", 60_000, 60_000)
    yield "png-8000-empty", bytes_with_size(saved(pixels, "PNG"), 16, ">II", 8000, 8000)
    jpeg = saved(pixels, "JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    yield "jpeg-60000", bytes_with_size(jpeg, at, ">HH", 60_000, 60_000)
    yield "jpeg-8000-truncated", bytes_with_size(jpeg[:-30], at, ">HH", 8000, 8000)
    yield "bmp-60000", bytes_with_size(saved(pixels, "BMP"), 18, "<ii", 60_000, 60_000)
    yield "gif-60000", bytes_with_size(saved(pixels, "GIF"), 6, "<HH", 60_000, 60_000)
    yield "bmp-run-length", run_length_bmp(8000, 8000)
    yield "bmp-zeros", run_length_bmp(100, 100) + bytes(30_000_000)
    yield "jpeg-scans", progressive_of_many_scans()
    yield "jpeg-segments", b"\xff\xd8" + b"\xff\xe5\0\2" * 5_000_000 + jpeg[2:]
    yield "jpeg-fill-bytes", b"\xff\xd8" + b"\xff" * 20_000_000 + jpeg[2:]
    yield "jpeg-junk", b"\xff\xd8" + b"a" * 20_000_000 + jpeg[2:]
    yield "jpeg-exif", b"\xff\xd8" + app_segment(b"Exif\0\0" + overlapping_tags(5000, 60_500)) + jpeg[2:]
    yield "jpeg-mpf", b"\xff\xd8" + app_segment(b"MPF\0" + overlapping_tags(4000, 60_500), 0xE2) + jpeg[2:]
    yield "tiff-tags", overlapping_tags(4000, 20_000_000)
    yield "tiff-many-tags", overlapping_tags(60_000, 1_000_000)
    yield "webp-exif", saved(pixels, "WEBP", exif=overlapping_tags(4000, 4_000_000))
    yield "gif-no-frame", saved(pixels, "GIF")[:13] + b"!\xfe\1x\0" * 6_000_000
    yield "png-chunks", png(np.zeros((1, 1, 3), np.int64), 2, 8, chunk(b"tEXt", b"a\0") * 70_000)
    yield "text", b"a" * 100_000


def harmless_giants() -> Iterator[tuple[str, bytes]]:
    """Files whose metadata is a bomb and whose pixels are not: all of them are to be shown."""
    small = np.zeros((1, 1, 3), np.int64)
    compressed = zlib.compress(bytes(300_000_000))
    yield "png-text-bomb", png(small, 2, 8, chunk(b"zTXt", b"a\0\0" + compressed))
    yield "png-profile-bomb", png(small, 2, 8, chunk(b"iCCP", b"a\0\0" + compressed))
    yield "png-exif", png(small, 2, 8, chunk(b"eXIf", overlapping_tags(4000, 3_000_000)))
    gif = saved(plain(), "GIF")
    comment = b"!\xfe" + (b"\xff" + b"x" * 255) * 100_000 + b"\0"
    yield "gif-comment", gif[: gif.index(b",")] + comment + gif[gif.index(b",") :]


def bytes_with_size(content: bytes, position: int, layout: str, *values: int) -> bytes:
    packed_values = struct.pack(layout, *values)
    changed = content[:position] + packed_values + content[position + len(packed_values) :]
    if content.startswith(b"\x89PNG"):
        changed = changed[:29] + struct.pack(">I", zlib.crc32(changed[12:29])) + changed[33:]
    return changed


def run_length_bmp(width: int, height: int) -> bytes:
    header = struct.pack("<iiHHIIiiII", width, height, 1, 8, 1, 0, 0, 0, 256, 0)
    body = b"\1\0\0\0" * height + b"\0\1"  # one pixel, then the rest of the row, which is filled pixel by pixel
    return b"BM" + struct.pack("<III", 0, 0, 54 + 1024) + struct.pack("<I", 40) + header + bytes(1024) + body


def progressive_of_many_scans() -> bytes:
    """The last scan again and again, over 36 megapixels of one colour."""
    content = saved(Image.new("RGB", (6000, 6000)), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    scan = content[last:-2]
    return content[:-2] + scan[: scan.index(b"\xff", 4) if b"\xff" in scan[4:] else len(scan)] * 500 + b"\xff\xd9"


def overlapping_tags(count: int, length: int) -> bytes:
    """A TIFF structure whose `count` tags all claim the same `length` bytes."""
    tags = [40_000 + number if number < 25_000 else number - 25_000 for number in range(count)]
    entries = b"".join(struct.pack(">HHII", tag, 7, length - 8, 8) for tag in tags)
    structure = b"MM\0*" + struct.pack(">I", 8) + struct.pack(">H", count) + entries + bytes(4)
    return structure.ljust(length, b"\0")


def app_segment(data: bytes, marker: int = 0xE1) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def test_a_picture_that_is_not_there_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    for name, kind in (("missing.png", PictureGone), ("damaged.png", PictureUnreadable)):
        with pytest.raises(PictureUnreadable) as raised:
            read_pixels(tmp_path / name)
        assert type(raised.value) is kind


def test_floating_point_numbers_and_folders_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(tmp_path / "float.tiff")
    for path in (tmp_path / "float.tiff", tmp_path, tmp_path / "missing"):
        with pytest.raises(PictureUnreadable):
            read_picture(path)
        with pytest.raises(PictureUnreadable):
            read_pixels(path)


def test_bytes_beyond_the_limit_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.imaging.decode.MOST_BYTES", 1000)
    with pytest.raises(PictureUnreadable, match="possible"):
        decoded(bytes(1001))


def test_the_conversion_of_a_profile_is_the_same_for_a_part_as_for_the_whole() -> None:
    convert = conversion_to_srgb("RGB", P3)
    whole = convert(Image.fromarray(gradient()))
    part = convert(Image.fromarray(gradient()).crop((0, 5, 40, 9)))
    assert np.array_equal(np.asarray(whole)[5:9], np.asarray(part))
