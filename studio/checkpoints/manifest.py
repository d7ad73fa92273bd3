"""What an installed model is made of: where it came from, and the hash of every file, so that it can be verified later.

A model in a folder of its own carries the manifest in it (`.studio-model.json`). For models that the program uses where
they are, and for single files that the user put among others, the library keeps it elsewhere.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from studio.checkpoints.catalogue_entry import as_list, as_object, safe_relative_path
from studio.checkpoints.json_file import read_json_object
from studio.core.checkpoint import Prediction
from studio.core.durable_file import write_durably
from studio.core.errors import CheckpointDamaged

MANIFEST_NAME = ".studio-model.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A file of the model; `path` is relative with forward slashes, `size` in bytes.

    `sha256` is None until somebody has read the file. `published`: the hash is one that the source published; else it
    is that of the first copy that came ("trust on first use"). `url`: where the file can be fetched again.
    """

    path: str
    size: int
    sha256: str | None
    published: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """`name` is for people; `entry_id` that of the catalogue, `source` an address or repository, where known.

    `prediction` is what the user says that the model predicts, where its file does not tell.
    """

    name: str
    files: tuple[ManifestFile, ...]
    entry_id: str | None = None
    source: str | None = None
    revision: str | None = None
    licence: str | None = None
    prediction: Prediction | None = None

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def with_files_of(self, newer: Manifest) -> Manifest:
        """What `newer` says, and of this one what it leaves open: files that it does not name, the entry, the choice
        of the user."""
        files = {file.path: file for file in (*self.files, *newer.files)}
        return replace(
            newer,
            files=tuple(files.values()),
            entry_id=newer.entry_id or self.entry_id,
            prediction=newer.prediction or self.prediction,
        )

    @property
    def vouched_for(self) -> bool:
        """Every file was compared with a hash that its source published."""
        return all(file.published and file.sha256 for file in self.files)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in the model's own folder; None where there is none. Raises CheckpointDamaged."""
    return read_manifest_file(folder / MANIFEST_NAME)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put it into the model's own folder, in place of an older one. Raises StorageError."""
    write_manifest_file(folder / MANIFEST_NAME, manifest)


def read_manifest_file(path: Path) -> Manifest | None:
    """As `read_manifest`, for a manifest that lies elsewhere."""
    if not path.exists():
        return None
    document = read_json_object(path)
    try:
        if document["version"] != VERSION:
            raise ValueError(f"version {str(document['version'])[:20]}, expected {VERSION}")
        return Manifest(
            name=_text(document["name"]),
            files=tuple(_read_file(value) for value in as_list(document["files"])),
            entry_id=_optional_text(document.get("entry_id")),
            source=_optional_text(document.get("source")),
            revision=_optional_text(document.get("revision")),
            licence=_optional_text(document.get("licence")),
            prediction=None if document.get("prediction") is None else Prediction(_text(document["prediction"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointDamaged(path, f"{type(error).__name__}: {error}") from error


def write_manifest_file(path: Path, manifest: Manifest) -> None:
    """As `write_manifest`, for a manifest that lies elsewhere. Its folder must exist."""
    document = {"version": VERSION, **asdict(manifest)}
    write_durably(path, json.dumps(document, ensure_ascii=False, indent=1).encode(), overwrite=True)


def _read_file(value: object) -> ManifestFile:
    file = as_object(value)
    size, published = file["size"], file.get("published", False)
    if type(size) is not int or size < 0 or not isinstance(published, bool):
        raise TypeError("a file without size")
    return ManifestFile(
        path=safe_relative_path(file["path"]),
        size=size,
        sha256=_optional_text(file["sha256"]),
        published=published,
        url=_optional_text(file.get("url")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {str(value)[:80]!r}")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)
