"""Why a setting means nothing for a model: sentences for what is greyed, empty where it means something."""

from __future__ import annotations

from studio.core.checkpoint import Checkpoint, Prediction
from studio.core.family import family_traits, heeds_guidance
from studio.core.language import tr


def without_negative(checkpoint: Checkpoint) -> str:
    """Why the negative prompt has no effect."""
    traits = family_traits(checkpoint.family)
    return "" if traits.guided_by_negative else tr("{label} models do not read this.", label=traits.label)


def without_guidance(checkpoint: Checkpoint) -> str:
    """Why the CFG scale has no effect."""
    label = family_traits(checkpoint.family).label
    return "" if heeds_guidance(checkpoint) else tr("{label} models need no guidance.", label=label)


def without_rescale(checkpoint: Checkpoint) -> str:
    """Why CFG rescale has no effect."""
    traits = family_traits(checkpoint.family)
    if not traits.guided_by_negative:
        return tr("{label} models have no CFG.", label=traits.label)
    return tr("Only for models that predict noise.") if traits.prediction is Prediction.FLOW else ""


def without_clip_skip(checkpoint: Checkpoint) -> str:
    """Why clip skip has no effect."""
    traits = family_traits(checkpoint.family)
    return "" if traits.weights_words else tr("Only for models that read with CLIP alone.")


def without_schedule(checkpoint: Checkpoint) -> str:
    """Why the schedule cannot be chosen."""
    traits = family_traits(checkpoint.family)
    return tr("{label} models bring their own.", label=traits.label) if traits.prediction is Prediction.FLOW else ""


def without_weights(checkpoint: Checkpoint) -> str:
    """Why weights in the prompt have no effect."""
    traits = family_traits(checkpoint.family)
    if traits.weights_words:
        return ""
    return tr("Weights such as (word:1.2) do nothing here: {label} models read plain sentences.", label=traits.label)
