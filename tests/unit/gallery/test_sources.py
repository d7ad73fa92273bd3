"""What pictures were made from: kept once, durably, and never confused; and which pictures were made from which."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.branch import Change, branched
from studio.core.errors import DiskFull, FolderUnwritable, PictureUnreadable, SourceMissing
from studio.core.job import Job, JobId
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef, image_ref
from studio.core.task import ImageToImage, Inpaint, TextToImage
from studio.gallery.database import Database
from studio.gallery.index import PictureIndex
from studio.gallery.index_schema import SCHEMA
from studio.gallery.queue_store import QueueStore
from studio.gallery.source_store import SourceStore
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery, reconcile

PICTURE = np.random.default_rng(0).integers(0, 256, (7, 11, 3), dtype=np.uint8)
MASK = np.random.default_rng(1).integers(0, 256, (7, 11), dtype=np.uint8)
STORED = Path(__file__).parent / "stored"


def a_store(folder: Path) -> SourceStore:
    """Without what an earlier one remembers."""
    return SourceStore(folder)


def test_pictures_and_masks_come_back_in_another_session(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    image, mask = store.put_image(PICTURE), store.put_mask(MASK)
    assert (image, mask) == (image_ref(PICTURE), image_ref(MASK))
    for later in (store, a_store(tmp_path)):
        assert np.array_equal(later.image(image), PICTURE)
        assert np.array_equal(later.mask(mask), MASK)
        assert not later.image(image).flags.writeable
    assert store.path(image) == tmp_path / ".sources" / image.sha256[:2] / f"{image.sha256}.png"
    with Image.open(store.path(mask)) as file:
        assert file.mode == "L"


def test_the_same_content_is_written_once(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    path = store.path(store.put_image(PICTURE))
    written = path.stat()
    a_store(tmp_path).put_image(PICTURE.copy())
    assert path.stat().st_ino == written.st_ino
    assert len(list((tmp_path / ".sources").rglob("*.*"))) == 1


def test_what_was_never_put_in_or_is_gone_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        a_store(tmp_path).image(ImageRef("a" * 64, 7, 11))
    ref = a_store(tmp_path).put_mask(MASK)
    a_store(tmp_path).path(ref).unlink()
    with pytest.raises(SourceMissing):
        a_store(tmp_path).mask(ref)


@pytest.mark.parametrize("damage", ["other pixels", "cut short", "mask", "another size"])
def test_a_file_that_holds_something_else_is_never_taken_for_it(tmp_path: Path, damage: str) -> None:
    store = a_store(tmp_path)
    ref = store.put_image(PICTURE)
    path = store.path(ref)
    if damage == "cut short":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "mask":
        Image.fromarray(MASK).save(path)
    elif damage == "other pixels":
        Image.fromarray(PICTURE ^ 1).save(path)
    else:
        ref = replace(ref, width=ref.width + 1)
    with pytest.raises(PictureUnreadable):
        a_store(tmp_path).image(ref)


def test_a_vanished_folder_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(FolderUnwritable):
        a_store(tmp_path / "unplugged").put_image(PICTURE)
    assert not (tmp_path / "unplugged").exists()


def test_a_full_disk_is_said_and_nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _content: bytes, *, overwrite: bool) -> None:
        raise DiskFull(path, 100, 0)

    store = a_store(tmp_path)
    with monkeypatch.context() as fault:
        fault.setattr("studio.gallery.source_store.write_durably", full)
        with pytest.raises(DiskFull):
            store.put_image(PICTURE)
    with pytest.raises(SourceMissing):
        store.image(image_ref(PICTURE))


# --- what nothing refers to any more ---


def always() -> bool:
    return True


def make_old(path: Path, days: float = 3) -> None:
    at = path.stat().st_mtime - days * 24 * 60 * 60
    os.utime(path, (at, at))


def a_day_ago() -> int:
    return time.time_ns() - 24 * 60 * 60 * 10**9


def test_old_sources_that_nothing_uses_go_away_and_nothing_else(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    unused, used, young = (store.put_image(PICTURE ^ number) for number in range(3))
    mask = store.put_mask(MASK)
    folder = store.path(unused).parent
    leftover, foreign = folder / f".{'0' * 32}.tmp", folder / "notes.txt"
    for path in (leftover, foreign):
        path.write_bytes(b"x")
    for path in (*(store.path(ref) for ref in (unused, used, mask)), leftover, foreign):
        make_old(path)
    assert store.remove_unused({used.sha256}, a_day_ago(), always) == 3
    there = [store.path(ref).exists() for ref in (unused, used, young, mask)]
    assert there == [False, True, True, False]
    assert (leftover.exists(), foreign.exists()) == (False, True)
    with pytest.raises(SourceMissing):
        store.image(unused)
    assert np.array_equal(store.image(store.put_image(PICTURE)), PICTURE), "it can be put in again"
    assert store.path(unused).exists()


def test_a_source_that_is_put_in_again_is_young(tmp_path: Path) -> None:
    """The job or the picture that will refer to it is not known to anybody yet."""
    ref = a_store(tmp_path).put_image(PICTURE)
    make_old(a_store(tmp_path).path(ref))
    store = a_store(tmp_path)
    store.put_image(PICTURE)
    assert store.remove_unused(set(), a_day_ago(), always) == 0
    assert store.path(ref).exists()


def test_removing_stops_when_something_begins_to_be_made(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    for number in range(5):
        make_old(store.path(store.put_image(PICTURE ^ number)))
    idle = iter([True, True, False])
    assert store.remove_unused(set(), a_day_ago(), lambda: next(idle)) == 2
    assert len(list((tmp_path / ".sources").rglob("*.png"))) == 3


def test_what_cannot_be_removed_is_said_and_the_rest_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(tmp_path)
    ref = store.put_image(PICTURE)
    make_old(store.path(ref))

    def locked(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "locked", str(path))

    monkeypatch.setattr(Path, "unlink", locked)
    with pytest.raises(FolderUnwritable):
        store.remove_unused(set(), a_day_ago(), always)
    assert np.array_equal(store.image(ref), PICTURE)


def test_the_gallery_knows_what_its_pictures_were_made_from_also_where_the_index_does_not(home: Path) -> None:
    """A row without settings may be a newer program's picture, a file without a row one that could not be read."""
    gallery = a_gallery(home)
    refs = [image_ref(PICTURE ^ number) for number in range(5)]
    tasks = [ImageToImage(image=ref, strength=0.5) for ref in refs]
    records = [gallery.add(a_picture(replace(a_request(seed=seed), task=task))) for seed, task in enumerate(tasks)]
    _plain, silent, without_row, trashed, for_ever = records
    gallery.trash(trashed.id)
    gallery.trash(for_ever.id)
    next((home / "pictures" / ".undo").rglob(for_ever.path.name)).unlink()
    with closing(sqlite3.connect(home / "index.db")) as connection, connection:
        connection.execute("UPDATE pictures SET parameters = NULL WHERE id = ?", (silent.id,))
        connection.execute("DELETE FROM pictures WHERE id = ?", (without_row.id,))
    without_row.path.write_bytes(without_row.path.read_bytes()[:-30])
    found = gallery.sources()
    assert [ref.sha256 in found for ref in refs] == [True, True, True, True, False]
    gallery.close()


