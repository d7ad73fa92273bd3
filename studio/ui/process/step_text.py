"""What happens in a step, in words and numbers."""

from __future__ import annotations

import math

from studio.core.language import tr
from studio.core.trajectory import NoiseLevel
from studio.ui.process.shown_process import ShownProcess, ShownStep

_HARDLY = 0.02
"""Of the variance, or of a latent whose values are about 1."""


def numbers_text(step: ShownStep) -> str:
    """ "t 301  ·  σ 0.82  ·  ᾱ 0.60"."""
    level = step.level
    return tr(
        "t {timestep:.0f}  ·  σ {sigma}  ·  ᾱ {alpha_bar:.2f}",
        timestep=step.timestep,
        sigma=sigma_text(level),
        alpha_bar=level.alpha_bar,
    )


def level_text(level: NoiseLevel) -> str:
    """ "σ 0.82  ·  ᾱ 0.60"."""
    return tr("σ {sigma}  ·  ᾱ {alpha_bar:.2f}", sigma=sigma_text(level), alpha_bar=level.alpha_bar)


def sigma_text(level: NoiseLevel) -> str:
    """Three digits that count."""
    return "∞" if math.isinf(level.sigma) else f"{level.sigma:.3g}"


def story_text(process: ShownProcess, index: int) -> str:
    """What the model saw, and how its guess moved; of inpainting, what is put back."""
    step = process.steps[index]
    told = (seen_text(step.level), _moved_text(process, index), *_kept_texts(process, index))
    return " ".join(told)


def seen_text(level: NoiseLevel) -> str:
    """How much of the picture the model saw."""
    share = level.alpha_bar
    if share < _HARDLY:
        return tr("The model sees hardly anything but noise, and guesses the picture behind it from your words.")
    if share > 1 - _HARDLY:
        return tr("Hardly any noise is left: what the model sees is nearly what it guesses.")
    return tr("What the model sees is {share:.0%} picture and {noise:.0%} noise.", share=share, noise=1 - share)


def _kept_texts(process: ShownProcess, index: int) -> tuple[str, ...]:
    """What inpainting does outside the mask before this step, or after the last one."""
    free, last = process.steps[index].free, len(process.steps) - 1
    if free is None:
        return ()
    if not free.any():
        return (tr("Nothing becomes another picture yet: the part that may opens later."),)
    kept = f"{1 - float(free.mean()):.0%}"
    if index == 0:
        return (
            tr("All begins as the picture under noise; outside the outline ({kept}) it will be put back.", kept=kept),
        )
    if index == last:
        return (tr("Outside the outline ({kept}) the picture is put back after it, without noise.", kept=kept),)
    return (tr("Outside the outline ({kept}) the picture was put back before it, with as much noise.", kept=kept),)


def _moved_text(process: ShownProcess, index: int) -> str:
    if index == 0:
        return tr("It is the first guess.")
    change = process.steps[index].change
    largest = max(step.change for step in process.steps)
    if change == largest and change > _HARDLY:
        return tr("Its guess moves by {change:.2f}, more than in any other step.", change=change)
    if change < _HARDLY:
        return tr("Its guess stands still: it moves by {change:.3f}.", change=change)
    return tr("Its guess moves by {change:.2f}.", change=change)
