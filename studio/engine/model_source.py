"""Where the parts of a model come from: what a folder and a single file have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.errors import CheckpointNotFound
from studio.engine.component_cache import ComponentKey
from studio.engine.config_file import JsonObject
from studio.engine.pipeline_types import Tokenizer
from studio.engine.schedulers import SchedulerConfig


@dataclass(frozen=True, slots=True, eq=False)
class NetworkSource:
    """One network. `load` gives it whole and on its device; `files` are those of its weights."""

    key: ComponentKey
    files: tuple[Path, ...]
    load: Callable[[], torch.nn.Module]


@dataclass(frozen=True, slots=True, eq=False)
class ModelSource:
    """A model that was looked at, and of which nothing large was loaded yet.

    `index` is its `model_index.json`: some values of it are settings of the pipeline.
    """

    checkpoint: Checkpoint
    networks: Mapping[str, NetworkSource]
    tokenizers: Mapping[str, Tokenizer]
    scheduler_config: SchedulerConfig
    index: JsonObject

    @property
    def family(self) -> ModelFamily:
        return self.checkpoint.family

    def load_part(self, part: str) -> torch.nn.Module:
        """One network, once more. Raises what `CheckpointLoader.load` raises."""
        if not self.checkpoint.path.exists():
            raise CheckpointNotFound(self.checkpoint.name)
        return self.networks[part].load()
