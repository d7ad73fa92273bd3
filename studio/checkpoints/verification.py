"""Are the files of a model what they were, and what their source says they are?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from studio.checkpoints.file_hash import sha256_of
from studio.checkpoints.manifest import Manifest, ManifestFile
from studio.checkpoints.work_progress import ByteCounter, OnProgress
from studio.core.session import CancelToken


class FileState(StrEnum):
    """What reading a file showed."""

    INTACT = "intact"
    """As its manifest says."""
    PINNED = "pinned"
    """Nobody knew its hash; from now on it is this one."""
    DAMAGED = "damaged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file, its fact in the manifest, and the sha256 that was found (None where it was not read)."""

    fact: ManifestFile
    state: FileState
    found: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Every file of the model `name` was read."""

    name: str
    files: tuple[FileCheck, ...]

    @property
    def bad(self) -> tuple[FileCheck, ...]:
        return tuple(file for file in self.files if file.state in {FileState.DAMAGED, FileState.MISSING})

    @property
    def pinned(self) -> tuple[FileCheck, ...]:
        return tuple(file for file in self.files if file.state is FileState.PINNED)

    @property
    def vouched_for(self) -> bool:
        """Every file has the hash that its source published."""
        return not self.bad and all(file.fact.published for file in self.files)


def verify_files(folder: Path, manifest: Manifest, on_progress: OnProgress, cancel: CancelToken) -> Verification:
    """Read the files of `manifest` below `folder`.

    Raises:
        ModelWorkCancelled.
    """
    counter = ByteCounter(manifest.size, on_progress)
    return Verification(manifest.name, tuple(_check(folder, file, counter, cancel) for file in manifest.files))


def pin(manifest: Manifest, verification: Verification, published: frozenset[str]) -> Manifest:
    """The manifest with what was found, where nobody knew it; a hash among `published` is one of a source."""
    found = {file.fact.path: file.found for file in verification.pinned}
    files = tuple(
        replace(file, sha256=found[file.path], published=found[file.path] in published) if file.path in found else file
        for file in manifest.files
    )
    return replace(manifest, files=files)


def _check(folder: Path, file: ManifestFile, counter: ByteCounter, cancel: CancelToken) -> FileCheck:
    path = folder / file.path
    try:
        if path.stat().st_size != file.size:
            return FileCheck(file, FileState.DAMAGED, None)
        found = sha256_of(path, counter.of_file(file.path), cancel)
    except FileNotFoundError:
        return FileCheck(file, FileState.MISSING, None)
    except OSError:  # a bad block, no permission: whatever it is, the file is of no use
        return FileCheck(file, FileState.DAMAGED, None)
    if file.sha256 is None:
        return FileCheck(file, FileState.PINNED, found)
    return FileCheck(file, FileState.INTACT if found == file.sha256 else FileState.DAMAGED, found)
