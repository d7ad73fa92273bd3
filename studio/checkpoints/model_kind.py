"""What a file or folder of the library is for: a whole model, or one of the kinds of add-ons."""

from __future__ import annotations

from enum import StrEnum

from studio.core.addon import Addon, AddonKind
from studio.core.checkpoint import Checkpoint


class ModelKind(StrEnum):
    """The values of `AddonKind`, and whole models."""

    CHECKPOINT = "checkpoint"
    LORA = AddonKind.LORA.value
    TEXTUAL_INVERSION = AddonKind.TEXTUAL_INVERSION.value
    VAE = AddonKind.VAE.value
    CONTROLNET = AddonKind.CONTROLNET.value
    UPSCALER = AddonKind.UPSCALER.value

    @classmethod
    def of(cls, model: Checkpoint | Addon) -> ModelKind:
        return cls.CHECKPOINT if isinstance(model, Checkpoint) else cls(model.kind.value)
