"""A canvas goes into one file and comes out again; other programs can read it; hostile files are refused."""

from __future__ import annotations

import json
import os
import random
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import CanvasUnreadable, StorageError, WriteFailed
from studio.core.pixels import frozen_pixels
from studio.imaging.canvas_file import CanvasDocument, read_canvas, write_canvas
from studio.imaging.decode import picture_from_bytes
from studio.imaging.picture_metadata import encode_png
from tests.helpers.fake_session import a_picture

chance = np.random.default_rng(9)
DOCUMENT = CanvasDocument(
    picture=frozen_pixels(chance.integers(0, 256, (30, 50, 3), np.uint8)),
    mask=frozen_pixels(chance.integers(0, 256, (30, 50), np.uint8)),
    candidates=(encode_png(a_picture(), None), encode_png(a_picture(), None)),
    settings={"prompt": "ein Apfel 🍎", "strength": 0.6, "nested": {"list": [1, None, True]}},
)


def written(folder: Path, document: CanvasDocument = DOCUMENT) -> Path:
    path = folder / "x.lstudio"
    write_canvas(path, document)
    return path


def assert_same(first: CanvasDocument, second: CanvasDocument) -> None:
    assert np.array_equal(first.picture, second.picture)
    assert np.array_equal(first.mask, second.mask)
    assert first.candidates == second.candidates
    assert first.settings == second.settings
    assert first.unknown == second.unknown


def test_everything_comes_out_as_it_went_in(tmp_path: Path) -> None:
    found = read_canvas(written(tmp_path))
    assert_same(found, DOCUMENT)
    assert not found.picture.flags.writeable
    assert not found.mask.flags.writeable
    assert picture_from_bytes(found.candidates[1], Path("candidate")).pixels.shape == (64, 64, 3)


def test_other_programs_find_plain_png_files_and_json(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path)) as archive:
        names = ["canvas.json", "picture.png", "mask.png", "candidates/1.png", "candidates/2.png"]
        assert archive.namelist() == names
        assert archive.testzip() is None
        with archive.open("picture.png") as file, Image.open(file) as picture:
            assert np.array_equal(np.asarray(picture), DOCUMENT.picture)
        with archive.open("mask.png") as file, Image.open(file) as mask:
            assert mask.mode == "L"
            assert np.array_equal(np.asarray(mask), DOCUMENT.mask)
        document = json.loads(archive.read("canvas.json"))
    assert document["format"] == "latent-studio-canvas"
    assert (document["version"], document["width"], document["height"]) == (1, 50, 30)
    assert document["settings"]["prompt"] == "ein Apfel 🍎"


def test_an_older_file_is_replaced_and_a_failed_write_leaves_it(tmp_path: Path) -> None:
    path = written(tmp_path)
    write_canvas(path, replace(DOCUMENT, settings={"second": 2}))
    assert read_canvas(path).settings == {"second": 2}
    for unwritable in (
        replace(DOCUMENT, settings={"not": float("nan")}),
        replace(DOCUMENT, settings={"no text": "\ud800"}),
        replace(DOCUMENT, candidates=(b"no PNG",)),
        replace(DOCUMENT, candidates=DOCUMENT.candidates * 200),
    ):
        with pytest.raises(WriteFailed):
            write_canvas(path, unwritable)
    with pytest.raises(StorageError):
        write_canvas(tmp_path / "nowhere" / "x.lstudio", DOCUMENT)
    assert read_canvas(path).settings == {"second": 2}
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.lstudio"]


def test_keys_of_a_newer_program_are_kept(tmp_path: Path) -> None:
    path = made(tmp_path, document=json_document(layers=[{"name": "sky"}], settings={"a": {"new": 1}}))
    found = read_canvas(path)
    assert found.unknown == {"layers": [{"name": "sky"}]}
    write_canvas(path, found)
    assert_same(read_canvas(path), found)


# --- files that others made ---


def png(size: tuple[int, int] = (50, 30), mode: str = "RGB") -> bytes:
    buffer = BytesIO()
    Image.new(mode, size).save(buffer, "PNG")
    return buffer.getvalue()


def json_document(**changes: object) -> bytes:
    return json.dumps({"format": "latent-studio-canvas", "version": 1} | changes).encode()


