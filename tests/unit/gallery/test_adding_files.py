"""Pictures from elsewhere are copied into the gallery with what they tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import PictureUnreadable
from studio.core.picture_id import PictureId
from studio.gallery.database import Database, Schema
from studio.gallery.gallery import Gallery
from studio.gallery.index import FoundPicture, PictureIndex
from studio.gallery.index_schema import SCHEMA
from studio.gallery.reconcile import file_state
from studio.gallery.search.reader import read_query
from studio.imaging.decode import read_pixels
from studio.imaging.export import export_image
from studio.imaging.picture_metadata import read_picture_info
from tests.helpers.fake_session import a_picture
from tests.unit.imaging.metadata import samples


def opened(home: Path) -> Gallery:
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    gallery.open()
    return gallery


def test_a_jpeg_becomes_a_png_of_the_gallery_with_its_settings(tmp_path: Path) -> None:
    export_image(a_picture(), source := tmp_path / "from a friend.jpg")
    gallery = opened(tmp_path)
    record = gallery.add_file(source)
    assert gallery.ids() == [record.id]
    assert "from-a-friend" in record.path.name
    assert np.array_equal(read_pixels(record.path), read_pixels(source))
    assert read_picture_info(record.path).infotext == read_picture_info(source).infotext
    assert gallery.thumbnail(record.id) is not None
    assert source.exists()
    gallery.close()


def test_a_png_is_copied_byte_for_byte(tmp_path: Path) -> None:
    export_image(a_picture(), source := tmp_path / "kept.png")
    gallery = opened(tmp_path)
    record = gallery.add_file(source)
    assert record.path.read_bytes() == source.read_bytes()
    assert record.parameters is not None
    gallery.close()


def test_the_same_file_twice_is_two_pictures_and_a_rebuilt_index_knows_both(tmp_path: Path) -> None:
    export_image(a_picture(), source := tmp_path / "kept.png")
    gallery = opened(tmp_path)
    added = {gallery.add_file(source).id, gallery.add_file(source).id}
    assert len(added) == 2
    gallery.close()
    (tmp_path / "index.db").unlink()
    again = opened(tmp_path)
    list(again.reconcile())
    assert set(again.ids()) == added
    again.close()


def test_what_is_no_picture_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (source := tmp_path / "notes.png").write_text("no picture")
    gallery = opened(tmp_path)
    with pytest.raises(PictureUnreadable):
        gallery.add_file(source)
    assert list((tmp_path / "pictures").rglob("*.png")) == []
    gallery.close()


def test_a_picture_of_another_program_has_no_parameters_of_ours(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(source := tmp_path / "photo.webp", lossless=True)
    gallery = opened(tmp_path)
    record = gallery.add_file(source)
    assert (record.width, record.height, record.parameters) == (30, 20, None)
    gallery.close()


def test_a_picture_of_another_program_is_found_by_what_it_tells_also_when_it_was_deleted_and_restored(
    tmp_path: Path,
) -> None:
    gallery = opened(tmp_path)
    record = gallery.add_file(samples.png_file(tmp_path / "ComfyUI_00001_.png", samples.COMFYUI))
    assert found(gallery, "apple seed:42 made:elsewhere") == [record.id]
    gallery.trash(record.id)
    assert found(gallery, "apple") == []
    gallery.restore(record)
    assert found(gallery, "apple seed:42 made:elsewhere") == [record.id]
    gallery.close()


def test_a_webp_of_another_program_is_found_by_what_it_tells(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + samples.COMFYUI["prompt"]
    gallery = opened(tmp_path)
    record = gallery.add_file(samples.with_exif(tmp_path / "x.webp", exif))
    assert found(gallery, "apple seed:42 lora:ink") == [record.id]
    gallery.close()


def test_an_index_from_before_is_read_again_once_and_ids_and_thumbnails_stay(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    record = gallery.add_file(samples.png_file(tmp_path / "a.png", samples.COMFYUI))
    own = gallery.add(a_picture())
    gallery.close()
    for file in tmp_path.glob("index.db*"):
        file.unlink()
    before = Database(tmp_path / "index.db", Schema(SCHEMA.application_id, SCHEMA.migrations[:3]))
    pictures = [FoundPicture(each, file_state(each.path)) for each in (record, own)]
    PictureIndex(before, tmp_path / "pictures").add_all(pictures)
    before.close()
    gallery = opened(tmp_path)
    assert found(gallery, "lora:ink") == []
    assert [progress.file for progress in gallery.reconcile() if progress.changed] == [str(record.path)]
    assert found(gallery, "apple seed:42 lora:ink") == [record.id]
    assert [progress.file for progress in gallery.reconcile() if progress.changed] == []
    gallery.close()


def found(gallery: Gallery, text: str) -> list[PictureId]:
    return gallery.search(read_query(text, datetime(2026, 11, 25, tzinfo=UTC)))


def test_what_a_pictures_pixels_hide_is_found_also_when_the_index_is_made_again(tmp_path: Path) -> None:
    file = samples.hiding_file(tmp_path / "x.png", samples.hidden(json.dumps(samples.NOVELAI)))
    gallery = opened(tmp_path)
    record = gallery.add_file(file)
    assert found(gallery, "apple steps:25") == [record.id]
    gallery.close()
    (tmp_path / "index.db").unlink()
    gallery = opened(tmp_path)
    list(gallery.reconcile())
    assert len(found(gallery, "apple steps:25")) == 1
    gallery.close()
