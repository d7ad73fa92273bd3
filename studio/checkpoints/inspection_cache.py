"""Remembers what models are, so that a library of thousands opens without reading their headers again.

What is known of a model holds while the size, the time of change and the inode of each of its files stay what they
were. The file can be deleted at any time.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, cast

from studio.checkpoints.json_file import JsonObject
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Companion, ModelFamily, Prediction, RecommendedSampling
from studio.core.durable_file import write_durably
from studio.core.errors import InvalidRequest, StorageError
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName
from studio.core.version import VERSION as PROGRAM_VERSION

Model: TypeAlias = Checkpoint | Addon
Fingerprint: TypeAlias = list[list[str | int]]
"""For each file and folder: path below the model (or of a part beside it), size, nanoseconds of the change, inode."""

VERSION = 4
_MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class KnownModel:
    """What its files tell, `size` in bytes. What it is called is in its manifest, which may change alone.

    `identity` is that of its weights (`content_identity`).
    """

    model: Model
    size: int
    identity: str


class InspectionCache:
    """What is known of the models at their paths. Used from one thread at a time."""

    def __init__(self, file: Path) -> None:
        """`file` need not exist; one that cannot be read, or of another version of the program, counts as empty."""
        self._file = file
        self._entries: dict[str, JsonObject] | None = None
        self._changed = False

    def get(self, path: Path) -> KnownModel | None:
        """What is known of the model at `path`, if it is still as it was."""
        entry = self._loaded().get(str(path))
        if entry is None or not _is_unchanged(str(path), entry["files"]):
            return None
        try:
            return _read_known(entry)
        except (KeyError, TypeError, ValueError, InvalidRequest):  # written by who knows whom: look again
            return None

    def put(self, path: Path, known: KnownModel) -> None:
        """A model of more than 500 files is looked at each time."""
        companions = known.model.companions if isinstance(known.model, Checkpoint) else ()
        files = fingerprint(path) + _identities("", [str(companion.path) for companion in companions])
        if len(files) <= _MOST_FILES:
            self._loaded()[str(path)] = {"files": files, **_as_json(known)}
            self._changed = True

    def save(self, present: set[str]) -> None:
        """Write it if something is new; models that are not among the paths `present` are forgotten."""
        entries = self._loaded()
        gone = entries.keys() - present
        if not self._changed and not gone:
            return
        for path in gone:
            del entries[path]
        document: JsonObject = {"version": VERSION, "program": PROGRAM_VERSION, "models": entries}
        with suppress(StorageError, OSError):  # the next start takes longer, nothing else
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_durably(self._file, json.dumps(document, separators=(",", ":")).encode(), overwrite=True)
            self._changed = False

    def _loaded(self) -> dict[str, JsonObject]:
        if self._entries is None:
            self._entries = _read_entries(self._file)
        return self._entries


def fingerprint(path: Path) -> Fingerprint:
    """Of the file, or of everything in the folder, at `path`. Files that vanish meanwhile are left out."""
    if not path.is_dir():
        return _identities(str(path), [""])
    names = [""]
    for folder, folders, files in os.walk(path):
        names += [os.path.relpath(os.path.join(folder, name), path) for name in (*folders, *files)]  # noqa: PTH118
        if len(names) > _MOST_FILES:
            break
    return _identities(str(path), sorted(names))


def _identities(root: str, names: list[str]) -> Fingerprint:
    found: Fingerprint = []
    for name in names:
        with suppress(OSError):
            found.append([name, *_identity(root, name)])
    return found


def _identity(root: str, name: str) -> tuple[int, int, int]:
    status = os.stat(os.path.join(root, name) if name else root)  # noqa: PTH116, PTH118 - called very often
    return status.st_size, status.st_mtime_ns, status.st_ino


def _is_unchanged(root: str, files: object) -> bool:
    try:
        return bool(files) and all(
            _identity(root, cast("str", name)) == (size, changed, inode)
            for name, size, changed, inode in cast("Fingerprint", files)
        )
    except (OSError, TypeError, ValueError):
        return False


def _read_entries(file: Path) -> dict[str, JsonObject]:
    try:
        document: object = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    fields = cast("JsonObject", document) if isinstance(document, dict) else {}
    models = fields.get("models")
    if fields.get("version") != VERSION or fields.get("program") != PROGRAM_VERSION or not isinstance(models, dict):
        return {}
    known = cast("dict[str, object]", models)
    return {path: cast("JsonObject", entry) for path, entry in known.items() if _looks_right(entry)}


def _looks_right(entry: object) -> bool:
    return isinstance(entry, dict) and "files" in entry


def _as_json(known: KnownModel) -> JsonObject:
    fields = _checkpoint_json(known.model) if isinstance(known.model, Checkpoint) else _addon_json(known.model)
    return {**fields, "path": str(known.model.path), "bytes": known.size, "identity": known.identity}


def _checkpoint_json(checkpoint: Checkpoint) -> JsonObject:
    best = checkpoint.recommended
    return {
        "name": checkpoint.name,
        "family": checkpoint.family.value,
        "recommended": [best.size.width, best.size.height, best.num_inference_steps, best.guidance_scale],
        "scheduler": best.scheduler.value,
        "prediction": checkpoint.prediction.value,
        "inpainting": checkpoint.inpainting,
        "companions": [[companion.part, str(companion.path)] for companion in checkpoint.companions],
    }


def _addon_json(addon: Addon) -> JsonObject:
    return {"name": addon.name, "addon": addon.kind.value, "family": addon.family.value if addon.family else None}


def _read_known(entry: JsonObject) -> KnownModel:
    size, identity, path = entry["bytes"], entry["identity"], Path(cast("str", entry["path"]))
    if type(size) is not int or not isinstance(identity, str):
        raise TypeError("no size, or no identity")
    model = _read_addon(entry, path) if "addon" in entry else _read_checkpoint(entry, path)
    return KnownModel(model, size, identity)


def _read_checkpoint(entry: JsonObject, path: Path) -> Checkpoint:
    width, height, steps, guidance = cast("tuple[int, int, int, float]", entry["recommended"])
    return Checkpoint(
        name=str(entry["name"]),
        path=path,
        family=ModelFamily(entry["family"]),
        recommended=RecommendedSampling(Size(width, height), steps, guidance, SchedulerName(entry["scheduler"])),
        prediction=Prediction(entry["prediction"]),
        inpainting=bool(entry["inpainting"]),
        companions=tuple(
            Companion(part, Path(file)) for part, file in cast("list[tuple[str, str]]", entry["companions"])
        ),
    )


def _read_addon(entry: JsonObject, path: Path) -> Addon:
    family = entry["family"]
    kind = AddonKind(entry["addon"])
    return Addon(str(entry["name"]), path, kind, None if family is None else ModelFamily(family))
