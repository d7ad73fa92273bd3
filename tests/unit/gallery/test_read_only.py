"""Folders that cannot be written to: it is said, nothing is lost, and what needs no writing works."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import FolderUnwritable, TrashFailed
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.search.query import EVERYTHING
from tests.helpers.fake_session import a_picture
from tests.helpers.file_rights import read_only
from tests.unit.gallery.galleries import a_gallery, files_in, reconcile


def closed_gallery(home: Path) -> Gallery:
    return Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")


def contents(folder: Path) -> dict[Path, bytes]:
    """All files, but those in which SQLite keeps who reads: they hold nothing."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".db-shm"}


def test_the_folder_of_the_pictures_is_told_at_the_start_and_shown_all_the_same(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    gallery.close()
    before = contents(home / "pictures")
    with read_only(home / "pictures"):
        gallery = closed_gallery(home)
        [notice] = gallery.open()
        assert "cannot be used" in notice
        assert str(home / "pictures") in notice
        with pytest.raises(FolderUnwritable):
            gallery.add(a_picture())
        with pytest.raises(TrashFailed):
            gallery.trash(record.id)
        renamed = gallery.rename([record.id], "{seed}")
        assert isinstance(renamed.failure, FolderUnwritable)
        gallery.put_marks({record.id: PictureMarks(rating=4)})
        assert reconcile(gallery) == 0
        assert gallery.search(EVERYTHING) == [record.id]
        assert gallery.thumbnail(record.id) is not None
        gallery.close()
    assert contents(home / "pictures") == before
    gallery = a_gallery(home)
    assert gallery.marks_of([record.id])[record.id].rating == 4
    gallery.add(a_picture())
    assert len(files_in(home)) == len(gallery.ids()) == 2
    gallery.close()


def test_a_folder_that_becomes_read_only_while_it_is_used_costs_only_what_is_said_to_fail(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    with read_only(home / "pictures"), pytest.raises(FolderUnwritable):
        gallery.add(a_picture())
    later = gallery.add(a_picture())
    assert reconcile(gallery) == 0
    assert gallery.ids() == [later.id, record.id]
    gallery.close()


def test_a_watched_folder_need_not_be_writable(home: Path) -> None:
    folder = home / "photos"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "red.png")
    gallery = a_gallery(home)
    with read_only(folder):
        gallery.watch(folder)
        assert reconcile(gallery) > 0
        [picture] = gallery.ids()
        with pytest.raises(TrashFailed):
            gallery.trash(picture)
        assert gallery.ids() == [picture]
    gallery.close()


def test_a_folder_of_the_databases_that_cannot_be_written_to_is_said_and_nothing_is_set_aside(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    gallery.put_marks({record.id: PictureMarks(rating=4)})
    gallery.close()
    before = contents(home)
    with read_only(home), pytest.raises(FolderUnwritable):
        closed_gallery(home).open()
    assert contents(home) == before
    gallery = a_gallery(home)
    assert gallery.ids() == [record.id]
    assert gallery.marks_of([record.id])[record.id].rating == 4
    gallery.close()
