"""Pictures from and for other programs: every size of text, every alphabet, every kind of damage."""

from __future__ import annotations

import json
import random
import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.core.errors import PictureUnreadable, StorageError, WriteFailed
from studio.core.job import JobId
from studio.core.request import Prompt
from studio.core.result import GeneratedImage
from studio.core.scheduler import SchedulerName
from studio.imaging.decode import read_pixels
from studio.imaging.export import export_image, export_picture
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata.exif_texts import EXIF_IFD, USER_COMMENT
from studio.imaging.parameters_codec import parameters_from_json, parameters_to_json
from studio.imaging.picture_metadata import encode_png, read_picture_info
from studio.imaging.png_chunks import PNG_SIGNATURE
from studio.imaging.request_codec import request_to_json
from tests.helpers.fake_session import a_picture, a_request

prompts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100)


def with_texts(text: str, negative: str = "") -> GeneratedImage:
    request = a_request()
    return a_picture(replace(request, prompt=Prompt(text, negative)))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*texts: bytes, size: tuple[int, int] = (8, 8)) -> bytes:
    """A PNG file with these chunks before its pixels."""
    buffer = BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    content = buffer.getvalue()
    header = len(PNG_SIGNATURE) + 25
    return b"".join([content[:header], *texts, content[header:]])


def info_of(folder: Path, content: bytes) -> str | None:
    (folder / "x.png").write_bytes(content)
    assert read_pixels(folder / "x.png")[0, 0].tolist() == [255, 0, 0]
    return read_picture_info(folder / "x.png").infotext


# --- exports ---


@settings(max_examples=40, deadline=None)
@given(text=prompts, negative=prompts, ending=st.sampled_from([".jpg", ".webp", ".png"]))
def test_every_alphabet_survives_an_export(
    tmp_path_factory: pytest.TempPathFactory, text: str, negative: str, ending: str
) -> None:
    picture = with_texts(text, negative)
    target = tmp_path_factory.mktemp("export") / f"x{ending}"
    export_image(picture, target)
    assert read_picture_info(target).infotext == to_infotext(picture.parameters)


@pytest.mark.parametrize("ending", [".jpg", ".webp"])
@pytest.mark.parametrize("text", ["一只猫", "Ā", "　", "　red\n一", "Ѐ" * 30])
def test_a_first_character_whose_low_byte_is_zero_does_not_turn_the_byte_order(
    tmp_path: Path, text: str, ending: str
) -> None:
    picture = with_texts(text)
    export_image(picture, tmp_path / f"x{ending}")
    assert read_picture_info(tmp_path / f"x{ending}").infotext == to_infotext(picture.parameters)


@pytest.mark.parametrize("text", ["🍎" * 10_000, "x" * 10_000])
def test_the_longest_prompts_fit_into_a_jpeg_with_the_whole_line_of_settings(tmp_path: Path, text: str) -> None:
    picture = with_texts(text, text)
    export_image(picture, tmp_path / "x.jpg")
    infotext = read_picture_info(tmp_path / "x.jpg").infotext
    assert infotext is not None
    whole = to_infotext(picture.parameters)
    assert infotext.splitlines()[-1] == whole.splitlines()[-1]
    assert whole.startswith(infotext.rpartition("\n")[0])
    assert "\ufffd" not in infotext, "no character is cut in half"


def test_a_foreign_text_of_one_endless_line_is_cut_for_jpeg_and_whole_in_webp(tmp_path: Path) -> None:
    texts = PngInfo()
    texts.add_itxt("parameters", "x" * 100_000)
    Image.new("RGB", (8, 8)).save(tmp_path / "source.png", pnginfo=texts)
    for name in ("x.jpg", "x.webp"):
        export_picture(tmp_path / "source.png", tmp_path / name)
    cut, whole = (read_picture_info(tmp_path / name).infotext for name in ("x.jpg", "x.webp"))
    assert cut is not None
    assert set(cut) == {"x"}
    assert len(cut) > 32_000
    assert whole == "x" * 100_000


def test_a_picture_too_wide_for_webp_is_a_fact_and_leaves_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (16_384, 8)).save(tmp_path / "wide.png")
    with pytest.raises(WriteFailed):
        export_picture(tmp_path / "wide.png", tmp_path / "x.webp")
    assert [path.name for path in tmp_path.iterdir()] == ["wide.png"]


@pytest.mark.parametrize("name", ["x.png", "x.jpg"])
def test_an_export_whose_source_is_gone_or_whose_folder_is_gone_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureUnreadable):
        export_picture(tmp_path / "gone.png", tmp_path / name)
    (tmp_path / "source.png").write_bytes(encode_png(a_picture(), None))
    with pytest.raises(StorageError):
        export_picture(tmp_path / "source.png", tmp_path / "nowhere" / name)
    assert [path.name for path in tmp_path.iterdir()] == ["source.png"]


