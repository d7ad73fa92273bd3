"""What a file of weights can be, and what is asked of its tensors to find out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from studio.core.addon import AddonKind
from studio.core.checkpoint import ModelFamily, Prediction
from studio.core.components import PartKind

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A model, or its denoiser alone: `parts` are the other parts that are in the same file."""

    family: ModelFamily
    prediction: Prediction
    inpainting: bool = False
    distilled: bool = False
    """Trained to need few steps and no guidance, as far as the tensors tell."""
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AddonIdentity:
    """An add-on; `family` is None where the tensors do not tell, or it fits several."""

    kind: AddonKind
    family: ModelFamily | None


@dataclass(frozen=True, slots=True)
class PartIdentity:
    """One part of a model: `width` tells a small CLIP from a large one, `latent_channels` one VAE from another."""

    kind: PartKind
    width: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing that the program can use; `seen` says what it looks like."""

    seen: str


Identity: TypeAlias = ModelIdentity | AddonIdentity | PartIdentity | Unknown


def has_any(shapes: Shapes, *names: str) -> bool:
    return any(name in shapes for name in names)


def first_shape(shapes: Shapes, *names: str) -> tuple[int, ...] | None:
    return next((shapes[name] for name in names if name in shapes), None)


def unet_text_width(denoiser: Shapes) -> int | None:
    """How wide the text is that the UNet reads."""
    return next((shape[-1] for name, shape in denoiser.items() if name.endswith("attn2.to_k.weight")), None)
