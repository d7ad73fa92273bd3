"""Brings the files of a model into a new folder so that a crash never leaves half a model under its name.

A copy grows in a hidden folder beside its target, and gets its name when it is complete and on the disk.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.download.file_names import PART_ENDING
from studio.checkpoints.download.options import DISK_RULES
from studio.checkpoints.file_hash import copy_hashed
from studio.checkpoints.inspect_folder import link_root
from studio.checkpoints.library_lock import is_abandoned, locked, remove_lock
from studio.checkpoints.manifest import MANIFEST_NAME, Manifest, ManifestFile
from studio.checkpoints.shared_files import SharedFiles, share_file
from studio.checkpoints.work_progress import ByteCounter
from studio.core.durable_file import storage_error, sync_folder
from studio.core.errors import CheckpointDamaged, DiskFull
from studio.core.session import CancelToken

SPARE_BYTES = DISK_RULES.reserve
"""What stays free on the disk when models are brought in."""

_STAGING = ".importing"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A regular file of a model: `name` is its path in the model, with forward slashes."""

    path: Path
    name: str
    size: int


def files_of(model: Path) -> tuple[ModelFile, ...]:
    """The files of the model folder or single file `model`, links followed. Hidden and unfinished ones do not count.

    Raises:
        CheckpointDamaged: a link that leads out of the model's place, or nowhere.
    """
    if not model.is_dir():
        return (ModelFile(model, model.name, model.stat().st_size),)
    root = link_root(model)
    return tuple(_model_file(path, model, root) for path in _visible_files(model))


def check_space(folder: Path, needed: int) -> None:
    """Raises DiskFull unless `needed` bytes and some to spare fit on the disk of `folder`, which must exist."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise DiskFull(folder, needed, free, SPARE_BYTES)


@contextmanager
def staging_folder(parent: Path) -> Generator[Path]:
    """A hidden folder in `parent` to build a model in. Whatever is left in it at the end is deleted.

    What a killed program left behind is deleted first. Raises StorageError, LibraryBusy.
    """
    _remove_abandoned(parent)
    staging = parent / f".{uuid.uuid4().hex}{_STAGING}"
    lock = _lock_of(staging)
    with locked(lock):
        try:
            staging.mkdir()
            yield staging
        except OSError as error:
            raise storage_error(error, staging) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            remove_lock(lock)


def copy_files(
    files: tuple[ModelFile, ...],
    target: Path,
    expected: Manifest | None,
    shared: SharedFiles,
    counter: ByteCounter,
    cancel: CancelToken,
) -> tuple[ManifestFile, ...]:
    """Copy into the folder `target`, or link to what the library has already. What `expected` says must hold.

    Raises:
        CheckpointDamaged: a file is not what its manifest says.
        DiskFull, FolderUnwritable, WriteFailed, ModelWorkCancelled.
    """
    facts = {file.path: file for file in expected.files} if expected else {}
    copied = tuple(_copy(file, target, facts.get(file.name), shared, counter, cancel) for file in files)
    for folder, _, _ in os.walk(target):
        sync_folder(Path(folder))
    return copied


def remove_copied(files: tuple[ModelFile, ...], model: Path) -> None:
    """Delete the originals of a move, and the folders that are empty then. What cannot be deleted stays."""
    for file in files:
        with suppress(OSError):
            file.path.unlink()
    if model.is_dir():
        with suppress(OSError):
            (model / MANIFEST_NAME).unlink(missing_ok=True)
        for folder, _, _ in os.walk(model, topdown=False):
            with suppress(OSError):  # not empty: somebody put something of their own there
                Path(folder).rmdir()


def _copy(
    file: ModelFile,
    target: Path,
    fact: ManifestFile | None,
    shared: SharedFiles,
    counter: ByteCounter,
    cancel: CancelToken,
) -> ManifestFile:
    path = target / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sha256 = copy_hashed(file.path, path, counter.of_file(file.name), cancel)
    except OSError as error:
        raise storage_error(error, path, file.size) from error
    if fact and fact.sha256 not in {None, sha256}:
        raise CheckpointDamaged(file.path, "its content changed since it was downloaded")
    twin = shared.twin_of(file.size, sha256, cancel)
    if twin is not None:
        share_file(path, twin)
    return ManifestFile(file.name, file.size, sha256, bool(fact and fact.published), fact.url if fact else None)


def _visible_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(parent, name) for name in sorted(names) if not name.startswith(".") and not name.endswith(PART_ENDING)
        )


def _model_file(path: Path, model: Path, root: Path) -> ModelFile:
    if not path.is_file() or not path.resolve().is_relative_to(root):
        raise CheckpointDamaged(path, "a link that leads out of the model's folder, or nowhere")
    return ModelFile(path, path.relative_to(model).as_posix(), path.stat().st_size)


def _remove_abandoned(parent: Path) -> None:
    for staging in parent.glob(f".*{_STAGING}"):
        if is_abandoned(_lock_of(staging)):
            shutil.rmtree(staging, ignore_errors=True)
            remove_lock(_lock_of(staging))


def _lock_of(staging: Path) -> Path:
    return staging.with_name(f"{staging.name}.lock")
