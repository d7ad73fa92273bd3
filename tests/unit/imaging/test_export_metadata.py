"""What an exported file says beside its pixels: that a model made it, or nothing at all."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.errors import WriteFailed
from studio.core.result import GeneratedImage
from studio.core.sources import ImageRef
from studio.core.task import Inpaint
from studio.imaging.colour import DISPLAY_P3, SRGB_CURVE, matrix_profile
from studio.imaging.decode import read_pixels
from studio.imaging.export import EXPORT_ENDINGS, export_endings, export_image, export_picture
from studio.imaging.picture_metadata import encode_png, read_picture_info
from tests.helpers.fake_session import a_picture, a_request

GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
PROPERTY = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
INFOTEXT = "a fox\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64"
MARKS_OF_METADATA = (b"xpacket", b"xmpmeta", b"XMP ", b"Exif", b"EXIF", b"UNICODE\0", b"tEXt", b"iTXt", b"zTXt")


def source_type(path: Path) -> str | None:
    """As a reader of XMP sees it."""
    with Image.open(path) as image:
        packet = image.info.get("xmp")
    if not packet:
        return None
    text = packet.decode() if isinstance(packet, bytes) else str(packet)
    tree = ElementTree.fromstring(text[text.index("<x:xmpmeta") : text.index("<?xpacket end")])
    return next((node.attrib[PROPERTY] for node in tree.iter() if PROPERTY in node.attrib), None)


def kept(path: Path, picture: GeneratedImage) -> Path:
    path.write_bytes(encode_png(picture, None))
    return path


def chunks(content: bytes) -> Iterator[bytes]:
    """The kinds of all chunks of a PNG file, read without our own code."""
    position = 8
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        yield kind
        position += length + 12


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_files_say_that_a_model_made_the_picture(tmp_path: Path, ending: str) -> None:
    source = kept(tmp_path / "kept.png", a_picture())
    assert source_type(source) == GENERATED
    export_picture(source, tmp_path / f"copy{ending}")
    export_image(a_picture(), tmp_path / f"unsaved{ending}")
    assert source_type(tmp_path / f"copy{ending}") == GENERATED
    assert source_type(tmp_path / f"unsaved{ending}") == GENERATED


def test_a_repainted_picture_is_said_to_be_a_composite(tmp_path: Path) -> None:
    start = ImageRef("0" * 64, 64, 64)
    picture = a_picture(replace(a_request(), task=Inpaint(image=start, mask=start, strength=0.8)))
    assert source_type(kept(tmp_path / "kept.png", picture)) == COMPOSITE


def test_only_pictures_that_tell_how_a_model_made_them_are_said_to_be_so(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_text("parameters", INFOTEXT)
    Image.new("RGB", (64, 64)).save(tmp_path / "theirs.png", pnginfo=texts)
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.png")
    for name, expected in (("theirs", GENERATED), ("photo", None)):
        export_picture(tmp_path / f"{name}.png", tmp_path / f"{name}.jpg")
        assert source_type(tmp_path / f"{name}.jpg") == expected


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
@pytest.mark.parametrize("source", ["kept.png", "theirs.webp", "theirs.jpg"])
def test_without_settings_nothing_but_pixels_is_left(tmp_path: Path, source: str, ending: str) -> None:
    made = kept(tmp_path / "kept.png", a_picture())
    if source != "kept.png":
        export_picture(made, tmp_path / source)
    export_picture(tmp_path / source, target := tmp_path / f"bare{ending}", with_settings=False)
    content = target.read_bytes()
    assert [mark for mark in MARKS_OF_METADATA if mark in content] == []
    info = read_picture_info(target)
    assert (info.texts, info.parameters, info.foreign, info.picture_id) == ({}, None, None, None)
    with Image.open(target) as image:
        assert (dict(image.getexif()), image.info.get("xmp"), image.info.get("icc_profile")) == ({}, None, None)


def test_a_bare_png_has_the_same_pixels_and_no_other_chunk(tmp_path: Path) -> None:
    source = kept(tmp_path / "kept.png", a_picture())
    export_picture(source, target := tmp_path / "bare.png", with_settings=False)
    assert set(chunks(target.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}
    assert np.array_equal(read_pixels(target), read_pixels(source))


def test_a_bare_png_looks_as_it_did_with_its_profile(tmp_path: Path) -> None:
    profile = matrix_profile(DISPLAY_P3, SRGB_CURVE)
    Image.new("RGB", (8, 8), (200, 60, 30)).save(tmp_path / "wide.png", icc_profile=profile)
    export_picture(tmp_path / "wide.png", target := tmp_path / "bare.png", with_settings=False)
    assert set(chunks(target.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}
    assert np.array_equal(read_pixels(target), read_pixels(tmp_path / "wide.png"))


def test_what_is_behind_the_end_of_a_png_goes_too(tmp_path: Path) -> None:
    source = kept(tmp_path / "kept.png", a_picture())
    source.write_bytes(source.read_bytes() + b"a secret")
    export_picture(source, target := tmp_path / "bare.png", with_settings=False)
    assert b"a secret" not in target.read_bytes()


PHOTO_XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="a camera" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def a_photo(path: Path, infotext: str = "") -> Path:
    """On its side, with the name of its camera, its place and XMP."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6
    exif.get_ifd(0x8769)[0x829A] = 0.01
    exif.get_ifd(0x8769)[0xA002] = 40
    exif.get_ifd(0x8825)[1] = "N"
    if infotext:
        exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + infotext.encode()
    Image.new("RGB", (40, 20), "red").save(path, exif=exif.tobytes(), xmp=PHOTO_XMP.encode())
    return path


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_a_photo_keeps_what_its_camera_wrote(tmp_path: Path, ending: str) -> None:
    export_picture(a_photo(tmp_path / "photo.jpg"), copy := tmp_path / f"copy{ending}")
    with Image.open(copy) as image:
        image.load()
        exif, xmp = image.getexif(), image.info["xmp"]
        assert image.size == (20, 40)
    assert (exif[0x010F], exif.get(0x0112, 1)) == ("A camera", 1)
    assert float(exif.get_ifd(0x8769)[0x829A]) == pytest.approx(0.01)
    assert 0xA002 not in exif.get_ifd(0x8769)
    assert exif.get_ifd(0x8825)[1] == "N"
    text = xmp.decode() if isinstance(xmp, bytes) else xmp
    assert 'dc:source="a camera"' in text
    assert 'tiff:Orientation="1"' in text
    assert PROPERTY.rpartition("}")[2] not in text, "no model made it"
    export_picture(copy, again := tmp_path / "again.png")
    with Image.open(again) as image:
        image.load()
        assert image.getexif()[0x010F] == "A camera"


