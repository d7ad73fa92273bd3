"""Pictures from elsewhere are copied into the gallery with what they tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import PictureUnreadable
from studio.gallery.gallery import Gallery
from studio.imaging.decode import read_pixels
from studio.imaging.export import export_image
from studio.imaging.picture_metadata import read_picture_info
from tests.helpers.fake_session import a_picture


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
