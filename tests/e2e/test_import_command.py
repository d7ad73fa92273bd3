"""`studio import`, as a process."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from studio.settings.model import GallerySettings, Settings
from studio.settings.paths import UserPaths
from studio.settings.store import SettingsStore
from tests.helpers.program import run_studio


def test_a_folder_is_imported_once_and_what_is_unreadable_is_said(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "elsewhere"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "photo.png")
    done = run_studio("import", folder, home=home)
    [copy] = UserPaths.below(home).gallery.rglob("*photo*.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{copy}\n", "Pictures: 1 added.\n")
    (folder / "broken.png").write_bytes(b"no picture")
    again = run_studio("import", folder, home=home)
    assert (again.returncode, again.stdout) == (1, "")
    assert "Pictures: 0 added, 1 there already, 1 unreadable." in again.stderr
    assert str(folder / "broken.png") in again.stderr


def test_the_folder_of_the_settings_is_the_gallery(tmp_path: Path) -> None:
    home, chosen = tmp_path / "home", tmp_path / "chosen"
    paths = UserPaths.below(home)
    paths.create()
    SettingsStore(paths.settings_file).save(Settings(gallery=GallerySettings(folder=str(chosen))))
    Image.new("RGB", (30, 20), "red").save(tmp_path / "photo.png")
    assert run_studio("import", tmp_path / "photo.png", home=home).returncode == 0
    assert len(list(chosen.rglob("*photo*.png"))) == 1
    assert not paths.gallery.exists()


def test_a_folder_is_shown_where_it_is_and_let_go(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "elsewhere"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "photo.jpg")
    done = run_studio("import", "--in-place", folder, home=home)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{folder}\n", "Pictures: 1 more, where they are.\n")
    assert list(UserPaths.below(home).gallery.rglob("*.png")) == []
    done = run_studio("import", "--forget", folder, home=home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Pictures: 1 fewer; the files stay.\n")
    done = run_studio("import", "--in-place", folder / "photo.jpg", home=home)
    assert done.returncode == 1
    assert "The folder is not in the gallery" in done.stderr


def test_what_is_unreadable_in_a_watched_folder_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "photo.jpg")
    (folder / "broken.png").write_bytes(b"no picture")
    done = run_studio("import", "--in-place", folder, home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (1, f"{folder}\n")
    assert "Pictures: 1 more, where they are." in done.stderr
    assert str(folder / "broken.png") in done.stderr
