"""Where other programs keep their models: which folders of this machine are worth a look."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

_LARGEST_YAML = 64 * 1024
_EXTRA_PATHS = "extra_model_paths.yaml"
_MOST_ROWS = 20_000

_USUAL_NAMES = {
    "A1111": ("stable-diffusion-webui", "sd-webui", "stable-diffusion-webui-forge", "sd-webui-forge", "Forge"),
    "COMFYUI": ("ComfyUI", "comfyui", "comfy/ComfyUI", "ComfyUI_windows_portable/ComfyUI"),
    "INVOKEAI": ("invokeai", "InvokeAI"),
}
_USUAL_PARENTS = ("", "Documents", "AI", "apps", "Applications", "src", "git", "pinokio/api")


class Program(StrEnum):
    """Whose models they are."""

    HUGGING_FACE = "Hugging Face cache"
    A1111 = "A1111 or Forge"
    COMFYUI = "ComfyUI"
    INVOKEAI = "InvokeAI"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class ScanPlace:
    """A folder with models, or the one file or model at `path`, of `program`."""

    program: Program
    path: Path


def usual_places(home: Path, environment: Mapping[str, str] = os.environ) -> tuple[ScanPlace, ...]:
    """The places of this user that are there. Looks at names and small files only."""
    found = [ScanPlace(Program.HUGGING_FACE, path) for path in _hub_caches(home, environment) if path.is_dir()]
    for program, names in _USUAL_NAMES.items():
        for root in (home / parent / name for parent in _USUAL_PARENTS for name in names):
            if root.is_dir():
                found += places_of(root, Program[program])
    if root_of_invoke := environment.get("INVOKEAI_ROOT"):
        found += places_of(Path(root_of_invoke), Program.INVOKEAI)
    return _without_repetition(found)


def places_of(root: Path, program: Program | None = None) -> tuple[ScanPlace, ...]:
    """What there is to look through in the folder `root`, of this program or of the one that it looks like."""
    program = program or _program_of(root)
    match program:
        case Program.A1111:
            places = [ScanPlace(program, path) for path in (root / "models", root / "embeddings") if path.is_dir()]
            return (*places, *_comfy_places(root))
        case Program.COMFYUI:
            models = root / "models"
            return (*((ScanPlace(program, models),) if models.is_dir() else ()), *_comfy_places(root))
        case Program.INVOKEAI:
            return _invoke_places(root)
        case Program.HUGGING_FACE | Program.FOLDER:
            return (ScanPlace(program, root),)


def _program_of(root: Path) -> Program:
    if (root / "databases/invokeai.db").is_file():
        return Program.INVOKEAI
    if (root / "models/Stable-diffusion").is_dir():
        return Program.A1111
    if (root / "models/checkpoints").is_dir() or (root / _EXTRA_PATHS).is_file():
        return Program.COMFYUI
    return Program.FOLDER


def _hub_caches(home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """As huggingface_hub looks for it."""
    if cache := environment.get("HF_HUB_CACHE") or environment.get("HUGGINGFACE_HUB_CACHE"):
        yield Path(cache)
    if hugging_face := environment.get("HF_HOME"):
        yield Path(hugging_face) / "hub"
    yield Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "huggingface/hub"


# --- ComfyUI ---


def _comfy_places(root: Path) -> tuple[ScanPlace, ...]:
    """The folders that its `extra_model_paths.yaml` adds."""
    return tuple(ScanPlace(Program.COMFYUI, path) for path in read_extra_paths(root / _EXTRA_PATHS) if path.exists())


def read_extra_paths(file: Path) -> tuple[Path, ...]:
    """The folders that `file` names, as ComfyUI reads it; none when it is not there or is something else.

    `NAME: {base_path: ROOT, KIND: FOLDERS}`, where FOLDERS are lines. Relative ones begin in ROOT, or beside the file.
    """
    import yaml

    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_YAML + 1)
        document: object = yaml.safe_load(content) if len(content) <= _LARGEST_YAML else None
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return ()
    sections = cast("dict[object, object]", document).values() if isinstance(document, dict) else ()
    return tuple(dict.fromkeys(path for section in sections for path in _section_paths(section, file.parent)))


def _section_paths(section: object, beside: Path) -> Iterator[Path]:
    if not isinstance(section, dict):
        return
    entries = cast("dict[object, object]", section)
    base = entries.get("base_path")
    root = beside / Path(os.path.expandvars(base)).expanduser() if isinstance(base, str) else beside
    for kind, folders in entries.items():
        if kind not in {"base_path", "is_default", "custom_nodes"} and isinstance(folders, str):
            yield from (root / line.strip() for line in folders.splitlines() if line.strip())


# --- InvokeAI ---


def _invoke_places(root: Path) -> tuple[ScanPlace, ...]:
    models = root / _invoke_models_folder(root)
    inside = (ScanPlace(Program.INVOKEAI, models),) if models.is_dir() else ()
    recorded = read_invoke_paths(root / "databases/invokeai.db", models)
    elsewhere = (path for path in recorded if not path.is_relative_to(models) and path.exists())
    return (*inside, *(ScanPlace(Program.INVOKEAI, path) for path in elsewhere))


def _invoke_models_folder(root: Path) -> Path:
    """`models_dir` of its settings, or the usual one."""
    try:
        text = (root / "invokeai.yaml").read_text(encoding="utf-8")[:_LARGEST_YAML]
    except (OSError, ValueError):
        return Path("models")
    found = re.search(r"^models_dir:\s*(\S.*?)\s*$", text, re.MULTILINE)
    return Path(found[1].strip("\"'")) if found else Path("models")


def read_invoke_paths(database: Path, models: Path) -> tuple[Path, ...]:
    """The paths in InvokeAI's list of models; relative ones begin in `models`. None when it cannot be read.

    The database is opened read-only and without trust in its schema.
    """
    if not database.is_file():
        return ()
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            rows = connection.execute("SELECT config FROM models LIMIT ?", (_MOST_ROWS,)).fetchall()
    except sqlite3.Error:
        return ()
    return tuple(models / path for (config,) in rows if (path := _recorded_path(config)) is not None)


def _recorded_path(config: object) -> str | None:
    try:
        record: object = json.loads(config) if isinstance(config, str) else None
    except (ValueError, RecursionError):
        return None
    path = cast("dict[str, object]", record).get("path") if isinstance(record, dict) else None
    return path if isinstance(path, str) and "\0" not in path else None


def _without_repetition(places: list[ScanPlace]) -> tuple[ScanPlace, ...]:
    """No place twice, and none that lies in another."""
    kept: dict[Path, ScanPlace] = {}
    for place in places:
        kept.setdefault(place.path.resolve(), place)
    return tuple(place for path, place in kept.items() if not kept.keys() & set(path.parents))
