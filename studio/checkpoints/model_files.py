"""Finds what may be a model below a folder, by names alone: nothing is opened.

A folder with `model_index.json` is a whole model as diffusers writes it; one with `config.json` and weights is a part,
such as a VAE. Every other file counts by its ending.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.checkpoints.download.file_names import PART_ENDING
from studio.checkpoints.inspect_folder import MODEL_INDEX
from studio.checkpoints.manifest import MANIFEST_NAME
from studio.checkpoints.weights_file import PICKLE_ENDINGS, SAFETENSORS_ENDINGS
from studio.core.gguf_header import GGUF_ENDING

MODEL_ENDINGS = PICKLE_ENDINGS | SAFETENSORS_ENDINGS | {GGUF_ENDING}
"""Also of those that are refused: it is said why."""
MOST_ENTRIES = 50_000
_DEEPEST = 8
_PART_CONFIG = "config.json"


@dataclass(slots=True)
class WalkBudget:
    """How many files and folders may still be looked at. `links_passed` counts links that lead out of the place."""

    entries_left: int = MOST_ENTRIES
    links_passed: int = 0

    @property
    def is_spent(self) -> bool:
        return self.entries_left <= 0


def models_below(folder: Path, budget: WalkBudget) -> Iterator[Path]:
    """Files and folders below `folder` that may be models, in the order of their names.

    Hidden ones, unfinished downloads and links that lead out of `folder` are passed over; a folder that cannot be read
    counts as empty. Ends early when the budget is spent.
    """
    yield from _models_in(folder, folder.resolve(), _DEEPEST, budget, is_top=True)


def model_in(folder: Path) -> Path:
    """What is inspected of a model that has `folder` for itself: the one file in it, else the folder."""
    names = os.listdir(folder)  # noqa: PTH208
    return _only_file(folder, {name for name in names if not name.startswith(".")}) or folder


def is_model_folder(folder: Path) -> bool:
    """The folder is a model, or a part of one, by the names in it. Raises OSError."""
    return _is_model_folder(set(os.listdir(folder)))  # noqa: PTH208


def _only_file(folder: Path, names: set[str]) -> Path | None:
    files = [name for name in names if _is_model_file(name)]
    return folder / files[0] if len(files) == 1 and not _is_model_folder(names) else None


def is_unfinished(folder: Path) -> bool:
    """A download into this folder has not ended."""
    return any(name.endswith(PART_ENDING) for _, _, names in os.walk(folder) for name in names)


def _models_in(folder: Path, root: Path, depth: int, budget: WalkBudget, *, is_top: bool) -> Iterator[Path]:
    entries = _entries(folder, budget)
    names = {entry.name for entry in entries}
    if not is_top and MANIFEST_NAME in names:
        yield _only_file(folder, names) or folder
        return
    if not is_top and _is_model_folder(names):
        yield folder
        return
    if not is_top and any(name.endswith(PART_ENDING) for name in names):
        return
    for entry in entries:
        if budget.is_spent:
            return
        path = Path(entry.path)
        if entry.is_symlink() and not _stays_inside(path, root):
            budget.links_passed += 1
        elif entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _models_in(path, root, depth - 1, budget, is_top=False)
        elif _is_model_file(entry.name) and entry.is_file():
            yield path


def _entries(folder: Path, budget: WalkBudget) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            visible = (entry for entry in found if not entry.name.startswith(".") or entry.name == MANIFEST_NAME)
            entries = sorted(visible, key=lambda entry: entry.name.casefold())
    except OSError:  # gone meanwhile, or not ours to read: what is not seen is not offered
        return []
    kept = entries[: max(budget.entries_left, 0)]
    budget.entries_left -= len(entries)
    return kept


def _is_model_folder(names: set[str]) -> bool:
    return MODEL_INDEX in names or (_PART_CONFIG in names and any(_is_model_file(name) for name in names))


def _is_model_file(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in MODEL_ENDINGS  # noqa: PTH122 - a path object for each costs a second


def _stays_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # broken, or a ring of links
        return False
