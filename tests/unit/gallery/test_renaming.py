"""Files of pictures get other names; nothing is replaced, and everything can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.gallery.gallery import Gallery
from studio.gallery.naming import new_names
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.record import PictureRecord
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery, files_in, reconcile


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    gallery = a_gallery(tmp_path)
    yield gallery
    gallery.close()


@pytest.fixture
def records(gallery: Gallery) -> list[PictureRecord]:
    return [gallery.add(a_picture(a_request("an apple", seed=seed))) for seed in (1, 2, 3)]


def names(gallery: Gallery, records: list[PictureRecord]) -> list[str]:
    found = [gallery.record(record.id) for record in records]
    assert all(record is not None and record.path.is_file() for record in found)
    return [record.path.name for record in found if record is not None]


def test_files_are_named_by_the_pattern_and_named_back(
    gallery: Gallery, records: list[PictureRecord], tmp_path: Path
) -> None:
    gallery.put_marks({records[0].id: PictureMarks(rating=5)})
    before = names(gallery, records)
    renamed = gallery.rename([record.id for record in records], "{prompt}")
    assert renamed.failure is None
    assert names(gallery, records) == ["an-apple.png", "an-apple-2.png", "an-apple-3.png"]
    assert gallery.marks.marks(records[0].id).rating == 5
    assert reconcile(gallery) == 0, "the index knows them"
    gallery.rename_to(renamed.undo)
    assert names(gallery, records) == before
    assert len(files_in(tmp_path)) == 3


def test_a_file_that_is_there_is_never_replaced(gallery: Gallery, records: list[PictureRecord]) -> None:
    stranger = records[0].path.with_name("an-apple.png")
    stranger.write_bytes(b"somebody's")
    gallery.rename([records[0].id], "{prompt}")
    assert names(gallery, records[:1]) == ["an-apple-2.png"]
    stopped = gallery.rename_to({records[1].id: "an-apple.png", records[2].id: "later.png"})
    assert isinstance(stopped.failure, StorageError)
    assert stopped.before == {}
    assert stranger.read_bytes() == b"somebody's"
    assert names(gallery, records[1:]) == [record.path.name for record in records[1:]]


def test_what_was_renamed_before_a_failure_is_known_and_can_be_taken_back(
    gallery: Gallery, records: list[PictureRecord]
) -> None:
    before = names(gallery, records)
    records[2].path.with_name("taken.png").touch()
    stopped = gallery.rename_to({records[0].id: "first.png", records[1].id: "taken.png", records[2].id: "third.png"})
    assert isinstance(stopped.failure, StorageError)
    assert names(gallery, records) == ["first.png", *before[1:]]
    gallery.rename_to(stopped.undo)
    assert names(gallery, records) == before


def test_names_that_go_around_are_taken_back(gallery: Gallery, records: list[PictureRecord]) -> None:
    first, second, _ = (record.id for record in records)
    before = names(gallery, records)
    renamed = gallery.rename_to({first: "other.png", second: before[0]})
    assert names(gallery, records) == ["other.png", before[0], before[2]]
    gallery.rename_to(renamed.undo)
    assert names(gallery, records) == before


def test_a_crash_before_the_index_knows_loses_nothing(gallery: Gallery, records: list[PictureRecord]) -> None:
    gallery.put_marks({records[0].id: PictureMarks(rating=4)})
    moved = records[0].path.rename(records[0].path.with_name("moved.png"))
    reconcile(gallery)
    found = gallery.record(records[0].id)
    assert found is not None
    assert found.path == moved
    assert gallery.marks.marks(found.id).rating == 4
    assert len(gallery.ids()) == 3


def test_the_preview_is_what_happens(gallery: Gallery, records: list[PictureRecord]) -> None:
    pattern = "{seed}-{prompt:2}"
    expected = new_names(records, pattern, ())
    gallery.rename([record.id for record in records], pattern)
    assert tuple(names(gallery, records)) == expected == ("1-an.png", "2-an.png", "3-an.png")
