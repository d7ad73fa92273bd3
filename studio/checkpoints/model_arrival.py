"""Brings models into folders of their own: copied or moved, under a name that nothing has, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.manifest import Manifest, ManifestFile, write_manifest
from studio.checkpoints.model_copy import (
    ModelFile,
    check_space,
    copy_files,
    files_of,
    remove_copied,
    staging_folder,
)
from studio.checkpoints.shared_files import SharedFiles
from studio.checkpoints.work_progress import ByteCounter, OnProgress
from studio.core.durable_file import make_folder_durably, storage_error, sync_folder
from studio.core.errors import ModelNameTaken, ModelUnmovable
from studio.core.session import CancelToken


class HowToAdd(StrEnum):
    """What happens to the files of a model that somebody has already."""

    IN_PLACE = "in_place"
    COPY = "copy"
    MOVE = "move"


class ModelArrival:
    """`shared` gives the files that the library has already: what is the same is stored once."""

    def __init__(self, places: LibraryPlaces, shared: Callable[[], SharedFiles]) -> None:
        self._places = places
        self._shared = shared

    def bring(
        self,
        source: Path,
        target: Path,
        manifest: Manifest,
        how: HowToAdd,
        on_progress: OnProgress,
        cancel: CancelToken,
        beside: tuple[Path, ...] = (),
    ) -> None:
        """Copy or move `source`, and copy the files `beside` it, into the new folder `target`, with a manifest."""
        make_folder_durably(target.parent)
        if target.exists():
            raise ModelNameTaken(manifest.name, target)
        files = (*files_of(source), *(file for path in beside for file in files_of(path)))
        if how is HowToAdd.MOVE and any(file.path.is_symlink() for file in files):
            raise ModelUnmovable(source, "it is made of links into the cache of another program")
        if how is HowToAdd.MOVE and _same_disk(source, target.parent):
            self._rename(source, target, files, manifest)
            return
        self._copy(files, target, manifest, ByteCounter(sum(file.size for file in files), on_progress), cancel)
        if how is HowToAdd.MOVE:
            remove_copied(files, source)

    def _rename(self, source: Path, target: Path, files: tuple[ModelFile, ...], manifest: Manifest) -> None:
        """On one disk nothing is copied, and nothing has to be read: the hashes wait for the first verification."""
        facts = {file.path: file for file in manifest.files}
        known = tuple(facts.get(file.name, ManifestFile(file.name, file.size, None)) for file in files)
        with self._places.locked():
            if target.exists():
                raise ModelNameTaken(manifest.name, target)
            try:
                if source.is_dir():
                    source.rename(target)
                else:
                    target.mkdir()
                    source.rename(target / source.name)
                    sync_folder(target)
                sync_folder(target.parent)
                sync_folder(source.parent)
            except OSError as error:
                raise storage_error(error, target) from error
            write_manifest(target, replace(manifest, files=known))

    def _copy(
        self, files: tuple[ModelFile, ...], target: Path, manifest: Manifest, counter: ByteCounter, cancel: CancelToken
    ) -> None:
        check_space(target.parent, sum(file.size for file in files))
        shared = self._shared()
        with staging_folder(target.parent) as staging:
            copied = copy_files(files, staging, manifest, shared, counter, cancel)
            write_manifest(staging, replace(manifest, files=copied))
            with self._places.locked():
                if target.exists():
                    raise ModelNameTaken(manifest.name, target)
                staging.rename(target)
                sync_folder(target.parent)


def _same_disk(source: Path, folder: Path) -> bool:
    return source.stat().st_dev == folder.stat().st_dev
