"""What the program knows about a model without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName


class ModelFamily(StrEnum):
    """The architecture, which decides the pipeline."""

    STABLE_DIFFUSION = "stable_diffusion"


@dataclass(frozen=True, slots=True)
class RecommendedSampling:
    """The settings that a model is at its best with."""

    size: Size
    num_inference_steps: int
    guidance_scale: float
    scheduler: SchedulerName


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An installed model: `path` is a diffusers folder."""

    name: str
    path: Path
    family: ModelFamily
    recommended: RecommendedSampling
    examples: tuple[str, ...] = ()
    """Prompts that the model is good at, for people who see it for the first time."""
    good_at: str = ""
    """What it can draw, in one sentence; empty where nobody wrote it down."""
