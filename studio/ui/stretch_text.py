"""The earlier stretches of a branch in words. No Qt."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.request import Stretch
from studio.core.scheduler import ScheduleType


def told_stretches(stretches: Iterable[Stretch]) -> list[str]:
    """What each says, and until which step, where there are several."""
    told = list(stretches)
    return [_settings(each) if len(told) == 1 else f"until {each.until_step} {_settings(each)}" for each in told]


def _settings(stretch: Stretch) -> str:
    schedule = "" if stretch.schedule is ScheduleType.AUTOMATIC else f" {stretch.schedule.label}"
    prompt = stretch.prompt
    return ", ".join(
        [
            f"“{prompt.text}”" if prompt.text else "an empty prompt",
            *([f"without “{prompt.negative}”"] if prompt.negative else []),
            f"CFG {stretch.guidance_scale:g}",
            *([f"rescale {stretch.guidance_rescale:g}"] if stretch.guidance_rescale else []),
            f"{stretch.scheduler.label}{schedule}",
        ]
    )
