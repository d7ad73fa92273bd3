"""The settings of a picture that another program made."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.addon_names import LoraTag
from studio.core.geometry import Size
from studio.core.request import Prompt
from studio.core.scheduler import SchedulerName, ScheduleType


@dataclass(frozen=True, slots=True)
class ForeignSettings:
    """What another program's picture tells; None for what it does not, or what does not exist here.

    A schedule, CFG rescale or clip skip that is not written is the usual one.
    """

    prompt: Prompt
    scheduler: SchedulerName | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    seed: int | None = None
    size: Size | None = None
    schedule: ScheduleType | None = None
    guidance_rescale: float | None = None
    clip_skip: int | None = None
    vae: str | None = None
    """The name of a file, without its folder and ending; so are `checkpoint_name` and the names of `loras`."""
    checkpoint_name: str | None = None
    loras: tuple[LoraTag, ...] = ()
    """Those that the prompt names, too."""
    program: str = ""
    """The program that made it, with its version where that is told."""
