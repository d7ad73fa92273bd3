"""Folders whose pictures stay where they are: found, followed, and never changed."""

from __future__ import annotations

import errno
import os
import shutil
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import FolderNotWatchable, TrashFailed
from studio.core.picture_id import PictureId
from studio.gallery.folder_watch import WatchReport, forget_folders, watch_folders
from studio.gallery.gallery import Gallery
from studio.gallery.index import FileState
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.reconcile import file_state
from studio.gallery.search.reader import read_query
from studio.imaging.picture_metadata import encode_png
from tests.helpers.fake_session import a_picture
from tests.unit.gallery.galleries import a_gallery, files_in, opened_marks, reconcile
from tests.unit.imaging.metadata import samples

STORED = Path(__file__).parent / "stored"
STARS = PictureMarks(rating=5, tags=("sea",))


@pytest.fixture
def gallery(home: Path) -> Iterator[Gallery]:
    gallery = a_gallery(home)
    yield gallery
    gallery.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos and a picture of ours."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    Image.new("RGB", (30, 20), "red").save(folder / "red.jpg")
    Image.new("RGB", (40, 20), "blue").save(folder / "deep" / "blue.png")
    (folder / "ours.png").write_bytes(encode_png(a_picture(), None))
    return folder


def watched(gallery: Gallery, folder: Path) -> dict[str, PictureId]:
    """The pictures of the gallery by the names of their files."""
    gallery.watch(folder)
    reconcile(gallery)
    return by_name(gallery)


def by_name(gallery: Gallery) -> dict[str, PictureId]:
    records = [gallery.record(picture) for picture in gallery.ids()]
    return {record.path.name: record.id for record in records if record is not None}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_pictures_are_found_where_they_are_and_nothing_is_written_there(
    gallery: Gallery, folder: Path, home: Path
) -> None:
    before = contents(folder)
    pictures = watched(gallery, folder)
    assert set(pictures) == {"red.jpg", "blue.png", "ours.png"}
    record = gallery.record(pictures["red.jpg"])
    assert record is not None
    assert record.path == folder / "red.jpg"
    assert all(gallery.thumbnail(picture) for picture in pictures.values())
    assert contents(folder) == before
    assert files_in(home) == []
    assert reconcile(gallery) == 0


@pytest.mark.parametrize("name", [b"stealth_pngcomp", b"stealth_rgbcomp"])
def test_what_the_pixels_of_a_file_hide_is_searched_for(gallery: Gallery, folder: Path, name: bytes) -> None:
    samples.hiding_file(folder / "hiding.png", samples.hidden(samples.A1111["parameters"], name))
    pictures = watched(gallery, folder)
    query = read_query('"red apple" model:dreamshaper', datetime.now().astimezone())
    assert gallery.search(query) == [pictures["hiding.png"]]


def test_a_file_whose_pixels_are_damaged_is_a_picture_all_the_same(gallery: Gallery, folder: Path) -> None:
    blue = folder / "deep" / "blue.png"
    whole = blue.read_bytes()
    begin, end = whole.index(b"IDAT"), whole.index(b"IEND") - 8
    pixels = b"IDAT" + bytes(end - begin - 4)
    blue.write_bytes(whole[:begin] + pixels + zlib.crc32(pixels).to_bytes(4) + whole[end + 4 :])
    assert set(watched(gallery, folder)) == {"red.jpg", "ours.png", "blue.png"}


def test_the_index_can_be_deleted_and_marks_stay(gallery: Gallery, folder: Path, home: Path) -> None:
    pictures = watched(gallery, folder)
    gallery.put_marks(dict.fromkeys(pictures.values(), STARS))
    gallery.close()
    for file in home.glob("index.db*"):
        file.unlink()
    again = a_gallery(home)
    reconcile(again)
    assert by_name(again) == pictures
    assert set(again.marks_of(again.ids()).values()) == {STARS}
    again.close()


