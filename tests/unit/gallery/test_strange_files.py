"""Files that no program of ours made: newer databases, impossible dates, names that are no text."""

from __future__ import annotations

import os
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.core.errors import DatabaseTooNew, StorageError, TrashFailed, WriteFailed
from studio.core.job import Job, JobId
from studio.gallery.queue_store import QueueStore
from studio.imaging.picture_metadata import encode_png
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery, files_in, reconcile

needs_names_that_are_no_text = pytest.mark.skipif(
    sys.platform != "linux", reason="other systems refuse such file names themselves"
)


def test_a_newer_database_in_another_journal_mode_keeps_every_byte(home: Path) -> None:
    a_gallery(home).close()
    connection = sqlite3.connect(home / "index.db")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (home / "index.db").read_bytes()
    with pytest.raises(DatabaseTooNew):
        a_gallery(home)
    assert (home / "index.db").read_bytes() == before


@pytest.mark.parametrize("seconds", [-(2**34), 2**34 - 1], ids=["before 1677", "after 2262"])
def test_a_date_that_the_index_cannot_keep_is_the_nearest_it_can(home: Path, seconds: int) -> None:
    gallery = a_gallery(home)
    path = home / "pictures" / "old.png"
    picture = replace(a_picture(), created_at=datetime(2026, 1, 1, tzinfo=UTC))
    path.write_bytes(encode_png(picture, None))
    try:
        os.utime(path, (seconds, seconds))
    except OverflowError:
        pytest.skip("this system cannot say such a date")
    assert reconcile(gallery) == 2  # its row, and its thumbnail
    assert gallery.ids() == [picture.id]
    assert reconcile(gallery) == 0
    gallery.close()


@needs_names_that_are_no_text
def test_a_name_that_is_no_text_is_left_alone_and_the_others_are_taken(home: Path) -> None:
    gallery = a_gallery(home)
    strange = os.fsencode(home / "pictures") + b"/\xff.png"
    Path(os.fsdecode(strange)).write_bytes(encode_png(a_picture(), None))
    (home / "pictures" / "plain.png").write_bytes(encode_png(a_picture(), None))
    assert reconcile(gallery) == 2  # its row, and its thumbnail
    [record] = [gallery.record(picture) for picture in gallery.ids()]
    assert record is not None
    assert record.path.name == "plain.png"
    assert len(files_in(home)) == 2
    gallery.close()


def test_nothing_is_deleted_while_the_folder_is_gone(home: Path) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    (home / "pictures").rename(home / "unplugged")
    with pytest.raises(TrashFailed, match="drive connected"):
        gallery.trash(record.id)
    (home / "unplugged").rename(home / "pictures")
    assert gallery.ids() == [record.id]
    assert record.path.is_file()
    gallery.close()


def test_a_restored_file_that_vanishes_at_once_is_a_storage_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = a_gallery(home)
    record = gallery.add(a_picture())
    assert gallery.trash(record.id) == record

    def nothing(*_: object) -> None: ...

    monkeypatch.setattr("studio.gallery.picture_store.PictureStore.restore", nothing)
    with pytest.raises(StorageError):
        gallery.restore(record)
    gallery.close()


@needs_names_that_are_no_text
def test_a_job_with_a_path_that_is_no_text_is_refused_and_the_saved_queue_stays(home: Path) -> None:
    store = QueueStore(home / "user.db")
    store.open()
    saved = (Job(JobId("a" * 32), a_request()),)
    store.save(saved)
    request = a_request()
    strange = replace(request, checkpoint=replace(request.checkpoint, path=Path(os.fsdecode(b"/models/\xff"))))
    with pytest.raises(WriteFailed):
        store.save((*saved, Job(JobId("b" * 32), strange)))
    assert store.load().jobs == saved
    store.close()
