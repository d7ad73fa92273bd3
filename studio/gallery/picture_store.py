"""The picture files: their names, how they are written, and how they go to the trash and come back."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from studio.core.durable_file import storage_error, sync_folder, write_durably
from studio.core.errors import FolderUnwritable, RestoreFailed, TrashFailed
from studio.core.job import JobId
from studio.core.result import GeneratedImage
from studio.gallery.picture_files import FileEntry, log_unseen, walk_files
from studio.imaging.picture_metadata import encode_png

_MARKER = ".latent-studio"
_UNDO_FOLDER = ".undo"
_LONGEST_SLUG_BYTES = 60
_UNSAFE = re.compile(r"[^\w\- ]")
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")


class PictureStore:
    """A folder of pictures: `2026-11-24/143015-a-red-apple-1f2e3d4c.png`.

    A marker file shows that the folder was made by us: one that has vanished (an unplugged drive) is neither replaced
    by an empty one nor are its pictures taken for deleted.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._opened_ns = 0

    @property
    def is_there(self) -> bool:
        """False while the folder, or the drive that it is on, is gone."""
        try:
            return (self.root / _MARKER).exists()
        except OSError:  # a drive that fails, a network folder whose server is gone
            return False

    def open(self, *, expected: bool = False) -> None:
        """Make the folder the first time. `expected` says that pictures are known to be in it.

        Raises:
            FolderUnwritable: it cannot be made or written to, or it is expected and gone.
        """
        if expected and not self.is_there:
            raise FolderUnwritable(self.root, "the folder is gone; is its drive connected?")
        if self.root.is_file():
            raise FolderUnwritable(self.root, "it is a file, not a folder")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            marker = self.root / _MARKER
            marker.touch()
            _try_to_write(self.root)
            sync_folder(self.root)
            sync_folder(self.root.parent)
            self._opened_ns = marker.stat().st_mtime_ns
        except OSError as error:
            raise storage_error(error, self.root / _MARKER) from error

    def write(self, image: GeneratedImage, job_id: JobId | None) -> Path:
        """Write the picture so that it survives whatever comes; returns its path. Nothing is ever replaced.

        Raises:
            StorageError: and nothing is left behind.
        """
        path = self._path_for(image)
        self._make_folder(path)
        write_durably(path, encode_png(image, job_id), overwrite=False)
        return path

    def write_copy(self, content: bytes, name: str) -> Path:
        """Write a PNG file from elsewhere, called `name` there, as durably; returns its path.

        Raises:
            StorageError: and nothing is left behind.
        """
        now = datetime.now().astimezone()
        # Of two copies of one picture the first keeps its id, also when the index is made again in the names' order.
        path = _named(self.root, now, name, f"{now:%f}{uuid.uuid4().hex[:2]}")
        self._make_folder(path)
        write_durably(path, content, overwrite=False)
        return path

    def _make_folder(self, path: Path) -> None:
        """The folder for a file of the gallery. Raises StorageError."""
        if not self.is_there:
            raise FolderUnwritable(self.root, "the folder is gone; is its drive connected?")
        try:
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True)
                sync_folder(self.root)
        except OSError as error:
            raise storage_error(error, path) from error

    def files(self) -> Iterator[FileEntry]:
        """Every picture file; hidden files and folders and links are left alone."""
        for entry in walk_files(self.root, log_unseen):
            if entry.name[-4:].lower() == ".png" and not entry.name.startswith(".") and not entry.is_symlink():
                yield entry

    @property
    def opened_ns(self) -> int:
        """When `open` was called, by the clock of the file system."""
        return self._opened_ns

    def rename(self, path: Path, name: str) -> Path:
        """Give a file another name in its folder; returns its path. Nothing is ever replaced.

        Raises:
            StorageError: it is as it was.
        """
        target = path.with_name(name)
        if not self.is_there:
            raise FolderUnwritable(self.root, "the folder is gone; is its drive connected?")
        try:
            if target.exists() and not target.samefile(path):  # another case of the same name is the same file
                raise FileExistsError(errno.EEXIST, "there is a file of this name", str(target))
            path.rename(target)
            sync_folder(path.parent)
        except OSError as error:
            raise storage_error(error, target) from error
        return target

    def trashed_files(self) -> Iterator[Path]:
        """Those that `restore` can bring back."""
        return (self.root / _UNDO_FOLDER).rglob("*.png")

    def remove_leftovers(self) -> None:
        """Remove the temporary files of a killed run: those older than `open`. Others are being written.

        Both times are the file system's: they can be compared whatever the clock does.
        """
        for entry in walk_files(self.root, log_unseen):
            if _TEMPORARY.fullmatch(entry.name):
                with suppress(OSError):  # it costs space, nothing else
                    if entry.stat().st_mtime_ns < self._opened_ns:
                        Path(entry).unlink()

    def forget_trashed(self) -> None:
        """Let go of the pictures that were held for `restore`."""
        shutil.rmtree(self.root / _UNDO_FOLDER, ignore_errors=True)

    # --- trash ---

    def trash(self, path: Path) -> None:
        """Move a file, also one of another folder, to the system's trash, and hold it for `restore`.

        Raises:
            TrashFailed: the file is still there.
        """
        from send2trash import send2trash

        if not self.is_there:
            raise TrashFailed(path, "the folder of the pictures is gone; is its drive connected?")
        try:
            self._hold(path)
            send2trash(path)
        except OSError as error:
            raise TrashFailed(path, error.strerror or str(error) or type(error).__name__) from error

    def restore(self, path: Path) -> None:
        """Bring a file back that was moved to the trash in this session; its copy in the trash stays there.

        Raises:
            RestoreFailed: it is still in the trash.
        """
        if not self.is_there:
            raise RestoreFailed(path, "the folder of the pictures is gone; is its drive connected?")
        try:
            if path.is_relative_to(self.root):
                path.parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(self._held(path), path)
            self._held(path).unlink()
        except OSError as error:
            raise RestoreFailed(path, error.strerror or type(error).__name__) from error

    def _hold(self, path: Path) -> None:
        self._held(path).parent.mkdir(parents=True, exist_ok=True)
        self._held(path).unlink(missing_ok=True)
        _link_or_copy(path, self._held(path))

    def _held(self, path: Path) -> Path:
        if path.is_relative_to(self.root):
            return self.root / _UNDO_FOLDER / path.relative_to(self.root)
        return self.root / _UNDO_FOLDER / hashlib.sha256(os.fsencode(path.parent)).hexdigest() / path.name

    def _path_for(self, image: GeneratedImage) -> Path:
        return _named(self.root, image.created_at.astimezone(), image.request.prompt.text, image.id)


def _try_to_write(folder: Path) -> None:
    """Rights tell less: of network drives, and of disks that became read-only. Raises OSError."""
    trial = folder / f".{uuid.uuid4().hex}.tmp"
    trial.touch(exist_ok=False)
    trial.unlink()


def _named(root: Path, made: datetime, text: str, unique: str) -> Path:
    name = "-".join(part for part in (f"{made:%H%M%S}", slug_of(text), unique[:8]) if part)
    return root / f"{made:%Y-%m-%d}" / f"{name}.png"


def slug_of(prompt: str) -> str:
    """A short form of the prompt for file names: letters and digits of any script, at most 60 bytes of UTF-8."""
    plain = _UNSAFE.sub(" ", unicodedata.normalize("NFC", prompt.replace("_", " ")))
    words = "-".join(plain.lower().split())
    return words.encode()[:_LONGEST_SLUG_BYTES].decode("utf-8", "ignore").strip("-")


def _link_or_copy(source: Path, target: Path) -> None:
    """A second name for the same file; a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        if target.exists():
            raise
        shutil.copy2(source, target)
