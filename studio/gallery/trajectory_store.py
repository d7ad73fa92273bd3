"""The trajectories of the latest pictures, each in a file of its own, within a budget of bytes. Can be made again."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from pathlib import Path

from studio.core.durable_file import make_folder_durably, storage_error, write_durably
from studio.core.errors import TrajectoryUnreadable
from studio.core.result import PictureId
from studio.core.trajectory import Trajectory

_ENDING = ".npz"
_KEPT = re.compile(r"[0-9a-f]{32}\.npz")
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")


class TrajectoryStore:
    """`<folder>/<picture>.npz` (`studio.imaging.trajectory_file`).

    Whenever the files take more than `budget` bytes, the oldest go; one that is larger alone is not kept. May be used
    from any thread, after `open`.
    """

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = folder
        self._budget = budget
        self._lock = threading.Lock()
        self._sizes: dict[PictureId, int] = {}
        """Bytes of what is kept, the oldest first."""

    def open(self) -> None:
        """Find what is there; remove what a killed run left half written and what the budget does not allow any more.

        Raises:
            StorageError: the folder cannot be made or read.
        """
        make_folder_durably(self._folder)
        with self._lock:
            try:
                self._sizes = self._found()
            except OSError as error:
                raise storage_error(error, self._folder) from error
            self._prune()

    def put(self, picture: PictureId, trajectory: Trajectory) -> None:
        """Keep it; when this returns it survives a crash or a power cut.

        Raises:
            StorageError: it cannot be written, or an older one not removed.
        """
        from studio.imaging.trajectory_file import encode_trajectory  # with numpy: not before the window is painted

        content = encode_trajectory(trajectory)
        with self._lock:
            if len(content) > self._budget:
                return
            write_durably(self._path(picture), content, overwrite=True)
            self._sizes.pop(picture, None)
            self._sizes[picture] = len(content)
            self._prune()

    def get(self, picture: PictureId) -> Trajectory | None:
        """None where none was recorded, or it had to make room.

        Raises:
            TrajectoryUnreadable: its file is damaged.
            StorageError: it cannot be read.
        """
        from studio.imaging.trajectory_file import decode_trajectory

        path = self._path(picture)
        try:
            return decode_trajectory(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise storage_error(error, path) from error
        except ValueError as error:
            raise TrajectoryUnreadable(path, str(error)) from error

    def has(self, picture: PictureId) -> bool:
        """Without a look at the disk."""
        with self._lock:
            return picture in self._sizes

    def pictures(self) -> set[PictureId]:
        """All that have one."""
        with self._lock:
            return set(self._sizes)

    def remove(self, pictures: Iterable[PictureId]) -> None:
        """Raises StorageError."""
        with self._lock:
            for picture in pictures:
                self._remove(picture)

    @property
    def used_bytes(self) -> int:
        with self._lock:
            return sum(self._sizes.values())

    def _found(self) -> dict[PictureId, int]:
        kept: list[tuple[int, PictureId, int]] = []
        for path in self._folder.iterdir():
            if _TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)
            elif _KEPT.fullmatch(path.name):
                facts = path.stat()
                kept.append((facts.st_mtime_ns, PictureId(path.stem), facts.st_size))
        return {picture: size for _, picture, size in sorted(kept)}

    def _prune(self) -> None:
        excess = sum(self._sizes.values()) - self._budget
        for picture, size in list(self._sizes.items()):
            if excess <= 0:
                break
            self._remove(picture)
            excess -= size

    def _remove(self, picture: PictureId) -> None:
        path = self._path(picture)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) from error
        self._sizes.pop(picture, None)

    def _path(self, picture: PictureId) -> Path:
        return self._folder / f"{picture}{_ENDING}"
