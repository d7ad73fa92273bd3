"""What pictures were made from: kept once, durably, and never confused; and which pictures were made from which."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import DiskFull, FolderUnwritable, PictureUnreadable, SourceMissing
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef, image_ref
from studio.core.task import ImageToImage, TextToImage
from studio.gallery.database import Database
from studio.gallery.index import SCHEMA, PictureIndex
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
    assert path.stat().st_mtime_ns == written.st_mtime_ns
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