def test_of_a_gallery_whose_folder_is_gone_nobody_can_say_what_it_uses(home: Path) -> None:
    gallery = a_gallery(home)
    (home / "pictures").rename(home / "unplugged")
    with pytest.raises(FolderUnwritable):
        gallery.sources()
    gallery.close()


def test_the_saved_queue_knows_what_its_jobs_start_from(tmp_path: Path) -> None:
    image, mask = image_ref(PICTURE), image_ref(MASK)
    task = Inpaint(image=image, mask=mask, strength=0.5)
    store = QueueStore(tmp_path / "user.db")
    store.save((Job(JobId("a" * 32), replace(a_request(), task=task)),))
    assert store.sources() >= {image.sha256, mask.sha256}
    with closing(sqlite3.connect(tmp_path / "user.db")) as connection, connection:
        connection.execute("UPDATE queue SET request = replace(request, '\"version\"', '\"ver\"')")
    assert store.load().lost == 1
    assert store.sources() >= {image.sha256, mask.sha256}, "also of a job that cannot be read"
    store.close()


def test_sources_are_no_pictures_of_the_gallery(home: Path) -> None:
    gallery = a_gallery(home)
    SourceStore(home / "pictures").put_image(PICTURE)
    assert reconcile(gallery) == 0
    assert gallery.ids() == []
    gallery.close()


def test_a_picture_knows_its_children_newest_first_also_after_the_index_was_made_again(home: Path) -> None:
    gallery = a_gallery(home)
    parent = gallery.add(a_picture())
    task = ImageToImage(image=image_ref(PICTURE), strength=0.5, parent=parent.id)
    children = [gallery.add(a_picture(replace(a_request(seed=seed), task=task))) for seed in range(2)]
    children.append(gallery.add(a_picture(branched(a_request(), 2, Change(), parent.id))))
    expected = [child.id for child in reversed(children)]
    assert gallery.children(parent.id) == expected
    assert gallery.children(children[0].id) == []
    record = gallery.record(children[0].id)
    assert record is not None
    assert record.parameters is not None
    assert record.parameters.task == task
    gallery.close()
    (home / "index.db").unlink()
    gallery = a_gallery(home)
    reconcile(gallery)
    assert gallery.children(parent.id) == expected
    gallery.close()


def test_an_index_of_schema_1_is_brought_up_to_date_with_its_pictures(tmp_path: Path) -> None:
    shutil.copy(STORED / "index-schema-1.db", tmp_path / "index.db")
    database = Database(tmp_path / "index.db", SCHEMA)
    index = PictureIndex(database, Path("/pictures"))
    assert database.set_aside is None
    assert set(index.ids()) == {PictureId("1" * 32), PictureId("2" * 32)}
    record = index.record(PictureId("1" * 32))
    assert record is not None
    assert record.parameters is not None
    assert record.parameters.task == TextToImage()
    assert record.parameters.sampling.seed == 2**64 - 1
    rows = database.read("SELECT task, parent FROM pictures ORDER BY id")
    assert rows == [("text_to_image", None), (None, None)]
    assert index.children(PictureId("1" * 32)) == []
    database.close()