@pytest.mark.parametrize("leaves_mount_point", [True, False])
def test_a_folder_on_a_drive_that_went_away_keeps_its_pictures(
    gallery: Gallery, folder: Path, leaves_mount_point: bool
) -> None:
    pictures = watched(gallery, folder)
    folder.rename(folder.parent / "unplugged")
    if leaves_mount_point:
        folder.mkdir()
    assert reconcile(gallery) == 0
    assert by_name(gallery) == pictures
    assert all(gallery.thumbnail(picture) for picture in pictures.values())
    assert [place.is_there for place in gallery.watched()] == [False]
    with pytest.raises(TrashFailed):
        gallery.trash(pictures["red.jpg"])
    assert by_name(gallery) == pictures
    if leaves_mount_point:
        folder.rmdir()
    (folder.parent / "unplugged").rename(folder)
    assert reconcile(gallery) == 0


def test_files_that_were_all_deleted_are_gone_and_their_marks_come_back_with_them(
    gallery: Gallery, folder: Path
) -> None:
    """The folder is the one that it was: no drive is missing."""
    pictures = watched(gallery, folder)
    gallery.put_marks({pictures["red.jpg"]: STARS})
    aside = folder.parent / "aside"
    aside.mkdir()
    for inside in list(folder.iterdir()):
        inside.rename(aside / inside.name)
    assert [place.is_there for place in gallery.watched()] == [True]
    assert reconcile(gallery) == 3
    assert gallery.ids() == []
    assert gallery.count_below(folder) == 0
    (aside / "red.jpg").rename(folder / "red.jpg")
    reconcile(gallery)
    assert by_name(gallery) == {"red.jpg": pictures["red.jpg"]}
    assert set(gallery.marks_of(gallery.ids()).values()) == {STARS}


def test_an_index_of_schema_4_does_not_know_what_an_empty_folder_was(home: Path, folder: Path, tmp_path: Path) -> None:
    """Its rows stay: the drive may be missing."""
    a_gallery(home).close()
    shutil.copy(STORED / "index-schema-4.db", home / "index.db")
    gallery = a_gallery(home)
    gallery.marks.watch(Path("/elsewhere"))
    assert [place.is_there for place in gallery.watched()] == [False]
    reconcile(gallery)
    assert by_name(gallery) == {"photo.jpg": PictureId("2" * 32)}
    assert gallery.count_below(Path("/elsewhere")) == 1
    assert set(watched(gallery, folder)) == {"photo.jpg", "red.jpg", "blue.png", "ours.png"}
    assert gallery.count_below(folder) == 3
    assert gallery.count_below(folder / "deep") == 1
    gallery.close()


def test_a_moved_file_keeps_what_the_user_did_with_it(gallery: Gallery, folder: Path) -> None:
    pictures = watched(gallery, folder)
    gallery.put_marks(dict.fromkeys(pictures.values(), STARS))
    (folder / "red.jpg").rename(folder / "deep" / "scarlet.jpg")
    (folder / "ours.png").rename(folder / "deep" / "ours too.png")
    reconcile(gallery)
    assert set(by_name(gallery)) == {"scarlet.jpg", "blue.png", "ours too.png"}
    assert by_name(gallery)["ours too.png"] == pictures["ours.png"]
    assert set(gallery.marks_of(gallery.ids()).values()) == {STARS}
    assert reconcile(gallery) == 0


def test_two_files_that_could_be_the_moved_one_are_neither(gallery: Gallery, folder: Path) -> None:
    pictures = watched(gallery, folder)
    gallery.put_marks({pictures["red.jpg"]: STARS})
    for name in ("one.jpg", "two.jpg"):
        shutil.copy2(folder / "red.jpg", folder / name)
    (folder / "red.jpg").unlink()
    reconcile(gallery)
    found = by_name(gallery)
    assert gallery.marks_of([found["one.jpg"], found["two.jpg"]]).values() != STARS
    assert gallery.marks_of([pictures["red.jpg"]])[pictures["red.jpg"]] == STARS, "kept for when it comes back"


def test_an_edited_file_is_read_again(gallery: Gallery, folder: Path) -> None:
    pictures = watched(gallery, folder)
    Image.new("RGB", (99, 20), "green").save(folder / "red.jpg")
    os.utime(folder / "red.jpg", ns=(1, 1))
    assert reconcile(gallery) > 0
    record = gallery.record(pictures["red.jpg"])
    assert record is not None
    assert record.width == 99


