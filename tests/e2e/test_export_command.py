"""`studio export`, as a process."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from studio.gallery.gallery import Gallery
from studio.imaging.picture_metadata import read_picture_info
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.program import run_studio


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With two pictures in the gallery."""
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    gallery.open()
    for text in ("a red apple", "a green pear"):
        gallery.add(a_picture(a_request(text)))
    gallery.close()
    return tmp_path / "home"


def test_what_a_search_finds_is_exported_stripped_as_a_zip(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "bare.zip"
    done = run_studio("export", "--search", "pear", "--strip", "--format", "jpg", "-o", target, home=home)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{target}\n", "")
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["0001.jpg"]
        archive.extractall(tmp_path)
    assert not read_picture_info(tmp_path / "0001.jpg").texts


def test_one_file_becomes_another_and_nothing_found_is_said(home: Path, tmp_path: Path) -> None:
    [picture, _] = UserPaths.below(home).gallery.rglob("*.png")
    done = run_studio("export", picture, "-o", tmp_path / "copy.webp", home=home)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'copy.webp'}\n")
    assert read_picture_info(tmp_path / "copy.webp").infotext == read_picture_info(picture).infotext
    done = run_studio("export", "--search", "plum", "-o", tmp_path / "none", home=home)
    assert done.returncode == 1
    assert "There is no picture to export" in done.stderr
