"""What it would mean to remove a model, and its way to the trash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from studio.checkpoints.installed_model import AnyModel, InstalledModel, Place, Removal, SharedFile
from studio.checkpoints.model_copy import files_of
from studio.core.errors import TrashFailed


def removal_of(model: AnyModel, installed: Callable[[], Iterable[InstalledModel]]) -> Removal:
    """What removing it would give back, and what would still use its files.

    `installed` is asked for all models only where files of this one have more names than one.
    """
    if model.place is Place.IN_PLACE:
        return Removal(model.name, 0, (), model.path)
    files = files_of(model.root)
    users = _users_of_inodes(model, installed)
    shared = tuple(
        SharedFile(file.name, file.size, users[inode]) for file in files if (inode := _inode(file.path)) in users
    )
    freed = sum(file.size for file in files) - sum(file.size for file in shared)
    return Removal(model.name, freed, shared, None)


def move_to_trash(path: Path) -> None:
    """Raises TrashFailed: it is still there."""
    from send2trash import send2trash

    try:
        send2trash(path)
    except OSError as error:
        raise TrashFailed(path, error.strerror or str(error) or type(error).__name__) from error


def _users_of_inodes(
    model: AnyModel, installed: Callable[[], Iterable[InstalledModel]]
) -> dict[tuple[int, int], tuple[str, ...]]:
    """For each file of the model that has more names than one: the other models that have it."""
    inodes = {_inode(file.path) for file in files_of(model.root) if file.path.stat().st_nlink > 1}
    users: dict[tuple[int, int], tuple[str, ...]] = dict.fromkeys(inodes, ())
    for other in installed() if inodes else ():
        if other.root != model.root:
            for inode in inodes & {_inode(file.path) for file in files_of(other.root)}:
                users[inode] = (*users[inode], other.name)
    return users


def _inode(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