def test_a_foreign_picture_without_text_is_exported_without_one(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "source.bmp")
    for name in ("x.png", "x.jpg", "x.webp"):
        export_picture(tmp_path / "source.bmp", tmp_path / name)
        assert read_picture_info(tmp_path / name).infotext is None
        assert read_pixels(tmp_path / name)[0, 0, 0] > 240


def test_no_written_file_names_a_place_on_this_machine(tmp_path: Path) -> None:
    """The request that was queued knows the path of the model; nothing that leaves the machine may."""
    home = tmp_path / "home-of-somebody" / "models" / "secret"
    request = a_request()
    picture = a_picture(replace(request, checkpoint=replace(request.checkpoint, path=home)))
    assert "home-of-somebody" in request_to_json(picture.request)
    written = encode_png(picture, JobId("a" * 32))
    for name in ("x.png", "x.jpg", "x.webp"):
        export_image(picture, tmp_path / name)
        written += (tmp_path / name).read_bytes()
    for encoding in ("utf-8", "utf-16-be", "utf-16-le"):
        for part in ("home-of-somebody", "secret", str(tmp_path)):
            assert part.encode(encoding) not in written


def test_the_name_of_a_model_that_is_no_text_costs_no_picture(tmp_path: Path) -> None:
    request = a_request()
    picture = a_picture(replace(request, checkpoint=replace(request.checkpoint, name="mod\udce9le")))
    (tmp_path / "x.png").write_bytes(encode_png(picture, None))
    parameters = read_picture_info(tmp_path / "x.png").parameters
    assert parameters == picture.parameters
    assert parameters is not None
    assert parameters.checkpoint_name == "mod?le"


# --- texts of other programs ---


def test_texts_are_read_from_all_kinds_of_chunks_and_the_first_counts(tmp_path: Path) -> None:
    plain = chunk(b"tEXt", b"parameters\0caf\xe9")
    utf8 = chunk(b"iTXt", b"parameters\0\0\0\0\0" + "表".encode())
    compressed = chunk(b"iTXt", b"parameters\0\1\0en\0\0" + zlib.compress(b"small"))
    assert info_of(tmp_path, png_with(plain, utf8)) == "café"
    assert info_of(tmp_path, png_with(utf8, plain)) == "表"
    assert info_of(tmp_path, png_with(compressed)) == "small"
    assert info_of(tmp_path, png_with(chunk(b"tEXt", b"Comment\0other"))) is None


def test_a_damaged_text_gives_way_to_the_next_and_to_the_pixels(tmp_path: Path) -> None:
    wrong_sum = chunk(b"tEXt", b"parameters\0first")[:-4] + b"\0\0\0\0"
    no_zlib = chunk(b"iTXt", b"parameters\0\1\0\0\0not zlib")
    good = chunk(b"tEXt", b"parameters\0second")
    assert info_of(tmp_path, png_with(wrong_sum, no_zlib, good)) == "second"
    assert info_of(tmp_path, png_with(no_zlib)) is None


def test_texts_of_absurd_size_are_bounded_and_never_stop_the_pixels(tmp_path: Path) -> None:
    bomb = chunk(b"iTXt", b"parameters\0\1\0\0\0" + zlib.compress(b"x" * 100_000_000))
    infotext = info_of(tmp_path, png_with(bomb))
    assert infotext is not None
    assert len(infotext) == 4 * 2**20
    assert info_of(tmp_path, png_with(chunk(b"tEXt", b"parameters\0" + b"x" * 10_000_000))) is None


def test_a_file_of_endlessly_many_chunks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png_with(chunk(b"tEXt", b"a\0") * 70_000))
    for read in (read_picture_info, read_pixels):
        with pytest.raises(PictureUnreadable):
            read(tmp_path / "x.png")


def test_a_header_of_the_wrong_length_or_none_is_refused(tmp_path: Path) -> None:
    end = chunk(b"IEND", b"")
    for content in (chunk(b"IHDR", b"\0" * 12) + end, end, chunk(b"IHDR", b"\0" * 13) + end):
        (tmp_path / "x.png").write_bytes(PNG_SIGNATURE + content)
        for read in (read_picture_info, read_pixels):
            with pytest.raises(PictureUnreadable):
                read(tmp_path / "x.png")


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (b"UNICODE\0" + "Steps: 20".encode("utf-16-le"), "Steps: 20"),
        (b"UNICODE\0" + "Steps: 20".encode("utf-16-be"), "Steps: 20"),
        (b"ASCII\0\0\0Steps: 20\0\0", "Steps: 20"),
        (b"JIS\0\0\0\0\0abc", None),
        (b"UNICODE\0", None),
        (b"", None),
    ],
)
def test_the_user_comment_of_other_programs_is_read(tmp_path: Path, comment: bytes, expected: str | None) -> None:
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = comment
    Image.new("RGB", (8, 8)).save(tmp_path / "x.jpg", exif=exif.tobytes())
    assert read_picture_info(tmp_path / "x.jpg").infotext == expected


