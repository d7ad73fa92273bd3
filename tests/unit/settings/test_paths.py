"""The user's folders."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import platformdirs
import pytest

from studio.core.errors import FolderUnwritable
from studio.settings.paths import UserPaths


def test_below_keeps_everything_under_the_home(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path)

    folders = [getattr(paths, field.name) for field in fields(paths)]
    files = [paths.settings_file, paths.user_database, paths.index_database, paths.thumbnails_database]
    files += [paths.log_file, paths.crash_file, paths.lock_file]
    files += [paths.loras, paths.embeddings, paths.vae, paths.controlnets, paths.upscalers, paths.wildcards]
    files += [paths.library_state, paths.library_cache, paths.user_catalogue]
    assert all(path.is_relative_to(tmp_path) for path in folders + files)
    assert len(set(folders)) == len(folders)
    assert len(set(files)) == len(files)


def test_below_makes_a_relative_home_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert UserPaths.below(Path("home")) == UserPaths.below(tmp_path / "home")


def test_default_puts_the_gallery_among_the_users_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    paths = UserPaths.default()

    assert paths.gallery == platformdirs.user_pictures_path() / "Latent Studio"
    assert paths.data not in {paths.cache, paths.logs}
    assert list(tmp_path.iterdir()) == []


def test_create_makes_all_folders_but_the_gallery(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "new" / "home")

    paths.create()
    paths.create()

    made = {folder for folder in (tmp_path / "new" / "home").iterdir() if folder.is_dir()}
    assert made == {paths.config, paths.data, paths.checkpoints, paths.cache, paths.logs}
    assert not paths.gallery.exists()


def test_create_names_the_folder_that_cannot_be_made(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path)
    paths.data.write_text("a file in the way")

    with pytest.raises(FolderUnwritable) as caught:
        paths.create()

    assert caught.value.path == paths.data


def test_create_refuses_a_folder_without_permission_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = UserPaths.below(tmp_path)
    monkeypatch.setattr("os.access", lambda path, _mode: path != paths.logs)

    with pytest.raises(FolderUnwritable) as caught:
        paths.create()

    assert caught.value.path == paths.logs