def made(
    folder: Path,
    document: bytes | None = None,
    entries: Mapping[str, bytes] | None = None,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A canvas file by hand: whole, but for what is changed. Empty content leaves an entry out."""
    path = folder / "made.lstudio"
    contents = {"canvas.json": document or json_document(), "picture.png": png(), "mask.png": png(mode="L")}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in (contents | dict(entries or {})).items():
            if content:
                archive.writestr(name, content)
    return path


def test_a_file_zipped_again_by_another_program_is_read(tmp_path: Path) -> None:
    painted = png(mode="RGBA")
    found = read_canvas(made(tmp_path, entries={"mask.png": painted}, compression=zipfile.ZIP_DEFLATED))
    assert found.picture.shape == (30, 50, 3)
    assert found.mask.shape == (30, 50)
    assert found.mask.max() == 0, "transparent is not masked"


@pytest.mark.parametrize(
    ("document", "entries", "reason"),
    [
        (b"[]", {}, "object"),
        (b"{", {}, "Expecting"),
        (b"[" * 100_000, {}, "nested"),
        (b"\xff\xfe", {}, "decode"),
        (json_document(format="other"), {}, "not a canvas"),
        (json_document(version=99), {}, "newer version"),
        (json_document(version="1"), {}, "not a canvas"),
        (json_document(version=0), {}, "not a canvas"),
        (json_document(settings=[]), {}, "object"),
        (json_document(candidates="all"), {}, "candidates"),
        (json_document(candidates=["../../etc/passwd"]), {}, "no candidate"),
        (json_document(candidates=["/etc/passwd"]), {}, "no candidate"),
        (json_document(candidates=[7]), {}, "no candidate"),
        (json_document(candidates=["candidates/1.png"]), {}, "missing"),
        (json_document(candidates=["candidates/1.png"] * 1000), {}, "too many"),
        (json_document(candidates=["candidates/1.png"]), {"candidates/1.png": b"GIF89a"}, "no PNG"),
        (json_document(candidates=["candidates/1.png"]), {"candidates/1.png": png()[:20]}, "IHDR"),
        (None, {"picture.png": b""}, "missing"),
        (None, {"mask.png": b""}, "missing"),
        (None, {"picture.png": b"text"}, "picture.png"),
        (None, {"mask.png": png((8, 8))}, "size"),
        (None, {"picture.png": png()[:-30]}, "cut short"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_wrong_is_said(tmp_path: Path, document: bytes | None, entries: dict[str, bytes], reason: str) -> None:
    with pytest.raises(CanvasUnreadable, match=reason):
        read_canvas(made(tmp_path, document, entries))


def test_bombs_are_refused(tmp_path: Path) -> None:
    bombs = {
        "picture.png": bytes(250_000_000),
        "canvas.json": b" " * 3_000_000 + json_document(),
    }
    for name, content in bombs.items():
        with pytest.raises(CanvasUnreadable, match="too large"):
            read_canvas(made(tmp_path, entries={name: content}, compression=zipfile.ZIP_DEFLATED))


def test_a_size_that_the_directory_lies_about_is_not_believed(tmp_path: Path) -> None:
    path = made(tmp_path, entries={"canvas.json": b" " * 6_000_000 + json_document()})
    content = path.read_bytes().replace(struct.pack("<I", 6_000_000 + len(json_document())), struct.pack("<I", 1000))
    path.write_bytes(content)
    with pytest.raises(CanvasUnreadable):
        read_canvas(path)


def test_endlessly_many_entries_are_refused_before_they_are_read(tmp_path: Path) -> None:
    entries = {f"entry-{number:05}": b"x" for number in range(30_000)}
    with pytest.raises(CanvasUnreadable, match="too many entries"):
        read_canvas(made(tmp_path, entries=entries))


def test_names_that_would_escape_are_never_looked_at(tmp_path: Path) -> None:
    path = made(tmp_path, entries={"../escaped.png": png(), "/absolute.png": png(), "C:\\windows.png": png()})
    assert read_canvas(path).picture.shape == (30, 50, 3)
    assert [entry.name for entry in tmp_path.iterdir()] == ["made.lstudio"]
    assert not (tmp_path.parent / "escaped.png").exists()


def test_what_is_no_file_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("PK is what zip files begin with")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**30 + 1)  # a hole: takes no space
    os.mkfifo(tmp_path / "pipe")
    for name in ("empty", "text", "huge", "pipe", "missing", "."):
        with pytest.raises(CanvasUnreadable) as caught:
            read_canvas(tmp_path / name)
        assert caught.value.reason


def test_a_changed_or_cut_file_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    random_changes = random.Random(4)
    path = written(tmp_path)
    content = path.read_bytes()
    refused = 0
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(random_changes.choice((1, 3, 30))):
            changed[random_changes.randrange(len(changed))] = random_changes.randrange(256)
        path.write_bytes(
            changed if random_changes.random() < 0.8 else changed[: random_changes.randrange(len(changed))]
        )
        try:
            read_canvas(path)
        except CanvasUnreadable as error:
            refused += 1
            assert error.reason  # noqa: PT017  both outcomes are right
    assert refused > 100
