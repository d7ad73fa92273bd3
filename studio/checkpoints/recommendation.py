"""The settings that a model is at its best with, as far as they can be told without running it."""

from __future__ import annotations

import re
from dataclasses import replace

from studio.checkpoints.identities import ModelIdentity
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction, RecommendedSampling
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName

_FEW_STEPS = re.compile(r"turbo|lightning|lcm|hyper|schnell|dmd", re.IGNORECASE)


def recommended_for(identity: ModelIdentity, title: str) -> RecommendedSampling:
    """What suits `identity`. Distilled UNets have no tensor that tells: only the `title` of the file does."""
    best = family_traits(identity.family).recommended
    best = replace(best, size=_size_for(identity.family, identity.prediction))
    if identity.distilled or (identity.prediction is not Prediction.FLOW and _FEW_STEPS.search(title)):
        return few_steps(best, identity.prediction)
    return best


def with_prediction(checkpoint: Checkpoint, prediction: Prediction) -> Checkpoint:
    """As somebody says who knows that it predicts this. The kinds of Stable Diffusion 2 have sizes of their own."""
    best = checkpoint.recommended
    if best.size == _size_for(checkpoint.family, checkpoint.prediction):
        best = replace(best, size=_size_for(checkpoint.family, prediction))
    return replace(checkpoint, prediction=prediction, recommended=best)


def _size_for(family: ModelFamily, prediction: Prediction) -> Size:
    if family is ModelFamily.STABLE_DIFFUSION_2 and prediction is Prediction.EPSILON:
        return Size(512, 512)
    return family_traits(family).recommended.size


def few_steps(best: RecommendedSampling, prediction: Prediction) -> RecommendedSampling:
    """For models that were distilled to need four steps and no guidance."""
    scheduler = SchedulerName.EULER if prediction is Prediction.FLOW else SchedulerName.EULER_ANCESTRAL
    return replace(best, num_inference_steps=4, guidance_scale=1.0, scheduler=scheduler)