def test_what_a_model_made_of_a_photo_has_both(tmp_path: Path) -> None:
    export_picture(a_photo(tmp_path / "photo.jpg", INFOTEXT), copy := tmp_path / "copy.jpg")
    assert source_type(copy) == GENERATED
    assert read_picture_info(copy).infotext == INFOTEXT
    with Image.open(copy) as image:
        assert image.getexif()[0x010F] == "A camera"
        assert b"a camera" in image.info["xmp"]


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_a_photo_is_stripped_of_what_its_camera_wrote(tmp_path: Path, ending: str) -> None:
    export_picture(a_photo(tmp_path / "photo.jpg"), copy := tmp_path / f"copy{ending}", with_settings=False)
    assert not any(mark in copy.read_bytes() for mark in (*MARKS_OF_METADATA, b"camera"))


def test_what_is_too_long_for_a_jpeg_is_left_out(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8769)[0x927C] = bytes(60_000)
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + INFOTEXT.encode()
    Image.new("RGB", (40, 20), "red").save(tmp_path / "photo.webp", exif=exif.tobytes(), xmp=b" " * 70_000)
    export_picture(tmp_path / "photo.webp", copy := tmp_path / "copy.jpg")
    assert read_picture_info(copy).infotext == INFOTEXT


def test_a_jpeg_xl_tells_as_the_others_do_or_nothing(tmp_path: Path) -> None:
    """Where its package is: with the tests it is."""
    pixels = np.ascontiguousarray(
        np.stack(np.broadcast_arrays(*np.ogrid[0:128:2, 0:192:3], 90), axis=2).astype(np.uint8)
    )
    pixels.setflags(write=False)
    source = kept(tmp_path / "kept.png", replace(a_picture(), pixels=pixels))
    told, bare = tmp_path / "told.jxl", tmp_path / "bare.jxl"
    export_picture(source, told)
    export_picture(source, bare, with_settings=False)
    assert GENERATED.encode() in told.read_bytes()
    assert all(word not in bare.read_bytes() for word in (b"Exif", b"xmp", b"xml "))
    with Image.open(told) as image:
        assert image.format == "JXL"
        assert a_picture().request.prompt.text.encode("utf-16-be") in image.info["exif"]
        difference = np.abs(np.asarray(image.convert("RGB"), int) - pixels)
    assert difference.mean() < 2


def test_without_its_package_jpeg_xl_is_refused_and_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ".jxl" in export_endings()
    monkeypatch.setattr("studio.imaging.export.find_spec", lambda _name: None)
    assert ".jxl" not in export_endings()
    with pytest.raises(WriteFailed, match="pillow-jxl-plugin"):
        export_picture(kept(tmp_path / "kept.png", a_picture()), tmp_path / "copy.jxl")
