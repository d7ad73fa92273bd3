"""Ratings, favourites, notes, tags and albums: kept apart from what can be made again."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.errors import DiskFull, StorageError
from studio.core.job import JobId
from studio.core.picture_id import PictureId
from studio.gallery import mark_journal
from studio.gallery.gallery import Gallery
from studio.gallery.mark_journal import MarksPut
from studio.gallery.marks import MarkStore
from studio.gallery.picture_marks import NO_MARKS, Album, PictureMarks
from studio.gallery.queue_store import QueueStore
from tests.helpers.fake_session import a_picture
from tests.unit.gallery.galleries import a_gallery, opened_marks

STORED = Path(__file__).parent / "stored"
ONE, TWO = PictureId("1" * 32), PictureId("2" * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MarkStore]:
    store = opened_marks(tmp_path)
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
    assert [marks.rating for marks in store.marks_of(pictures).values()] == [number % 6 for number in range(1200)]


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
    opened_marks(tmp_path).close()
    queue = QueueStore(tmp_path / "user.db")
    queue.open()
    [job] = queue.load().jobs
    assert job.request.prompt.text == "a green pear"
    queue.close()


def test_a_user_database_of_schema_4_keeps_its_queue_and_can_keep_what_a_job_is_for(tmp_path: Path) -> None:
    shutil.copy(STORED / "user-schema-4.db", tmp_path / "user.db")
    marks = opened_marks(tmp_path)
    assert marks.folders() == [Path("/pictures")]
    marks.close()
    queue = QueueStore(tmp_path / "user.db")
    queue.open()
    [job] = queue.load().jobs
    assert (job.request.prompt.text, job.sample_of) == ("a lighthouse", None)
    queue.save((job, replace(job, id=JobId("b" * 32), sample_of="1" * 32)))
    queue.close()
    queue.open()
    assert [job.sample_of for job in queue.load().jobs] == [None, "1" * 32]
    queue.close()


# --- two copies ---


def some_marks(store: MarkStore) -> dict[PictureId, PictureMarks]:
    """Of two pictures, in an album, after changes and an album that was removed."""
    album, gone = store.new_album("Best"), store.new_album("Gone", "rating:>=4")
    store.put({ONE: PictureMarks(rating=1, albums=(gone.id,)), TWO: PictureMarks(note="first")})
    store.remove_album(gone.id)
    store.put({ONE: PictureMarks(rating=5, tags=("sea", "Ünïcode\n"), albums=(album.id,))})
    return store.marks_of([ONE, TWO])


def break_database(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(100, len(content), 7):
        content[place] ^= 0xFF
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("harm", [Path.unlink, break_database])
def test_marks_come_back_when_their_database_is_lost(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    store = opened_marks(tmp_path)
    marks, albums = some_marks(store), store.albums()
    store.close()
    harm(tmp_path / "user.db")
    again = opened_marks(tmp_path)
    assert again.restored > 0
    assert again.marks_of([ONE, TWO]) == marks
    assert again.albums() == albums
    again.close()
    assert opened_marks(tmp_path).restored == 0


def test_a_damaged_line_of_the_journal_costs_only_itself_and_is_mended(store: MarkStore, tmp_path: Path) -> None:
    marks = some_marks(store)
    journal = tmp_path / "user.db.journal"
    journal.write_bytes(journal.read_bytes().replace(b"first", b"fir") + b"\n00000000 {}\nhalf a li")
    store.put({ONE: marks[ONE]})
    store.tidy()
    store.close()
    (tmp_path / "user.db").unlink()
    again = opened_marks(tmp_path)
    assert again.marks_of([ONE, TWO]) == marks
    again.close()


def test_what_follows_a_torn_line_is_kept(store: MarkStore, tmp_path: Path) -> None:
    store.put({ONE: PictureMarks(rating=3)})
    journal = tmp_path / "user.db.journal"
    journal.write_bytes(journal.read_bytes()[:-9])
    store.put({TWO: PictureMarks(rating=4)})
    store.close()
    (tmp_path / "user.db").unlink()
    again = opened_marks(tmp_path)
    assert again.marks_of([ONE, TWO]) == {ONE: NO_MARKS, TWO: PictureMarks(rating=4)}
    again.close()


def test_the_journal_does_not_grow_for_ever(store: MarkStore, tmp_path: Path) -> None:
    for number in range(1100):
        store._journal.append([MarksPut(ONE, PictureMarks(rating=number % 6))])
    store.put({ONE: PictureMarks(rating=5)})
    store.tidy()
    assert len((tmp_path / "user.db.journal").read_bytes().splitlines()) == 2
    store.put({TWO: PictureMarks(rating=2)})
    store.tidy()
    assert len((tmp_path / "user.db.journal").read_bytes().split()) > 2


def test_marks_that_were_damaged_without_a_trace_are_mended_from_the_journal(store: MarkStore, tmp_path: Path) -> None:
    marks, albums = some_marks(store), store.albums()
    changed = sqlite3.connect(tmp_path / "user.db")
    changed.executescript(
        "UPDATE mark SET rating = 2; DELETE FROM tag; UPDATE album SET name = 'Bast'; DELETE FROM album_picture;"
        "INSERT INTO tag VALUES ('" + TWO + "', 'nobody gave it')"
    )
    changed.close()
    assert store.tidy() == 3
    assert store.marks_of([ONE, TWO]) == marks
    assert store.albums() == albums
    assert store.tidy() == 0


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[40:])])
def test_a_journal_that_does_not_tell_everything_mends_nothing(
    store: MarkStore, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    marks = some_marks(store)
    harm(tmp_path / "user.db.journal")
    store.put({ONE: PictureMarks(rating=1)})
    assert store.tidy() == 0
    assert store.marks_of([ONE, TWO]) == {ONE: PictureMarks(rating=1), TWO: marks[TWO]}
    store.close()
    (tmp_path / "user.db").unlink()
    again = opened_marks(tmp_path)
    assert again.marks_of([ONE, TWO]) == {ONE: PictureMarks(rating=1), TWO: marks[TWO]}
    again.close()


def test_what_could_not_be_promised_is_not_in_the_journal(
    store: MarkStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put({ONE: PictureMarks(rating=3)})
    before = (tmp_path / "user.db.journal").read_bytes()

    def broken(_descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(mark_journal, "sync_to_drive", broken)
    with pytest.raises(StorageError):
        store.put({ONE: PictureMarks(rating=5)})
    assert (tmp_path / "user.db.journal").read_bytes() == before


def test_two_programs_that_mark_and_tidy_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each writes the journal anew while the other appends to it."""
    stores = [opened_marks(tmp_path), opened_marks(tmp_path)]

    def mark(number: int) -> None:
        for rating in range(1, 6):
            for picture in range(20):
                stores[number].put({PictureId(f"{number}{picture}"): PictureMarks(rating=rating)})
            stores[number].tidy()

    with ThreadPoolExecutor() as threads:
        list(threads.map(mark, range(2)))
    for store in stores:
        store.close()
    (tmp_path / "user.db").unlink()
    again = opened_marks(tmp_path)
    pictures = [PictureId(f"{number}{picture}") for number in range(2) for picture in range(20)]
    assert set(again.marks_of(pictures).values()) == {PictureMarks(rating=5)}
    again.close()


def test_nothing_is_acknowledged_that_the_journal_could_not_keep(
    store: MarkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(mark_journal, "sync_to_drive", full)
    with pytest.raises(DiskFull):
        store.put({ONE: PictureMarks(rating=5)})
    assert store.marks(ONE) == NO_MARKS


def test_the_gallery_says_what_was_damaged_and_what_came_back(home: Path) -> None:
    gallery = a_gallery(home)
    gallery.put_marks({ONE: PictureMarks(rating=5)})
    gallery.close()
    break_database(home / "user.db")
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    damaged, restored = gallery.open()
    assert "queue begins empty" in damaged
    assert "are here again" in restored
    assert gallery.marks_of([ONE])[ONE].rating == 5
    gallery.close()
