"""What happens in a step, in words and numbers."""

from __future__ import annotations

import math

from studio.core.trajectory import NoiseLevel
from studio.ui.process.shown_process import ShownProcess, ShownStep

_HARDLY = 0.02
"""Of the variance, or of a latent whose values are about 1."""


def numbers_text(step: ShownStep) -> str:
    """ "t 301  ·  σ 0.82  ·  ᾱ 0.60"."""
    level = step.level
    return f"t {step.timestep:.0f}  ·  σ {sigma_text(level)}  ·  ᾱ {level.alpha_bar:.2f}"


def sigma_text(level: NoiseLevel) -> str:
    """Three digits that count."""
    return "∞" if math.isinf(level.sigma) else f"{level.sigma:.3g}"


def story_text(process: ShownProcess, index: int) -> str:
    """What the model saw, and how its guess moved; of inpainting, what is put back."""
    step = process.steps[index]
    told = (_seen_text(step.level), _moved_text(process, index), *_kept_texts(process, index))
    return " ".join(told)


def _seen_text(level: NoiseLevel) -> str:
    share = level.alpha_bar
    if share < _HARDLY:
        return "The model sees hardly anything but noise, and guesses the picture behind it from your words."
    if share > 1 - _HARDLY:
        return "Hardly any noise is left: what the model sees is nearly what it guesses."
    return f"What the model sees is {share:.0%} picture and {1 - share:.0%} noise."


def _kept_texts(process: ShownProcess, index: int) -> tuple[str, ...]:
    """What inpainting does outside the mask before this step, or after the last one."""
    free, last = process.steps[index].free, len(process.steps) - 1
    if free is None:
        return ()
    kept = f"{1 - float(free.mean()):.0%}"
    if index == 0:
        return (f"All begins as the picture under noise; outside the outline ({kept}) it will be put back.",)
    if index == last:
        return (f"Outside the outline ({kept}) the picture is put back after it, without noise.",)
    return (f"Outside the outline ({kept}) the picture was put back before it, with as much noise.",)


def _moved_text(process: ShownProcess, index: int) -> str:
    if index == 0:
        return "It is the first guess."
    change = process.steps[index].change
    largest = max(step.change for step in process.steps)
    if change == largest and change > _HARDLY:
        return f"Its guess moves by {change:.2f}, more than in any other step."
    if change < _HARDLY:
        return f"Its guess stands still: it moves by {change:.3f}."
    return f"Its guess moves by {change:.2f}."
