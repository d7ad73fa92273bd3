"""What the program knows about a model without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName


class ModelFamily(StrEnum):
    """The architecture, which decides the pipeline; `studio.core.family` has what is true of each."""

    STABLE_DIFFUSION = "stable_diffusion"
    """Stable Diffusion 1.x, and models of its layout such as the bundled one."""
    STABLE_DIFFUSION_2 = "stable_diffusion_2"
    STABLE_DIFFUSION_XL = "stable_diffusion_xl"
    STABLE_DIFFUSION_XL_REFINER = "stable_diffusion_xl_refiner"
    STABLE_DIFFUSION_3 = "stable_diffusion_3"
    """Stable Diffusion 3 and 3.5."""
    FLUX = "flux"
    """FLUX.1."""
    FLUX_2 = "flux_2"
    Z_IMAGE = "z_image"
    QWEN_IMAGE = "qwen_image"


class Prediction(StrEnum):
    """What the network was trained to tell from a noisy picture."""

    EPSILON = "epsilon"
    """The noise in it."""
    V = "v_prediction"
    """A mixture of noise and picture (Salimans and Ho 2022, arXiv 2202.00512)."""
    FLOW = "flow"
    """The straight way from picture to noise (rectified flow, Liu et al. 2022, arXiv 2209.03003)."""


@dataclass(frozen=True, slots=True)
class RecommendedSampling:
    """The settings that a model is at its best with."""

    size: Size
    num_inference_steps: int
    guidance_scale: float
    scheduler: SchedulerName


@dataclass(frozen=True, slots=True)
class Companion:
    """The file of one part of a model (`text_encoder_2`, `vae`) that the model's own file does not hold."""

    part: str
    path: Path


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An installed model: `path` is a diffusers folder or a single .safetensors or .gguf file."""

    name: str
    path: Path
    family: ModelFamily
    recommended: RecommendedSampling
    examples: tuple[str, ...] = ()
    """Prompts that the model is good at, for people who see it for the first time."""
    good_at: str = ""
    """What it can draw, in one sentence; empty where nobody wrote it down."""
    prediction: Prediction = Prediction.EPSILON
    inpainting: bool = False
    """Trained for inpainting: besides the latents it sees the mask and the masked picture."""
    companions: tuple[Companion, ...] = ()
    """What a single file lacks, found beside it."""
    entry_id: str | None = None
    """Of the catalogue's entry that it came from."""
