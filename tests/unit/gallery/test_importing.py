"""Pictures and folders from elsewhere: each content comes into the gallery once, and nothing stops the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.core.picture_id import PictureId
from studio.core.session import CancelToken
from studio.gallery.gallery import Gallery
from studio.gallery.index import FileState, PictureIndex
from studio.gallery.picture_import import ImportProgress, ImportReport, import_pictures
from tests.unit.gallery.galleries import a_gallery, files_in
from tests.unit.imaging.metadata import samples


@pytest.fixture
def gallery(home: Path) -> Iterator[Gallery]:
    gallery = a_gallery(home)
    yield gallery
    gallery.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one of them twice, one that is none, and what is left alone."""
    folder = tmp_path / "elsewhere"
    for name in ("deep/deeper", ".hidden"):
        (folder / name).mkdir(parents=True)
    apple = samples.png_file(folder / "apple.png", samples.COMFYUI)
    for copy in ("deep/same.png", ".hidden/seen-by-nobody.png"):
        (folder / copy).write_bytes(apple.read_bytes())
    Image.new("RGB", (30, 20), "red").save(folder / "deep" / "deeper" / "photo.JPG")
    (folder / "broken.webp").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture, and does not claim to be one")
    (folder / "round.png").symlink_to(folder / "round.png")
    return folder


def bring_in(gallery: Gallery, *paths: Path) -> ImportReport:
    return import_pictures(gallery, paths, lambda _: None, CancelToken())


def test_a_folder_comes_in_whole_each_content_once_and_the_unreadable_is_told(gallery: Gallery, folder: Path) -> None:
    report = bring_in(gallery, folder)
    assert {record.id for record in report.added} == set(gallery.ids())
    assert sorted(record.path.name.split("-")[1] for record in report.added) == ["apple", "photo"]
    assert report.known == (folder / "deep" / "same.png",)
    assert [error.path for error in report.unreadable] == [folder / "broken.webp", folder / "round.png"]
    assert not report.cancelled


def test_what_was_brought_in_before_is_known_also_when_it_was_no_png(gallery: Gallery, folder: Path) -> None:
    bring_in(gallery, folder)
    again = bring_in(gallery, folder)
    assert (again.added, len(again.known)) == ((), 3)
    assert len(gallery.ids()) == 2


def test_the_gallery_is_not_brought_into_itself(gallery: Gallery, folder: Path, home: Path) -> None:
    bring_in(gallery, folder)
    report = bring_in(gallery, home / "pictures")
    assert report == ImportReport((), (), ())
    assert len(files_in(home)) == 2


def test_a_file_that_is_named_is_looked_into_whatever_its_ending(gallery: Gallery, folder: Path) -> None:
    picture = (folder / "apple.png").rename(folder / "apple.download")
    report = bring_in(gallery, picture, picture, folder / "gone.png")
    assert [record.path.read_bytes() for record in report.added] == [picture.read_bytes()]
    assert [error.path for error in report.unreadable] == [folder / "gone.png"]


def test_a_cancelled_import_keeps_what_came_before(gallery: Gallery, folder: Path) -> None:
    cancel = CancelToken()
    seen: list[ImportProgress] = []

    def stop_after_first(progress: ImportProgress) -> None:
        seen.append(progress)
        cancel.cancel()

    report = import_pictures(gallery, [folder], stop_after_first, cancel)
    assert report.cancelled
    assert seen == [ImportProgress(1, 5)]
    assert gallery.ids() == [record.id for record in report.added]


def test_each_file_of_an_import_costs_the_same_however_many_there_are(
    gallery: Gallery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole index is read once, not for each file."""
    readings: list[PictureIndex] = []
    known_files = PictureIndex.known_files

    def counted(index: PictureIndex) -> dict[str, tuple[PictureId, FileState]]:
        readings.append(index)
        return known_files(index)

    monkeypatch.setattr(PictureIndex, "known_files", counted)
    assert len(bring_in(gallery, folder).added) == 2
    assert len(readings) == 1
