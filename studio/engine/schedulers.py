"""Samplers: a fresh diffusers scheduler for each picture, because a scheduler keeps state between its steps."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Mapping
from typing import TypeAlias, cast

import numpy as np
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    UniPCMultistepScheduler,
)

from studio.core.scheduler import SchedulerName, ScheduleType
from studio.engine.noise_levels import Levels, beta_levels, exponential_levels, karras_levels
from studio.engine.pipeline_types import Scheduler, SigmaScheduler

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

_LEVELS: Mapping[ScheduleType, Callable[[Levels, int], Levels]] = {
    ScheduleType.KARRAS: karras_levels,
    ScheduleType.EXPONENTIAL: exponential_levels,
    ScheduleType.BETA: beta_levels,
}
_TRAILING = {"timestep_spacing": "trailing"}
_NATIVE: Mapping[ScheduleType, Mapping[str, object]] = {
    ScheduleType.KARRAS: {"use_karras_sigmas": True},
    ScheduleType.EXPONENTIAL: {"use_exponential_sigmas": True},
    ScheduleType.SGM_UNIFORM: _TRAILING,
}
"""Schedules that diffusers has itself; the first two not for ancestral Euler."""

_LCM_TRAINING_STEPS = 50

_ZERO_SNR_MARK = "ztsnr"
_V_PREDICTION_MARK = "v_pred"


def make_scheduler(
    name: SchedulerName,
    config: SchedulerConfig,
    num_inference_steps: int,
    *,
    schedule: ScheduleType = ScheduleType.AUTOMATIC,
    corrects: bool = True,
) -> Scheduler:
    """A scheduler of kind `name` for the noise schedule that the checkpoint was trained with.

    `schedule` must be one of `name.schedules`. UniPC corrects its last step when it takes the next, from the latents it
    had before: whoever changes latents between the steps must switch that off (`corrects`), or the change is undone.
    """
    options = {**config, **_OPTIONS[name]}
    if name is SchedulerName.UNIPC and not corrects:
        options["disable_corrector"] = list(range(num_inference_steps))
    if name is SchedulerName.LCM:
        # LCM takes a subset of the steps that it was distilled with, and refuses to take more than those.
        options["original_inference_steps"] = max(_LCM_TRAINING_STEPS, num_inference_steps)
    if config.get("rescale_betas_zero_snr"):
        options |= _TRAILING  # any other spacing leaves out the last step, which alone has no signal left
    is_native = _is_native(name, schedule)
    if is_native:
        options |= _NATIVE[schedule]
    from_config = cast("Callable[[dict[str, object]], Scheduler]", _CLASSES[name].from_config)
    scheduler = from_config(options)
    if schedule in _LEVELS and not is_native:
        _space(cast("SigmaScheduler", scheduler), _LEVELS[schedule])
    if isinstance(scheduler, (DDIMScheduler, LCMScheduler)):
        _leave_table(cast("SigmaScheduler", scheduler))
    return scheduler


def keeps_signal(scheduler: Scheduler) -> bool:
    """Euler's samplers handle `x0 + sigma * eps`, all others what the network was trained on: of variance 1."""
    return isinstance(scheduler, (EulerDiscreteScheduler, EulerAncestralDiscreteScheduler))


def config_by_marks(config: SchedulerConfig, tensor_names: Container[str]) -> SchedulerConfig:
    """The configuration of a single file, whose training is told by empty tensors in it: `v_pred`, `ztsnr`."""
    marked = dict(config)
    if _V_PREDICTION_MARK in tensor_names:
        marked["prediction_type"] = "v_prediction"
    if _ZERO_SNR_MARK in tensor_names:
        marked |= {"rescale_betas_zero_snr": True, **_TRAILING}
    return marked


def _is_native(name: SchedulerName, schedule: ScheduleType) -> bool:
    has_only_trailing = name in {SchedulerName.EULER_ANCESTRAL, SchedulerName.DDIM}
    return schedule in _NATIVE and (schedule is ScheduleType.SGM_UNIFORM or not has_only_trailing)


def _leave_table(scheduler: SigmaScheduler) -> None:
    """From now on adding noise leaves the table of noise levels in main memory.

    diffusers moves it to the latents. On a card in float16 each later step would round what it reads there, and a
    picture that noise was added to in between would no longer be the one without, bit for bit.
    """
    add_noise = scheduler.add_noise

    @functools.wraps(add_noise)
    def add_and_leave(original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        table = scheduler.alphas_cumprod
        noisy = add_noise(original_samples, noise, timesteps)
        scheduler.alphas_cumprod = table
        return noisy

    scheduler.add_noise = add_and_leave


def _space(scheduler: SigmaScheduler, levels: Callable[[Levels, int], Levels]) -> None:
    """From now on `scheduler` spaces its steps so, over all the noise that the checkpoint was trained with."""
    set_timesteps = scheduler.set_timesteps

    @functools.wraps(set_timesteps)  # the pipeline reads the signature to see what can be set
    def set_spaced(num_inference_steps: int, device: object = None) -> None:
        set_timesteps(num_inference_steps, device=device)
        kept = scheduler.alphas_cumprod.double().numpy()
        trained = np.sqrt((1 - kept) / kept)
        sigmas = levels(trained, num_inference_steps)
        timesteps = np.interp(np.log(sigmas), np.log(trained), np.arange(len(trained)))
        scheduler.sigmas = torch.from_numpy(np.append(sigmas, 0.0)).to(scheduler.sigmas)
        rounded = timesteps if scheduler.timesteps.is_floating_point() else timesteps.round()
        scheduler.timesteps = torch.from_numpy(rounded).to(scheduler.timesteps)

    scheduler.set_timesteps = set_spaced