def test_a_folder_that_is_let_go_keeps_its_files_and_its_marks(gallery: Gallery, folder: Path) -> None:
    pictures = watched(gallery, folder)
    gallery.put_marks({pictures["red.jpg"]: STARS})
    before = contents(folder)
    gallery.stop_watching(folder)
    assert gallery.ids() == []
    assert gallery.watched() == []
    assert contents(folder) == before
    assert watched(gallery, folder) == pictures
    assert gallery.marks_of([pictures["red.jpg"]])[pictures["red.jpg"]] == STARS


def test_a_folder_within_another_is_watched_once_and_the_gallery_never(
    gallery: Gallery, folder: Path, home: Path
) -> None:
    own = gallery.add(a_picture())
    gallery.watch(folder / "deep")
    gallery.watch(folder)
    gallery.watch(folder / "deep")
    assert [place.root for place in gallery.watched()] == [folder]
    gallery.watch(home)
    reconcile(gallery)
    assert len(gallery.ids()) == 4
    record = gallery.record(own.id)
    assert record is not None
    assert record.path == own.path
    for nothing in (home / "pictures", home / "pictures" / "2026", home / "gone", folder / "red.jpg"):
        with pytest.raises(FolderNotWatchable):
            gallery.watch(nothing)


def test_a_picture_goes_to_the_trash_and_comes_back(gallery: Gallery, folder: Path) -> None:
    pictures = watched(gallery, folder)
    record = gallery.trash(pictures["red.jpg"])
    assert record is not None
    assert not (folder / "red.jpg").exists()
    gallery.restore(record)
    assert by_name(gallery) == pictures
    assert reconcile(gallery) == 0


def test_watched_folders_survive_the_loss_of_their_database(home: Path, folder: Path) -> None:
    marks = opened_marks(home)
    marks.watch(folder)
    marks.watch(folder.parent / "other")
    marks.forget_folder(folder.parent / "other")
    marks.close()
    (home / "user.db").unlink()
    marks = opened_marks(home)
    assert marks.folders() == [folder]
    marks.close()


def test_a_user_database_of_schema_3_keeps_its_marks_and_can_watch(tmp_path: Path) -> None:
    shutil.copy(STORED / "user-schema-3.db", tmp_path / "user.db")
    marks = opened_marks(tmp_path)
    one = PictureId("1" * 32)
    [album] = marks.albums()
    assert marks.marks(one) == PictureMarks(rating=4, note="print", tags=("sea",), albums=(album.id,))
    marks.watch(tmp_path)
    assert marks.folders() == [tmp_path]
    assert marks.tidy() == 0
    marks.close()


def test_what_cannot_be_read_of_these_folders_is_told(
    gallery: Gallery, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def state_unless_locked(path: Path) -> FileState:
        if path.name == "locked.png":
            raise PermissionError(errno.EACCES, "Permission denied")
        return file_state(path)

    monkeypatch.setattr("studio.gallery.reconcile.file_state", state_unless_locked)
    earlier = tmp_path / "earlier"
    for place in (folder, earlier):
        place.mkdir(exist_ok=True)
        (place / "broken.png").write_bytes(b"no picture")
    assert [fault.path.parent for fault in watch_folders(gallery, [earlier]).unreadable] == [earlier]
    (folder / "locked.png").touch()
    (folder / "gone.png").symlink_to(folder / "nothing.png")
    report = watch_folders(gallery, [folder])
    assert report.more == 3
    assert sorted(fault.path.name for fault in report.unreadable) == ["broken.png", "locked.png"]
    assert forget_folders(gallery, [folder]) == WatchReport(-3)


def test_who_waits_hears_how_many_files_were_looked_at(gallery: Gallery, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(250):
        (many / f"{number}.png").write_bytes(b"no picture")
    counts: list[int] = []
    watch_folders(gallery, [many], counts.append)
    assert counts == [100, 200]
