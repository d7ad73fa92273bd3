"""A1111's "infotext", which Forge, SD.Next, Stability Matrix, Krita's plugin, Fooocus (as an option) and we write, too.

PNG text `parameters`, EXIF UserComment: the prompt, the negative prompt, and one line of `Key: value`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from studio.core.addon_names import LoraTag
from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.request import Prompt
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.imaging.metadata import values
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.samplers import NamedSampler, sampler_of
from studio.imaging.metadata.texts import PARAMETERS, Texts

_NEGATIVE = "Negative prompt:"
_FEWEST_PAIRS = 3
"""A last line with fewer is a part of the prompt: A1111's own rule (modules/infotext_utils.py)."""
_ALWAYS_WRITTEN = frozenset({"Steps", "Sampler", "Seed"})
"""JSON looks like pairs, too."""
_LONGEST_LINE = 16_384
_RESOURCES = re.compile(r",? ?Hashes: \{[^{}]*\}")
"""What Civitai's extension adds as bare JSON, whose commas are none between pairs. It says no more than names do."""


def speaks(texts: Texts) -> bool:
    return PARAMETERS in texts


def read(texts: Texts) -> ForeignSettings | None:
    """None when there is no line of settings in it, or its prompt cannot be used."""
    return read_infotext(texts[PARAMETERS])


def read_infotext(text: str) -> ForeignSettings | None:
    """As `read`, of the text alone."""
    prompts, _, line = text.strip().rpartition("\n")
    pairs = dict(_pairs(_RESOURCES.sub("", line))) if len(line) <= _LONGEST_LINE else {}
    if len(pairs) < _FEWEST_PAIRS or _ALWAYS_WRITTEN.isdisjoint(pairs):
        return None
    positive, _, negative = f"\n{prompts}".partition(f"\n{_NEGATIVE}")
    prompt = values.prompt(positive, negative)
    if prompt is None:
        return None
    sampler = _sampler(pairs)
    return ForeignSettings(
        prompt=prompt,
        scheduler=sampler.scheduler,
        num_inference_steps=values.steps(pairs.get("Steps")),
        guidance_scale=values.guidance(pairs.get("CFG scale")),
        seed=values.seed(pairs.get("Seed")),
        size=_size(pairs.get("Size", "")),
        schedule=sampler.schedule,
        guidance_rescale=values.guidance_rescale(pairs.get("CFG Rescale", "0")),
        clip_skip=_clip_skip(pairs.get("Clip skip", "1")),
        vae=_vae(pairs.get("VAE")),
        checkpoint_name=values.file_name(pairs.get("Model")),
        loras=_loras(prompt, pairs.get("Lora weights", "")),
        program=_program(pairs.get("Version", "")),
    )


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


def _sampler(pairs: Mapping[str, str]) -> NamedSampler:
    """A1111 names the noise schedule apart since 1.9; before that it is the end of the sampler's name."""
    name, named_schedule = pairs.get("Sampler", ""), pairs.get("Schedule type", "")
    if named_schedule:
        return sampler_of(_scheduler(name), values.usable(lambda: ScheduleType.parse(named_schedule)))
    for schedule in (ScheduleType.KARRAS, ScheduleType.EXPONENTIAL):
        if name.endswith(f" {schedule.label}"):
            return sampler_of(_scheduler(name.removesuffix(f" {schedule.label}")), schedule)
    return sampler_of(_scheduler(name), ScheduleType.AUTOMATIC)


def _scheduler(name: str) -> SchedulerName | None:
    with suppress(StudioError):
        return SchedulerName.parse(name)
    return None


def _size(text: str) -> Size | None:
    width, _, height = text.partition("x")
    return values.size(width, height)


def _clip_skip(text: str) -> int | None:
    """The last layer counts as 1 there."""
    skip = values.whole(text)
    return None if skip is None else values.clip_skip(skip - 1)


def _vae(text: str | None) -> str | None:
    name = values.file_name(text)
    return None if name is None or name.casefold() == "automatic" else name


def _loras(prompt: Prompt, weights: str) -> tuple[LoraTag, ...]:
    """Those of the prompt. Fooocus has none there, but the entry "Lora weights": `name: 0.5, other: 1`."""
    from studio.prompts.language import read_prompt  # not before the window is painted

    named = [pair.rpartition(":") for pair in weights.split(",")]
    found = (values.lora(name, weight) for name, _, weight in named)
    return (*read_prompt(prompt.text).loras, *(lora for lora in found if lora is not None))


def _program(version: str) -> str:
    """A1111 writes its version alone (`v1.10.0`), Forge its own before it (`f2.0.1v1.10.1`), others their name."""
    version = values.version(version)
    if version[:1] == "v" or not version:
        return f"A1111 {version}".strip()
    return f"Forge {version}" if version[:1] == "f" and version[1:2].isdigit() else version
