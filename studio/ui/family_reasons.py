"""Why a setting means nothing for a model: sentences for what is greyed, empty where it means something."""

from __future__ import annotations

from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.family import FamilyTraits, TextEncoderKind, family_traits

_GUIDES_BY_ITSELF = 1.0
"""A recommended CFG scale above this, in a family without a negative prediction, is guidance that was learned."""


def without_negative(checkpoint: Checkpoint) -> str:
    """Why the negative prompt has no effect."""
    traits = family_traits(checkpoint.family)
    return "" if traits.guided_by_negative else f"{traits.label} models do not read this: say what you do want."


def without_guidance(checkpoint: Checkpoint) -> str:
    """Why the CFG scale has no effect."""
    traits = family_traits(checkpoint.family)
    if traits.guided_by_negative or checkpoint.recommended.guidance_scale > _GUIDES_BY_ITSELF:
        return ""
    return f"{traits.label} models follow the prompt as far as they were taught to."


def without_rescale(checkpoint: Checkpoint) -> str:
    """Why CFG rescale has no effect."""
    traits = family_traits(checkpoint.family)
    if not traits.guided_by_negative:
        return f"{traits.label} models have no CFG whose contrast could be taken back."
    return _of_flow(traits, "CFG rescale is for models that predict noise.")


def without_clip_skip(checkpoint: Checkpoint) -> str:
    """Why clip skip has no effect."""
    traits = family_traits(checkpoint.family)
    if traits.weights_words:
        return ""
    return f"{traits.label} models read the prompt with {_encoders(traits)}, of which no layer can be left out."


def without_schedule(checkpoint: Checkpoint) -> str:
    """Why the schedule cannot be chosen."""
    return _of_flow(family_traits(checkpoint.family), "they have their own schedule.")


def without_weights(checkpoint: Checkpoint) -> str:
    """Why weights in the prompt have no effect."""
    traits = family_traits(checkpoint.family)
    if traits.weights_words:
        return ""
    return f"Weights such as (word:1.2) do nothing here: {traits.label} models read plain sentences."


def _of_flow(traits: FamilyTraits, reason: str) -> str:
    if traits.prediction is not Prediction.FLOW:
        return ""
    return f"{traits.label} models go straight from noise to picture: {reason}"


def _encoders(traits: FamilyTraits) -> str:
    names = {TextEncoderKind.CLIP: "CLIP", TextEncoderKind.T5: "T5", TextEncoderKind.QWEN: "a language model"}
    return " and ".join(dict.fromkeys(names[kind] for kind in traits.text_encoders))
