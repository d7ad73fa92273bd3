"""Samplers by the names of the field."""

from __future__ import annotations

from enum import StrEnum

from studio.core.errors import UnknownScheduler


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
    SGM_UNIFORM = "sgm_uniform"


_LABELS = {
    SchedulerName.EULER: "Euler",
    SchedulerName.EULER_ANCESTRAL: "Euler a",
    SchedulerName.DDIM: "DDIM",
    SchedulerName.DPMPP_2M: "DPM++ 2M",
    SchedulerName.DPMPP_2M_KARRAS: "DPM++ 2M Karras",
    SchedulerName.UNIPC: "UniPC",
    SchedulerName.LCM: "LCM",
}