# --- damage ---


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_whatever_happens_to_a_file_only_one_kind_of_error_comes(tmp_path: Path, ending: str) -> None:
    """Bytes changed, removed, repeated and inserted."""
    chance = random.Random(ending)
    export_image(a_picture(), tmp_path / f"whole{ending}")
    content = (tmp_path / f"whole{ending}").read_bytes()
    file = tmp_path / f"x{ending}"
    outcomes = {"read": 0, "refused": 0}
    for _ in range(700):
        file.write_bytes(mutated(content, chance))
        for read in (read_picture_info, read_pixels):
            try:
                read(file)
            except PictureUnreadable:
                outcomes["refused"] += 1
            else:
                outcomes["read"] += 1
    assert min(outcomes.values()) > 20, "both outcomes are exercised"


def mutated(content: bytes, chance: random.Random) -> bytes:
    begin, end = sorted(chance.randrange(len(content)) for _ in range(2))
    part = content[begin : min(end, begin + 40)]
    header = chance.randrange(min(200, len(content)))
    return chance.choice(
        [
            content[:begin] + content[begin + len(part) :],
            content[:end] + part + content[end:],
            content[:begin] + chance.randbytes(len(part)) + content[begin + len(part) :],
            content[:header] + chance.randbytes(4) + content[header + 4 :],
            content[:begin],
        ]
    )


def test_a_file_that_grew_beyond_all_measure_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "x.png").open("wb") as file:
        file.truncate(300 * 2**20)  # a hole: takes no space
    for read in (read_picture_info, read_pixels):
        with pytest.raises(PictureUnreadable, match="possible"):
            read(tmp_path / "x.png")


def test_pixels_that_cannot_be_shown_are_refused_and_extreme_ones_are_not_cut(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(tmp_path / "float.tiff")
    with pytest.raises(PictureUnreadable, match="floating"):
        read_pixels(tmp_path / "float.tiff")
    Image.fromarray(np.array([[-5, 0, 32_768, 65_535, 2**30]], np.int32)).save(tmp_path / "int.tiff")
    assert read_pixels(tmp_path / "int.tiff")[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_a_half_transparent_palette_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "x.png", transparency=bytes([128, 255]))
    pink, blue = read_pixels(tmp_path / "x.png")[0].tolist()
    assert pink[0] == 255
    assert 120 < pink[1] < 135
    assert blue == [0, 0, 255]


def test_the_first_of_several_frames_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for name in ("x.gif", "x.png", "x.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        assert read_pixels(tmp_path / name)[0, 0].tolist() == [255, 0, 0]


# --- parameters ---


@pytest.mark.parametrize(
    "change",
    [
        {"guidance_scale": 10**400},
        {"guidance_scale": 1e308 * 10},
        {"guidance_scale": 31},
        {"seed": 2**64},
        {"seconds": False},
        {"prompt": "x" * 10_001},
        {"versions": None},
        {"version": "1"},
    ],
    ids=lambda change: str(change)[:30],
)
def test_parameters_out_of_range_are_a_value_error(change: dict[str, object]) -> None:
    document = json.loads(parameters_to_json(a_picture().parameters)) | change
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(json.dumps(document))


def test_a_lone_half_of_a_character_is_a_value_error() -> None:
    document = json.loads(parameters_to_json(a_picture().parameters)) | {"checkpoint": "a\ud800"}
    with pytest.raises(ValueError):  # noqa: PT011  the message is free text
        parameters_from_json(json.dumps(document))


def test_parameters_of_a_later_program_with_more_fields_are_read() -> None:
    parameters = a_picture().parameters
    document = json.loads(parameters_to_json(parameters)) | {"later": {"more": [1]}}
    assert parameters_from_json(json.dumps(document)) == parameters


@pytest.mark.parametrize("scheduler", list(SchedulerName))
def test_every_scheduler_has_a_sampler_in_the_infotext(scheduler: SchedulerName) -> None:
    request = a_request()
    picture = a_picture(replace(request, sampling=replace(request.sampling, scheduler=scheduler)))
    settings_line = to_infotext(picture.parameters).splitlines()[-1]
    assert "Sampler: " in settings_line
    assert ("Schedule type: Karras" in settings_line) == (scheduler is SchedulerName.DPMPP_2M_KARRAS)
