"""Ratings, favourites, notes, tags and albums: kept apart from what can be made again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.picture_id import PictureId
from studio.gallery.marks import NO_MARKS, Album, MarkStore, PictureMarks
from studio.gallery.queue_store import QueueStore
from tests.helpers.fake_session import a_picture
from tests.unit.gallery.galleries import a_gallery

STORED = Path(__file__).parent / "stored"
ONE, TWO = PictureId("1" * 32), PictureId("2" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MarkStore]:
    store = MarkStore(tmp_path / "user.db")
    yield store
    store.close()


def test_marks_are_as_they_were_put_and_undone_by_putting_the_old_ones(store: MarkStore) -> None:
    album = store.new_album("Best")
    before = store.marks_of([ONE, TWO])
    assert before == {ONE: NO_MARKS, TWO: NO_MARKS}
    marks = PictureMarks(rating=4, favourite=True, note="print", tags=("sea", "Sky"), albums=(album.id,))
    store.put({ONE: marks, TWO: replace(NO_MARKS, favourite=True)})
    assert store.marks(ONE) == marks
    assert store.marks(TWO).favourite
    store.put(before)
    assert store.marks_of([ONE, TWO]) == before
    assert store.pictures_in(album.id) == []


def test_many_pictures_are_marked_at_once(store: MarkStore) -> None:
    pictures = [PictureId(f"{number:032x}") for number in range(1200)]
    store.put({picture: PictureMarks(rating=number % 6) for number, picture in enumerate(pictures)})
    assert [store.marks_of(pictures)[picture].rating for picture in pictures] == [n % 6 for n in range(1200)]


def test_tags_are_alike_in_any_case_and_listed_by_use(store: MarkStore) -> None:
    store.put({ONE: PictureMarks(tags=("Sea", "sea", "red")), TWO: PictureMarks(tags=("sea",))})
    assert store.marks(ONE).tags == ("red", "Sea")
    assert [tag.lower() for tag in store.tags()] == ["sea", "red"]


def test_albums_are_renamed_and_removed_without_their_pictures(store: MarkStore) -> None:
    album, smart = store.new_album("best"), store.new_album("Blue ones", "tag:blue")
    assert store.albums() == [album, smart]
    store.put_album(replace(album, name="Worst"))
    assert store.albums() == [smart, Album(album.id, "Worst")]
    marks = PictureMarks(rating=1, albums=(album.id,))
    store.put({ONE: marks})
    assert store.remove_album(album.id) == [ONE]
    assert store.marks(ONE) == PictureMarks(rating=1)
    store.put({ONE: marks})
    assert store.marks(ONE).albums == (), "a removed album does not come back"


def test_a_rating_beyond_five_stars_is_refused() -> None:
    with pytest.raises(ValueError, match="rating"):
        PictureMarks(rating=6)


def test_marks_survive_the_index(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    gallery.marks.put({record.id: PictureMarks(rating=5)})
    gallery.close()
    for file in home.glob("index.db*"):
        file.unlink()
    gallery = a_gallery(home)
    list(gallery.reconcile())
    assert gallery.ids() == [record.id]
    assert gallery.marks.marks(record.id).rating == 5
    gallery.close()


def test_a_user_database_of_schema_1_keeps_its_queue(tmp_path: Path) -> None:
    shutil.copy(STORED / "user-schema-1.db", tmp_path / "user.db")
    MarkStore(tmp_path / "user.db").close()
    queue = QueueStore(tmp_path / "user.db")
    queue.open()
    [job] = queue.load().jobs
    assert job.request.prompt.text == "a green pear"
    queue.close()
