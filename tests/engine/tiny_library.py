"""The tiny models on disk, each made when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from studio.checkpoints.inspect import inspect_checkpoint
from studio.core.checkpoint import Checkpoint
from tests.engine.tiny_models import TINY_MODELS


@dataclass(frozen=True)
class TinyLibrary:
    """`root` holds a folder for each kind of model; `configs` of one is what `resources/configs` is to a real one."""

    root: Path
    _inspected: dict[Path, Checkpoint] = field(default_factory=dict)

    def folder(self, kind: str) -> Checkpoint:
        return self._checkpoint(self._made(kind) / "folder")

    def file(self, kind: str) -> Checkpoint:
        return self._checkpoint(self._made(kind) / "file" / f"{kind}.safetensors")

    def configs(self, kind: str) -> Path:
        return self._made(kind) / "configs"

    def _checkpoint(self, path: Path) -> Checkpoint:
        if path not in self._inspected:
            self._inspected[path] = inspect_checkpoint(path)
        return self._inspected[path]

    def _made(self, kind: str) -> Path:
        place = self.root / kind
        if not place.exists():
            model = TINY_MODELS[kind]
            model.save_folder(place / "folder")
            model.save_file(place / "folder", place / "file", place / "configs")
        return place
