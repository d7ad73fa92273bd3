"""The earlier stretches of a branch in words. No Qt."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.language import tr
from studio.core.request import Stretch
from studio.core.scheduler import ScheduleType


def told_stretches(stretches: Iterable[Stretch]) -> list[str]:
    """What each says, and until which step, where there are several."""
    told = list(stretches)
    return [
        _settings(each)
        if len(told) == 1
        else tr("until {step} {settings}", step=each.until_step, settings=_settings(each))
        for each in told
    ]


def _settings(stretch: Stretch) -> str:
    schedule = "" if stretch.schedule is ScheduleType.AUTOMATIC else f" {stretch.schedule.label}"
    prompt = stretch.prompt
    return ", ".join(
        [
            f"“{prompt.text}”" if prompt.text else tr("an empty prompt"),
            *([tr("without “{negative}”", negative=prompt.negative)] if prompt.negative else []),
            f"CFG {stretch.guidance_scale:g}",
            *([tr("rescale {rescale:g}", rescale=stretch.guidance_rescale)] if stretch.guidance_rescale else []),
            f"{stretch.scheduler.label}{schedule}",
        ]
    )
