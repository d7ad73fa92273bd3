"""The state of a training run on disk: whole or not there, whatever happens while it is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

Weights = dict[str, torch.Tensor]
State = dict[str, Any]
"""step, samples (ints), network, average (weights) and optimiser (its own state)."""


def write_state(file: Path, state: State) -> None:
    """Replaces the file in one step: a kill or a full disk leaves the previous state."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".tmp")
    with unfinished.open("wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, file)


def read_state(file: Path) -> State | None:
    """The state, on the CPU; None when the run has not written one yet."""
    return torch.load(file, map_location="cpu", weights_only=True) if file.exists() else None
