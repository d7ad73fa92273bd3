"""The gallery: files are the truth, the index follows, nothing acknowledged is lost."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import DatabaseTooNew, DiskFull, FolderUnwritable, RestoreFailed, StorageError, TrashFailed
from studio.core.job import Job, JobId, JobState
from studio.core.result import PictureId
from studio.gallery import index_schema
from studio.gallery.gallery import Gallery
from studio.gallery.picture_store import PictureStore, slug_of
from studio.gallery.queue_store import QueueStore
from studio.gallery.thumbnail_store import ThumbnailStore
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import encode_png
from tests.conftest import ExpectedLog
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery, files_in, reconcile


def test_an_added_picture_is_on_disk_in_the_index_and_has_a_thumbnail(home: Path) -> None:
    gallery, picture = a_gallery(home), a_picture(a_request(seed=2**64 - 1))
    record = gallery.add(picture, JobId("f" * 32))
    assert np.array_equal(read_pixels(record.path), picture.pixels)
    assert gallery.record(picture.id) == record
    assert record.parameters == picture.parameters
    thumbnail = gallery.thumbnail(picture.id)
    assert thumbnail is not None
    assert thumbnail.startswith(b"\xff\xd8")
    assert gallery.pictures_of_job(JobId("f" * 32)) == 1
    gallery.close()


def test_pictures_come_newest_first_also_after_a_new_start(home: Path) -> None:
    gallery = a_gallery(home)
    records = [gallery.add(a_picture()) for _ in range(5)]
    expected = [record.id for record in reversed(records)]
    assert gallery.ids() == expected
    gallery.close()
    gallery = a_gallery(home)
    assert gallery.ids() == expected
    gallery.close()


def test_a_full_disk_is_said_and_leaves_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = a_gallery(home)

    def full(path: Path, _content: bytes, *, overwrite: bool) -> None:
        raise DiskFull(path, 100, 0)

    with monkeypatch.context() as fault:
        fault.setattr("studio.gallery.picture_store.write_durably", full)
        with pytest.raises(DiskFull):
            gallery.add(a_picture())
    assert gallery.ids() == []
    assert files_in(home) == []
    gallery.add(a_picture())
    assert len(files_in(home)) == 1
    gallery.close()


def test_a_picture_counts_as_saved_when_only_its_row_fails_and_gets_the_row_later(
    home: Path, monkeypatch: pytest.MonkeyPatch, expected_log: ExpectedLog
) -> None:
    expected_log.containing("saved, but not yet in the index")
    gallery, picture = a_gallery(home), a_picture()

    def full(*_: object) -> None:
        raise DiskFull(home, 1, 0)

    with monkeypatch.context() as fault:
        fault.setattr("studio.gallery.index.PictureIndex.add_all", full)
        record = gallery.add(picture)
    assert record.path.is_file()
    assert gallery.ids() == []
    assert reconcile(gallery) > 0
    assert gallery.record(picture.id) == record
    gallery.close()


def test_a_vanished_folder_is_neither_made_again_nor_are_its_pictures_forgotten(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    gallery.close()
    (home / "pictures").rename(home / "unplugged")
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    [notice] = gallery.open()
    assert "cannot be used" in notice
    assert not (home / "pictures").exists()
    with pytest.raises(FolderUnwritable):
        gallery.add(a_picture())
    assert reconcile(gallery) == 0
    assert gallery.ids() == [record.id]
    (home / "unplugged").rename(home / "pictures")
    gallery.add(a_picture())
    assert len(gallery.ids()) == 2
    gallery.close()


def test_a_folder_that_cannot_be_made_is_said_at_start(home: Path) -> None:
    (home / "pictures").write_text("a file is in the way")
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    [notice] = gallery.open()
    assert str(home / "pictures") in notice
    gallery.close()


# --- reconcile ---


def test_the_index_can_be_deleted_and_is_made_again(home: Path) -> None:
    gallery = a_gallery(home)
    records = [gallery.add(a_picture(a_request(seed=seed))) for seed in range(3)]
    gallery.close()
    for name in ("index.db", "thumbnails.db"):
        (home / name).unlink()
    gallery = a_gallery(home)
    assert gallery.ids() == []
    reconcile(gallery)
    assert gallery.ids() == [record.id for record in reversed(records)]
    assert [gallery.record(record.id) for record in records] == records
    assert all(gallery.thumbnail(record.id) for record in records)
    assert reconcile(gallery) == 0
    gallery.close()


def test_files_that_went_away_lose_their_row_and_foreign_ones_get_one(home: Path) -> None:
    gallery = a_gallery(home)
    gone, kept = gallery.add(a_picture()), gallery.add(a_picture())
    gone.path.unlink()
    Image.new("RGB", (32, 16)).save(home / "pictures" / "foreign.png")
    reconcile(gallery)
    found = [gallery.record(picture) for picture in gallery.ids()]
    assert gone.id not in gallery.ids()
    assert kept in found
    [foreign] = [record for record in found if record is not None and record.parameters is None]
    assert (foreign.width, foreign.height, foreign.path.name) == (32, 16, "foreign.png")
    gallery.close()


def test_a_file_changed_outside_is_read_again(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture(a_request("before")))
    record.path.write_bytes(encode_png(a_picture(a_request("after")), None))
    assert reconcile(gallery) > 0
    assert reconcile(gallery) == 0
    [picture] = gallery.ids()
    again = gallery.record(picture)
    assert again is not None
    assert again.parameters is not None
    assert again.parameters.prompt.text == "after"
    gallery.close()


def test_one_bad_file_stops_nothing_and_is_left_alone(home: Path) -> None:
    gallery = a_gallery(home)
    folder = home / "pictures" / "2026-01-01"
    folder.mkdir()
    (folder / "a-bad.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    (folder / "b-good.png").write_bytes(encode_png(a_picture(), None))
    reconcile(gallery)
    assert len(gallery.ids()) == 1
    assert (folder / "a-bad.png").exists()
    gallery.close()


def test_what_a_killed_run_left_is_removed(home: Path) -> None:
    gallery = a_gallery(home)
    gallery.add(a_picture())
    leftover = files_in(home)[0].with_name(f".{'0' * 32}.tmp")
    leftover.write_bytes(b"half a picture")
    gallery.close()
    gallery = a_gallery(home)
    reconcile(gallery)
    assert not leftover.exists()
    assert len(gallery.ids()) == 1
    gallery.close()


# --- trash ---


def test_delete_moves_to_the_trash_and_undo_brings_the_same_file_back(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    content = record.path.read_bytes()
    assert gallery.trash(record.id) == record
    assert not record.path.exists()
    assert [path.read_bytes() for path in (home / "trash" / "files").iterdir()] == [content]
    assert gallery.ids() == []
    assert gallery.trash(record.id) is None
    gallery.restore(record)
    assert record.path.read_bytes() == content
    assert gallery.record(record.id) == record
    assert gallery.thumbnail(record.id) is not None
    gallery.close()


def test_a_trash_that_refuses_leaves_the_picture(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())

    def refuse(*_: object) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr("send2trash.send2trash", refuse)
    with pytest.raises(TrashFailed):
        gallery.trash(record.id)
    assert record.path.is_file()
    assert gallery.ids() == [record.id]
    gallery.close()


def test_undo_is_over_after_the_next_start_but_the_trash_still_has_it(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    gallery.trash(record.id)
    gallery.close()
    gallery = a_gallery(home)
    with pytest.raises(RestoreFailed):
        gallery.restore(record)
    assert len(list((home / "trash" / "files").iterdir())) == 1
    gallery.close()


# --- names ---


@pytest.mark.parametrize(
    ("prompt", "slug"),
    [
        ("A red apple!", "a-red-apple"),
        ("../../etc/passwd", "etc-passwd"),
        ('con<>:"/\\|?*\0\n', "con"),
        ("ein Äpfel 🍎 表", "ein-äpfel-表"),
        ("", ""),
        ("....", ""),
    ],
)
def test_slugs_are_safe_file_names(prompt: str, slug: str) -> None:
    assert slug_of(prompt) == slug


def test_a_long_prompt_of_emoji_is_saved(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture(a_request("表🍎" * 2500)))
    assert len(record.path.name.encode()) < 120
    assert gallery.record(record.id) == record
    gallery.close()


# --- databases ---


@pytest.mark.parametrize("damage", [b"", b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 4096], ids=len)
@pytest.mark.parametrize("name", ["index.db", "thumbnails.db"])
def test_a_damaged_database_is_set_aside_and_made_again(home: Path, name: str, damage: bytes) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    gallery.close()
    (home / name).write_bytes(damage)
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    notices = gallery.open()
    assert bool(notices) == (name == "index.db")
    [aside] = [path for path in home.glob(f"{name}.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == damage
    reconcile(gallery)
    assert gallery.ids() == [record.id]
    assert gallery.thumbnail(record.id) is not None
    gallery.close()


def test_a_newer_database_is_refused_and_untouched(home: Path) -> None:
    a_gallery(home).close()
    connection = sqlite3.connect(home / "index.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (home / "index.db").read_bytes()
    with pytest.raises(DatabaseTooNew) as refused:
        a_gallery(home)
    assert (refused.value.found, refused.value.known) == (99, len(index_schema.SCHEMA.migrations))
    assert (home / "index.db").read_bytes() == before


def test_a_database_of_another_program_is_set_aside(home: Path) -> None:
    connection = sqlite3.connect(home / "index.db")
    connection.execute("PRAGMA application_id = 7")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    gallery = a_gallery(home)
    assert gallery.ids() == []
    assert len(list(home.glob("index.db.damaged-*"))) == 1
    gallery.close()


def test_the_order_of_all_pictures_is_read_from_an_index_alone(home: Path) -> None:
    a_gallery(home).close()
    connection = sqlite3.connect(home / "index.db")
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM pictures ORDER BY created_at DESC, sequence DESC"
    ).fetchall()
    connection.close()
    assert "USING COVERING INDEX pictures_by_date" in plan[0][3]
    assert len(plan) == 1, "no sorting"


def test_two_galleries_on_one_folder_lose_nothing(home: Path) -> None:
    galleries = [a_gallery(home), a_gallery(home)]
    failures: list[StorageError] = []

    def add_many(gallery: Gallery) -> None:
        for _ in range(25):
            try:
                gallery.add(a_picture())
            except StorageError as error:
                failures.append(error)

    threads = [threading.Thread(target=add_many, args=(gallery,)) for gallery in galleries for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(galleries[0].ids()) == len(galleries[1].ids()) == len(files_in(home)) == 100
    for gallery in galleries:
        gallery.close()


# --- the queue ---


def jobs() -> tuple[Job, ...]:
    return (
        Job(JobId("a" * 32), a_request("running", seed=2**64 - 1), JobState.RUNNING, 1),
        Job(JobId("b" * 32), a_request("waiting", batch_size=3)),
    )


def test_the_queue_survives_with_order_state_and_attempts(home: Path) -> None:
    store = QueueStore(home / "user.db")
    assert store.open() == ()
    store.save(jobs())
    store.close()
    store = QueueStore(home / "user.db")
    store.open()
    assert store.load().jobs == jobs()
    store.save(jobs()[::-1])
    assert store.load().jobs == jobs()[::-1]
    store.save(())
    assert store.load().jobs == ()
    store.close()


def test_a_row_that_cannot_be_read_costs_only_itself(home: Path) -> None:
    store = QueueStore(home / "user.db")
    store.open()
    store.save(jobs())
    store.close()
    connection = sqlite3.connect(home / "user.db")
    connection.execute("UPDATE queue SET request = '{}' WHERE position = 0")
    connection.commit()
    connection.close()
    store = QueueStore(home / "user.db")
    loaded = store.load()
    assert (loaded.jobs, loaded.lost) == (jobs()[1:], 1)
    store.close()


def test_a_damaged_queue_is_kept_aside_and_said(home: Path) -> None:
    (home / "user.db").write_bytes(b"rubbish" * 999)
    store = QueueStore(home / "user.db")
    [notice] = store.open()
    assert "damaged" in notice
    [kept] = home.glob("user.db.damaged-*")
    assert kept.read_bytes() == b"rubbish" * 999
    store.close()


def test_a_folder_that_is_gone_is_a_storage_error(home: Path) -> None:
    with pytest.raises(StorageError):
        QueueStore(home / "nowhere" / "user.db").open()


def test_links_and_hidden_files_are_no_pictures(home: Path) -> None:
    store = PictureStore(home / "pictures")
    store.open()
    picture = store.write(a_picture(), None)
    (home / "pictures" / "link.png").symlink_to(picture)
    (home / "pictures" / ".hidden.png").write_bytes(b"")
    (home / "pictures" / "notes.txt").write_text("")
    assert [Path(entry) for entry in store.files()] == [picture]


def test_a_thumbnail_can_be_removed(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    store = ThumbnailStore(gallery._thumbnails_database)
    assert store.ids() == {record.id}
    store.remove([record.id])
    assert store.get(PictureId(record.id)) is None
    gallery.close()


def test_what_another_program_adds_is_noticed_once(home: Path) -> None:
    gallery = a_gallery(home)
    gallery.add(a_picture())
    assert not gallery.was_changed_by_others(), "it was this one"
    other = a_gallery(home)
    other.add(a_picture())
    other.close()
    assert gallery.was_changed_by_others()
    assert not gallery.was_changed_by_others()
    gallery.close()


def test_a_picture_is_gone_when_nothing_can_bring_it_back(home: Path) -> None:
    gallery = a_gallery(home)
    here, deleted = gallery.add(a_picture()), gallery.add(a_picture())
    asked = {here.id, deleted.id, PictureId("0" * 32)}
    gallery.trash(deleted.id)
    assert gallery.gone(asked) == {PictureId("0" * 32)}, "it can be restored"
    gallery.close()
    gallery = a_gallery(home)
    assert gallery.gone(asked) == {deleted.id, PictureId("0" * 32)}
    gallery.close()


def test_nothing_is_gone_while_the_folder_is_away(home: Path) -> None:
    gallery = a_gallery(home)
    (home / "pictures").rename(home / "unplugged")
    assert gallery.gone({PictureId("0" * 32)}) == set()
    gallery.close()
