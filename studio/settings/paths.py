"""Where the program keeps its things: made once at the start and handed to everything that reads or writes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import FolderUnwritable

PICTURE_FOLDER = "Latent Studio"


@dataclass(frozen=True, slots=True)
class UserPaths:
    """The user's folders. Constructing it touches no disk; `create` makes the folders."""

    config: Path
    data: Path
    checkpoints: Path
    gallery: Path
    cache: Path
    logs: Path

    @classmethod
    def default(cls) -> UserPaths:
        """The folders that the platform gives to a program, and `Latent Studio` among the user's pictures."""
        import platformdirs

        name = "Latent Studio" if sys.platform in {"win32", "darwin"} else "latent-studio"
        folders = platformdirs.PlatformDirs(name, appauthor=False)
        return cls(
            config=folders.user_config_path,
            data=folders.user_data_path,
            checkpoints=folders.user_data_path / "checkpoints",
            gallery=folders.user_pictures_path / PICTURE_FOLDER,
            cache=folders.user_cache_path,
            logs=folders.user_log_path,
        )

    @classmethod
    def below(cls, home: Path) -> UserPaths:
        """Everything under one folder (`--home`): for a portable installation, and for tests."""
        home = home.absolute()
        return cls(
            config=home / "config",
            data=home / "data",
            checkpoints=home / "checkpoints",
            gallery=home / "gallery",
            cache=home / "cache",
            logs=home / "logs",
        )

    def create(self) -> None:
        """Make all folders but the gallery's.

        The gallery makes its own folder, once: one that has vanished (an unplugged drive) must not be replaced by an
        empty one.

        Raises:
            FolderUnwritable: for the first folder that cannot be made or written to.
        """
        for folder in (self.config, self.data, self.checkpoints, self.cache, self.logs):
            _make_writable(folder)

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.json"

    @property
    def prompts_file(self) -> Path:
        """Prompts that were used, and styles."""
        return self.config / "prompts.json"

    @property
    def loras(self) -> Path:
        return self.data / "loras"

    @property
    def embeddings(self) -> Path:
        """Textual inversions."""
        return self.data / "embeddings"

    @property
    def vae(self) -> Path:
        """VAEs to take in place of a model's own."""
        return self.data / "vae"

    @property
    def user_database(self) -> Path:
        """What only the user knows: queue, favourites, ratings. Cannot be made again."""
        return self.data / "user.db"

    @property
    def index_database(self) -> Path:
        """The index of the gallery; made again from the pictures when it is lost."""
        return self.data / "index.db"

    @property
    def canvas_database(self) -> Path:
        """The open canvas with its history."""
        return self.data / "canvas.db"

    @property
    def trajectories(self) -> Path:
        """The recorded steps of the latest pictures."""
        return self.data / "trajectories"

    @property
    def thumbnails_database(self) -> Path:
        return self.cache / "thumbnails.db"

    @property
    def controlnets(self) -> Path:
        return self.data / "controlnets"

    @property
    def upscalers(self) -> Path:
        return self.data / "upscalers"

    @property
    def wildcards(self) -> Path:
        """Text files with the words that `__name__` in a prompt stands for."""
        return self.data / "wildcards"

    @property
    def library_state(self) -> Path:
        """What the library of models knows besides the models: those used in place, accepted licences, manifests."""
        return self.data / "library"

    @property
    def library_cache(self) -> Path:
        return self.cache / "models.json"

    @property
    def downloads_file(self) -> Path:
        """The list of downloads that are not finished."""
        return self.data / "downloads.json"

    @property
    def user_catalogue(self) -> Path:
        """What the user adds to the catalogue of models."""
        return self.config / "models.json"

    @property
    def log_file(self) -> Path:
        return self.logs / "studio.log"

    @property
    def crash_file(self) -> Path:
        return self.logs / "crash.txt"

    @property
    def lock_file(self) -> Path:
        """Held by the one running instance that uses these folders."""
        return self.data / "studio.lock"


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderUnwritable(folder, error.strerror or type(error).__name__) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderUnwritable(folder, "no permission to write")
