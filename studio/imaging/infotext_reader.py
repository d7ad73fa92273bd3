"""Settings out of the text that the field's programs exchange (A1111's "infotext"), as far as this program has them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.request import Prompt, Sampling
from studio.core.scheduler import SchedulerName, ScheduleType

_NEGATIVE = "Negative prompt:"
_FEWEST_PAIRS = 3
"""A last line with fewer is a part of the prompt: A1111's own rule (modules/infotext_utils.py)."""
_LONGEST_LINE = 16_384
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ForeignSettings:
    """What another program's picture tells; None for what it does not, or what does not exist here.

    LoRAs and textual inversions are named in the prompt. A schedule, CFG rescale or clip skip that is not written is
    the usual one.
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
    """The name of a file, without its ending."""


def read_infotext(text: str) -> ForeignSettings | None:
    """The settings in `text`; None when there is no line of settings in it, or its prompt cannot be used."""
    prompts, _, line = text.strip().rpartition("\n")
    pairs = dict(_pairs(line)) if len(line) <= _LONGEST_LINE else {}
    if len(pairs) < _FEWEST_PAIRS:
        return None
    prompt = _usable(lambda: _prompt(prompts))
    if prompt is None:
        return None
    return ForeignSettings(
        prompt=prompt,
        scheduler=_usable(lambda: _scheduler(pairs)),
        num_inference_steps=_usable(lambda: _steps(pairs["Steps"])),
        guidance_scale=_usable(lambda: _guidance(pairs["CFG scale"])),
        seed=_usable(lambda: _seed(pairs["Seed"])),
        size=_usable(lambda: _size(pairs["Size"])),
        schedule=_usable(lambda: _schedule(pairs)),
        guidance_rescale=_usable(lambda: _rescale(pairs.get("CFG Rescale", "0"))),
        clip_skip=_usable(lambda: _clip_skip(pairs.get("Clip skip", "1"))),
        vae=_usable(lambda: _vae(pairs["VAE"])),
    )


def _usable(read: Callable[[], Value]) -> Value | None:
    """None for a value that is missing, malformed or impossible here: the other ones are still of use."""
    with suppress(StudioError, KeyError, ValueError):
        return read()
    return None


def _prompt(text: str) -> Prompt:
    positive, _, negative = f"\n{text}".partition(f"\n{_NEGATIVE}")
    return Prompt(positive.strip(), negative.strip())


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """`Key: value, Key: "quoted, value"` (modules/processing.py, create_infotext), in one pass."""
    for part in _parts(line):
        key, colon, value = part.partition(":")
        if colon and key.strip():
            yield key.strip(), _unquoted(value.strip())


def _parts(line: str) -> Iterator[str]:
    """Split at commas outside quotes; a backslash protects the next character inside them."""
    start, quoted, escaped = 0, False, False
    for position, character in enumerate(line):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            yield line[start:position]
            start = position + 1
    yield line[start:]


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    with suppress(ValueError):
        return str(json.loads(value))
    return value


def _scheduler(pairs: dict[str, str]) -> SchedulerName:
    """A1111 names the noise schedule apart since 1.9; before that it is the end of the sampler's name."""
    sampler, schedule = _sampler_and_schedule(pairs)
    if schedule is ScheduleType.KARRAS:
        with suppress(StudioError):
            return SchedulerName.parse(f"{sampler} {schedule.label}")
    return SchedulerName.parse(sampler)


def _schedule(pairs: dict[str, str]) -> ScheduleType:
    """Automatic where the sampler's name says it here. Raises ValueError for one that the sampler does not have."""
    scheduler, (_, schedule) = _scheduler(pairs), _sampler_and_schedule(pairs)
    if scheduler is SchedulerName.DPMPP_2M_KARRAS:
        return ScheduleType.AUTOMATIC
    if schedule is None or schedule not in scheduler.schedules:
        raise ValueError(schedule)
    return schedule


def _sampler_and_schedule(pairs: dict[str, str]) -> tuple[str, ScheduleType | None]:
    """None for a schedule that does not exist here."""
    sampler, named = pairs["Sampler"], pairs.get("Schedule type", "")
    if named:
        return sampler, _usable(lambda: ScheduleType.parse(named))
    for schedule in (ScheduleType.KARRAS, ScheduleType.EXPONENTIAL):
        if sampler.endswith(f" {schedule.label}"):
            return sampler.removesuffix(f" {schedule.label}"), schedule
    return sampler, ScheduleType.AUTOMATIC


def _steps(text: str) -> int:
    steps = int(text)
    if not Sampling.FEWEST_STEPS <= steps <= Sampling.MOST_STEPS:
        raise ValueError(text)
    return steps


def _guidance(text: str) -> float:
    guidance = float(text)
    if not math.isfinite(guidance) or not Sampling.LOWEST_GUIDANCE <= guidance <= Sampling.HIGHEST_GUIDANCE:
        raise ValueError(text)
    return guidance


def _rescale(text: str) -> float:
    rescale = float(text)
    if not 0 <= rescale <= 1:
        raise ValueError(text)
    return rescale


def _clip_skip(text: str) -> int:
    """The last layer counts as 1 there."""
    skip = int(text) - 1
    if not 0 <= skip <= Sampling.MOST_CLIP_SKIP:
        raise ValueError(text)
    return skip


def _vae(text: str) -> str:
    if text.casefold() in {"none", "automatic"}:
        raise ValueError(text)
    return re.sub(r"\.(safetensors|ckpt|pt)$", "", text, flags=re.IGNORECASE)


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed <= Sampling.HIGHEST_SEED:
        raise ValueError(text)
    return seed


def _size(text: str) -> Size:
    width, _, height = text.partition("x")
    return Size(int(width), int(height))
