"""Copies of many pictures: a folder, a ZIP file, a contact sheet."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import FolderUnwritable, GenerationCancelled
from studio.core.session import CancelToken
from studio.imaging.decode import read_pixels
from studio.imaging.export_many import ExportReport, ExportWish, Packing, export_many
from studio.imaging.picture_metadata import encode_png, read_picture_info
from tests.helpers.fake_session import a_picture, a_request


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pictures"
    paths = [folder / "today" / "a-red-apple.png", folder / "before" / "a-red-apple.png", folder / "a-pear.png"]
    for seed, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(a_picture(a_request(seed=seed)), None))
    return paths


def export(sources: list[Path], wish: ExportWish) -> ExportReport:
    return export_many(sources, wish, lambda _: None, CancelToken())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_in_a_folder_keep_their_settings_and_replace_nothing(tmp_path: Path, sources: list[Path]) -> None:
    (target := tmp_path / "out").mkdir()
    (target / "a-pear.webp").write_bytes(b"mine")
    report = export(sources, ExportWish(Packing.FILES, target, ".webp"))
    assert names(target) == ["a-pear-2.webp", "a-pear.webp", "a-red-apple-2.webp", "a-red-apple.webp"]
    assert [path.name for path in report.written] == ["a-red-apple.webp", "a-red-apple-2.webp", "a-pear-2.webp"]
    assert (target / "a-pear.webp").read_bytes() == b"mine"
    assert all("a red apple" in str(read_picture_info(path).infotext) for path in report.written)


def test_without_settings_the_names_tell_nothing_either(tmp_path: Path, sources: list[Path]) -> None:
    export(sources, ExportWish(Packing.FILES, tmp_path / "out", with_settings=False))
    assert names(tmp_path / "out") == ["0001.png", "0002.png", "0003.png"]
    assert all(not read_picture_info(path).texts for path in (tmp_path / "out").iterdir())


def test_a_zip_holds_them_all(tmp_path: Path, sources: list[Path]) -> None:
    report = export(sources, ExportWish(Packing.ZIP, tmp_path / "all.zip"))
    assert report.written == (tmp_path / "all.zip",)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a-red-apple.png", "a-red-apple-2.png", "a-pear.png"]
        assert archive.read("a-red-apple-2.png") == sources[1].read_bytes()


def test_a_contact_sheet_shows_each_once_and_its_bytes_tell_nothing(tmp_path: Path, sources: list[Path]) -> None:
    for path, colour in zip(sources, ("red", "lime", "blue"), strict=True):
        Image.new("RGB", (400, 400), colour).save(path)
    export(sources, ExportWish(Packing.SHEET, tmp_path / "sheet.png"))
    pixels = read_pixels(tmp_path / "sheet.png")
    for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
        assert np.all(pixels == colour, axis=2).sum() == 320 * 320
    assert not read_picture_info(tmp_path / "sheet.png").texts


def test_names_are_written_below_the_pictures_unless_nothing_is_to_be_told(tmp_path: Path, sources: list[Path]) -> None:
    heights: list[int] = []
    for with_settings in (True, False):
        export(sources, ExportWish(Packing.SHEET, tmp_path / "sheet.png", with_settings=with_settings))
        heights.append(read_pixels(tmp_path / "sheet.png").shape[0])
    assert heights[0] - heights[1] == 2 * 24


@pytest.mark.parametrize("packing", Packing)
def test_an_unreadable_picture_stops_nothing_and_is_told(tmp_path: Path, sources: list[Path], packing: Packing) -> None:
    sources[1].write_bytes(b"no picture")
    target = tmp_path / "out.png"
    seen: list[int] = []
    report = export_many(sources, ExportWish(packing, target), seen.append, CancelToken())
    assert [error.path for error in report.unreadable] == [sources[1]]
    assert seen == [1, 2, 3]
    if packing is Packing.ZIP:
        assert zipfile.ZipFile(BytesIO(target.read_bytes())).namelist() == ["a-red-apple.png", "a-pear.png"]


@pytest.mark.parametrize("packing", Packing)
def test_a_cancelled_export_leaves_nothing_half(tmp_path: Path, sources: list[Path], packing: Packing) -> None:
    cancel = CancelToken()
    (place := tmp_path / "place").mkdir()
    with pytest.raises(GenerationCancelled):
        export_many(sources, ExportWish(packing, place / "out.png"), lambda _: cancel.cancel(), cancel)
    expected = ["out.png"] if packing is Packing.FILES else []
    assert names(place) == expected
    if packing is Packing.FILES:
        assert names(place / "out.png") == ["a-red-apple.png"]


@pytest.mark.parametrize("packing", [Packing.ZIP, Packing.SHEET])
def test_a_folder_that_is_gone_is_said(tmp_path: Path, sources: list[Path], packing: Packing) -> None:
    with pytest.raises(FolderUnwritable):
        export(sources, ExportWish(packing, tmp_path / "gone" / "out.png"))
