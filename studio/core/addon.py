"""Small files that change what a model makes: LoRAs, textual inversions, other VAEs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from studio.core.checkpoint import ModelFamily
from studio.core.errors import InvalidAddonWeight


class AddonKind(StrEnum):
    """What a file that is no whole model is for."""

    LORA = "lora"
    TEXTUAL_INVERSION = "textual_inversion"
    VAE = "vae"
    CONTROLNET = "controlnet"
    UPSCALER = "upscaler"


@dataclass(frozen=True, slots=True)
class Addon:
    """An installed add-on: a single .safetensors file, or a folder as diffusers writes it (VAE, ControlNet).

    `family` is the family of the models that it fits; None where the file does not tell, or fits any.
    """

    name: str
    path: Path
    kind: AddonKind
    family: ModelFamily | None


@dataclass(frozen=True, slots=True)
class LoraUse:
    """A LoRA with the strength it is applied with, to the denoiser and to the text encoders.

    Raises:
        InvalidAddonWeight: unless both are finite numbers from -10 to 10.
    """

    LOWEST: ClassVar[float] = -10.0
    HIGHEST: ClassVar[float] = 10.0

    lora: Addon
    weight: float
    text_encoder_weight: float

    def __post_init__(self) -> None:
        for weight in (self.weight, self.text_encoder_weight):
            if not math.isfinite(weight) or not self.LOWEST <= weight <= self.HIGHEST:
                raise InvalidAddonWeight(self.lora.name, weight, self.LOWEST, self.HIGHEST)


@dataclass(frozen=True, slots=True)
class Addons:
    """What a request adds to its model. `embeddings` are those textual inversions whose names the prompts contain."""

    loras: tuple[LoraUse, ...] = ()
    embeddings: tuple[Addon, ...] = ()
    vae: Addon | None = None

    @property
    def each(self) -> tuple[Addon, ...]:
        """All of them, in one row."""
        vae = () if self.vae is None else (self.vae,)
        return (*(use.lora for use in self.loras), *self.embeddings, *vae)


@dataclass(frozen=True, slots=True)
class UsedAddon:
    """What a picture tells about an add-on: named, not located, with what identifies it for good.

    `sha256` is over the file, of a folder over its file of weights. `tensors_sha256` is over the tensors of a
    safetensors file alone (AutoV3): editing the metadata does not change it. Weights are those of a LoRA, else 1.
    """

    kind: AddonKind
    name: str
    sha256: str
    tensors_sha256: str
    weight: float = 1.0
    text_encoder_weight: float = 1.0
