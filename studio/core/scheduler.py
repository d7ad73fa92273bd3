"""Samplers by the names of the field."""

from __future__ import annotations

from enum import StrEnum

from studio.core.errors import UnknownChoice, UnknownScheduler


class SchedulerName(StrEnum):
    """A sampler together with its noise schedule. The value is stable: it is stored in pictures and settings."""

    EULER = "euler"
    EULER_ANCESTRAL = "euler_a"
    DDIM = "ddim"
    DPMPP_2M = "dpmpp_2m"
    DPMPP_2M_KARRAS = "dpmpp_2m_karras"
    UNIPC = "unipc"
    LCM = "lcm"

    @property
    def label(self) -> str:
        """The name that people know, as A1111 writes it (`DPM++ 2M Karras`)."""
        return _LABELS[self]

    @property
    def schedules(self) -> tuple[ScheduleType, ...]:
        """The schedules that can be chosen with this sampler."""
        return _SCHEDULES[self]

    @classmethod
    def parse(cls, text: str) -> SchedulerName:
        """Read a value (`dpmpp_2m`) or a label (`DPM++ 2M`), in any case.

        Raises:
            UnknownScheduler: with the known values.
        """
        wanted = text.strip().casefold()
        for name in cls:
            if wanted in {name.value.casefold(), name.label.casefold()}:
                return name
        raise UnknownScheduler(text, tuple(name.value for name in cls))


class ScheduleType(StrEnum):
    """How the noise levels of the steps are spaced, apart from the sampler. The value is stored in pictures."""

    AUTOMATIC = "automatic"
    """As the sampler's name says (`DPM++ 2M Karras`), else as the model was trained."""
    KARRAS = "karras"
    EXPONENTIAL = "exponential"
    BETA = "beta"
    """Many steps at both ends, by the quantiles of a beta distribution (Lee et al. 2024, arXiv 2407.12173)."""
    SGM_UNIFORM = "sgm_uniform"
    """Evenly spaced, the first step at full noise, none spent on the last bit of it."""

    @property
    def label(self) -> str:
        """The name that people know, as A1111 writes it (`SGM Uniform`)."""
        return _SCHEDULE_LABELS[self]

    @classmethod
    def parse(cls, text: str) -> ScheduleType:
        """Read a value (`sgm_uniform`) or a label (`SGM Uniform`), in any case.

        Raises:
            UnknownChoice: with the known values.
        """
        wanted = text.strip().casefold()
        for schedule in cls:
            if wanted in {schedule.value.casefold(), schedule.label.casefold()}:
                return schedule
        raise UnknownChoice("schedule", text, tuple(schedule.value for schedule in cls))


_LABELS = {
    SchedulerName.EULER: "Euler",
    SchedulerName.EULER_ANCESTRAL: "Euler a",
    SchedulerName.DDIM: "DDIM",
    SchedulerName.DPMPP_2M: "DPM++ 2M",
    SchedulerName.DPMPP_2M_KARRAS: "DPM++ 2M Karras",
    SchedulerName.UNIPC: "UniPC",
    SchedulerName.LCM: "LCM",
}

_SCHEDULE_LABELS = {
    ScheduleType.AUTOMATIC: "Automatic",
    ScheduleType.KARRAS: "Karras",
    ScheduleType.EXPONENTIAL: "Exponential",
    ScheduleType.BETA: "Beta",
    ScheduleType.SGM_UNIFORM: "SGM Uniform",
}

_SCHEDULES = {
    SchedulerName.EULER: tuple(ScheduleType),
    SchedulerName.EULER_ANCESTRAL: tuple(ScheduleType),
    SchedulerName.DDIM: (ScheduleType.AUTOMATIC, ScheduleType.SGM_UNIFORM),  # steps of one length only
    SchedulerName.DPMPP_2M: tuple(ScheduleType),
    SchedulerName.DPMPP_2M_KARRAS: (ScheduleType.AUTOMATIC, ScheduleType.KARRAS),
    SchedulerName.UNIPC: tuple(ScheduleType),
    SchedulerName.LCM: (ScheduleType.AUTOMATIC,),  # the steps it was distilled with
}
