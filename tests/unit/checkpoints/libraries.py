"""A library of models in a folder of its own, and what a test wants to know of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from studio.checkpoints import model_copy
from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.inspection_cache import Model
from studio.checkpoints.installed_model import InstalledModel
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.library_places import LibraryPlaces
from studio.checkpoints.model_kind import ModelKind
from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint, Companion, ModelFamily, RecommendedSampling
from studio.core.errors import CheckpointIncomplete, NotACheckpoint
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName
from tests.unit.checkpoints.model_folder import safetensors, tensor

BIG = 2 * 1024 * 1024


class Inspector:
    """Tells a LoRA by its one tensor, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[Path] = []

    def __call__(self, path: Path) -> Model:
        self.asked.append(path)
        if path.is_file() and b"lora_down" in path.read_bytes()[:2000]:
            return Addon(path.stem, path, AddonKind.LORA, ModelFamily.STABLE_DIFFUSION)
        return inspect_checkpoint(path)


class PartsBeside(Inspector):
    """`main.safetensors` needs `vae.safetensors` beside it, which is no model of its own."""

    def __call__(self, path: Path) -> Model:
        file = path / "main.safetensors" if path.is_dir() else path
        beside = file.with_name("vae.safetensors")
        if file.name == "vae.safetensors":
            raise NotACheckpoint(file, "a part of a model")
        if not beside.is_file():
            raise CheckpointIncomplete(file, "vae")
        self.asked.append(path)
        best = RecommendedSampling(Size(512, 512), 20, 5.0, SchedulerName.EULER)
        return Checkpoint(file.stem, file, ModelFamily.FLUX, best, companions=(Companion("vae", beside),))


class Libraries:
    """A library in a folder of its own; `again()` is the program's next start."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inspector = Inspector()
        self.places = LibraryPlaces(
            {ModelKind.CHECKPOINT: home / "checkpoints", ModelKind.LORA: home / "loras"},
            home / "state",
            home / "cache/models.json",
        )
        self.library = self.again()

    def again(self) -> ModelLibrary:
        self.inspector = Inspector()
        return ModelLibrary(self.places, self.inspector)


def make_lora(path: Path, size: int = 4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors({"lora_down.weight": tensor("U8", [size], 0, size)}, bytes(size)))
    return path


def picture_of(library: ModelLibrary, model: InstalledModel) -> bytes:
    file = library.thumbnails.of(model)
    assert file is not None
    return file.read_bytes()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def all_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def nowhere_half_done(home: Path) -> bool:
    return not [path for path in home.rglob("*.importing*") if path.exists()] and not list(home.rglob("*.tmp"))


@pytest.fixture(autouse=True)
def plenty_of_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_copy, "SPARE_BYTES", 1)
