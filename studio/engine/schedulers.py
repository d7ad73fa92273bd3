"""Samplers: a fresh diffusers scheduler for each picture, because a scheduler keeps state between its steps."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)

from studio.core.scheduler import SchedulerName
from studio.engine.pipeline_types import Scheduler

SchedulerConfig: TypeAlias = Mapping[str, object]
"""What a checkpoint's `scheduler_config.json` says about its noise schedule."""

_CLASSES: Mapping[SchedulerName, type] = {
    SchedulerName.EULER: EulerDiscreteScheduler,
    SchedulerName.EULER_ANCESTRAL: EulerAncestralDiscreteScheduler,
    SchedulerName.DDIM: DDIMScheduler,
    SchedulerName.DPMPP_2M: DPMSolverMultistepScheduler,
    SchedulerName.DPMPP_2M_KARRAS: DPMSolverMultistepScheduler,
    SchedulerName.UNIPC: UniPCMultistepScheduler,
    SchedulerName.LCM: LCMScheduler,
}
_PLAIN_SIGMAS = {"use_karras_sigmas": False, "use_exponential_sigmas": False, "use_beta_sigmas": False}
_DPMPP_2M = {"algorithm_type": "dpmsolver++", "solver_order": 2}
_OPTIONS: Mapping[SchedulerName, Mapping[str, object]] = {
    SchedulerName.EULER: _PLAIN_SIGMAS,
    SchedulerName.EULER_ANCESTRAL: {},
    SchedulerName.DDIM: {},
    SchedulerName.DPMPP_2M: {**_PLAIN_SIGMAS, **_DPMPP_2M},
    SchedulerName.DPMPP_2M_KARRAS: {**_PLAIN_SIGMAS, **_DPMPP_2M, "use_karras_sigmas": True},
    SchedulerName.UNIPC: _PLAIN_SIGMAS,
    SchedulerName.LCM: {},
}
"""A sampler's name says its order and spacing, so the checkpoint's own preference must not."""

_LCM_TRAINING_STEPS = 50


def make_scheduler(
    name: SchedulerName, config: SchedulerConfig, num_inference_steps: int, *, corrects: bool = True
) -> Scheduler:
    """A scheduler of kind `name` for the noise schedule that the checkpoint was trained with.

    UniPC corrects its last step when it takes the next, from the latents it had before: whoever changes latents between
    the steps must switch that off (`corrects`), or the change is undone.
    """
    options = {**config, **_OPTIONS[name]}
    if name is SchedulerName.UNIPC and not corrects:
        options["disable_corrector"] = list(range(num_inference_steps))
    if name is SchedulerName.LCM:
        # LCM takes a subset of the steps that it was distilled with, and refuses to take more than those.
        options["original_inference_steps"] = max(_LCM_TRAINING_STEPS, num_inference_steps)
    from_config = cast("Callable[[dict[str, object]], Scheduler]", _CLASSES[name].from_config)
    return from_config(options)
