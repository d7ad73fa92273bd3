"""Grids that are wanted often, set up by one click."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.language import tr
from studio.core.request import GenerationRequest, Sampling
from studio.grids.axes import AxisKind

_SEEDS = 16
STEPS = "5, 10, 20, 30, 50, 100"
"""From too few to more than can be seen."""
GUIDANCE = "1, 2, 3, 5, 7, 9, 11, 13, 15"
"""From CFG that does nothing to CFG that burns."""
_SAMPLERS = "Euler, DPM++ 2M, DDIM, UniPC"


@dataclass(frozen=True, slots=True)
class Preset:
    """`axes` are what is varied and its values, as they would be typed."""

    name: str
    tip: str
    axes: tuple[tuple[AxisKind, str], ...]


def presets(base: GenerationRequest) -> tuple[Preset, ...]:
    """About what is asked for now: its seed is the first of the sheet."""
    first = min(base.sampling.seed, Sampling.HIGHEST_SEED - _SEEDS + 1)
    return (
        Preset(
            tr("Seed sheet, 4 × 4"),
            tr("The same prompt from 16 seeds: what belongs to the prompt, and what to the noise"),
            ((AxisKind.SEED, f"{first}-{first + _SEEDS - 1}"),),
        ),
        Preset(
            tr("CFG 1 to 15"),
            tr("The same seed, following the prompt more and more strictly, and how much of each picture burns"),
            ((AxisKind.GUIDANCE, GUIDANCE),),
        ),
        Preset(
            tr("More steps"),
            tr("The same seed with 5 to 100 steps, and how far each picture is from that of 100"),
            ((AxisKind.STEPS, STEPS),),
        ),
        Preset(
            tr("More steps, by sampler"),
            tr("The same with four samplers: which one is soon where it ends"),
            ((AxisKind.STEPS, STEPS), (AxisKind.SAMPLER, _SAMPLERS)),
        ),
    )
