"""Samplers and noise schedules by the names of k-diffusion, as ComfyUI, Fooocus, NovelAI and InvokeAI write them."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.scheduler import SchedulerName, ScheduleType

_SCHEDULERS = {
    "euler": SchedulerName.EULER,
    "euler_a": SchedulerName.EULER_ANCESTRAL,
    "euler_ancestral": SchedulerName.EULER_ANCESTRAL,
    "ddim": SchedulerName.DDIM,
    "dpmpp_2m": SchedulerName.DPMPP_2M,
    "lcm": SchedulerName.LCM,
    "unipc": SchedulerName.UNIPC,
    "uni_pc": SchedulerName.UNIPC,
    "uni_pc_bh2": SchedulerName.UNIPC,
}
_SCHEDULES = {
    "": ScheduleType.AUTOMATIC,
    "automatic": ScheduleType.AUTOMATIC,
    "normal": ScheduleType.AUTOMATIC,
    "native": ScheduleType.AUTOMATIC,
    "karras": ScheduleType.KARRAS,
    "exponential": ScheduleType.EXPONENTIAL,
    "beta": ScheduleType.BETA,
    "sgm_uniform": ScheduleType.SGM_UNIFORM,
}


@dataclass(frozen=True, slots=True)
class NamedSampler:
    """None for what does not exist here."""

    scheduler: SchedulerName | None
    schedule: ScheduleType | None


def sampler_called(sampler: object, schedule: object) -> NamedSampler:
    """`dpmpp_2m` with `karras`, also with the marks that programs put around it (`k_dpmpp_2m`, `dpmpp_2m_k`)."""
    name = sampler.casefold().removeprefix("k_") if isinstance(sampler, str) else ""
    spacing = schedule.casefold() if isinstance(schedule, str) else ""
    if name.endswith("_k"):
        name, spacing = name.removesuffix("_k"), "karras"
    return sampler_of(_SCHEDULERS.get(name), _SCHEDULES.get(spacing))


def sampler_of(scheduler: SchedulerName | None, schedule: ScheduleType | None) -> NamedSampler:
    """Without a schedule that the sampler does not have; DPM++ 2M with Karras' is a sampler of its own here."""
    if scheduler is SchedulerName.DPMPP_2M and schedule is ScheduleType.KARRAS:
        return NamedSampler(SchedulerName.DPMPP_2M_KARRAS, ScheduleType.AUTOMATIC)
    if scheduler is None or schedule not in scheduler.schedules:
        return NamedSampler(scheduler, None)
    return NamedSampler(scheduler, schedule)
