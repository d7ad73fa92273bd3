"""What a grid can vary, and how each of its values changes a request."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, partial

from studio.core.addon_names import LoraTag
from studio.core.checkpoint import Checkpoint
from studio.core.errors import GridAxisWithoutEffect, GridValuesInvalid
from studio.core.family import heeds_guidance
from studio.core.language import tr
from studio.core.request import GenerationRequest, Prompt
from studio.core.scheduler import SchedulerName
from studio.core.task import TextToImage
from studio.grids.value_list import (
    ValueFault,
    ValueListUnreadable,
    read_numbers,
    read_texts,
    read_whole_numbers,
)
from studio.prompts.lora_tags import with_lora_tags, with_lora_weight

Change = Callable[[GenerationRequest], GenerationRequest]
FindModel = Callable[[str], Checkpoint]
"""An installed model by its name. Raises CheckpointError."""

_RANDOM_SEED = -1
_LORA_AND_VALUES = re.compile(r"\s*([^:<>,\n]+?)\s*:\s*(.*)", re.DOTALL)
_REASONS = {
    ValueFault.EMPTY: tr("there is no value"),
    ValueFault.NO_NUMBER: tr("that is no number and no range"),
    ValueFault.NO_WHOLE_NUMBER: tr("only whole numbers are possible"),
    ValueFault.STEP_LEADS_AWAY: tr("the step never gets to the end"),
    ValueFault.TOO_MANY: tr("those are too many values"),
    ValueFault.OPEN_QUOTE: tr("a quote is not closed"),
}


class AxisKind(StrEnum):
    """What can be varied. The value is what the command line calls it."""

    SEED = "seed"
    STEPS = "steps"
    GUIDANCE = "cfg"
    SAMPLER = "sampler"
    STRENGTH = "strength"
    MODEL = "model"
    LORA_WEIGHT = "lora"
    PROMPT = "prompt"

    @property
    def label(self) -> str:
        """The name that people know."""
        return _LABELS[self]


@dataclass(frozen=True, slots=True)
class AxisValue:
    """`label` stands beside the column or row; `change` puts the value into a request."""

    label: str
    change: Change


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that is varied, with its values in order; there is at least one."""

    kind: AxisKind
    values: tuple[AxisValue, ...]


def read_axis(kind: AxisKind, text: str, base: GenerationRequest, find_model: FindModel) -> Axis:
    """The axis that was typed: each of its values can be put into `base`.

    Raises:
        GridValuesInvalid: the text is no list of values, or the value has no meaning for `base`.
        GridAxisWithoutEffect: nothing of it has.
        InvalidRequest: a value is outside its range.
        CheckpointError: a model is not installed.
    """
    try:
        values = _READERS[kind](text, base, find_model)
    except ValueListUnreadable as error:
        raise GridValuesInvalid(kind.label, error.part or text.strip(), _REASONS[error.fault]) from error
    for value in values:
        value.change(base)
    return Axis(kind, tuple(values))


def _seeds(text: str, _base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    """-1 is a new seed, as everywhere."""
    drawn = [secrets.randbelow(2**32) if seed == _RANDOM_SEED else seed for seed in read_whole_numbers(text)]
    return [AxisValue(str(seed), partial(_with_seed, seed)) for seed in drawn]


def _with_seed(seed: int, request: GenerationRequest) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, seed=seed))


def _steps(text: str, _base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    return [AxisValue(str(steps), partial(_with_steps, steps)) for steps in read_whole_numbers(text)]


def _with_steps(steps: int, request: GenerationRequest) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, num_inference_steps=steps))


def _guidance(text: str, base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    if not heeds_guidance(base.checkpoint):
        reason = tr("{model} needs no guidance", model=base.checkpoint.name)
        raise GridAxisWithoutEffect(AxisKind.GUIDANCE.label, reason)
    return [AxisValue(_number(scale), partial(_with_guidance, scale)) for scale in read_numbers(text)]


def _with_guidance(scale: float, request: GenerationRequest) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, guidance_scale=scale))


def _samplers(text: str, _base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    names = [SchedulerName.parse(name) for name in read_texts(text)]
    return [AxisValue(name.label, partial(_with_sampler, name)) for name in names]


def _with_sampler(name: SchedulerName, request: GenerationRequest) -> GenerationRequest:
    return replace(request, sampling=replace(request.sampling, scheduler=name))


def _strengths(text: str, base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    if isinstance(base.task, TextToImage):
        raise GridAxisWithoutEffect(AxisKind.STRENGTH.label, tr("there is no start picture that could change"))
    return [AxisValue(_number(strength), partial(_with_strength, strength)) for strength in read_numbers(text)]


def _with_strength(strength: float, request: GenerationRequest) -> GenerationRequest:
    task = request.task
    assert not isinstance(task, TextToImage)
    return replace(request, task=replace(task, strength=strength))


def _models(text: str, _base: GenerationRequest, find_model: FindModel) -> list[AxisValue]:
    checkpoints = [find_model(name) for name in read_texts(text)]
    return [AxisValue(checkpoint.name, partial(_with_model, checkpoint)) for checkpoint in checkpoints]


def _with_model(checkpoint: Checkpoint, request: GenerationRequest) -> GenerationRequest:
    return replace(request, checkpoint=checkpoint)


def _lora_weights(text: str, base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    """`ink: 0-1 [5]`; without a name it is about every LoRA that the prompt has."""
    named = _LORA_AND_VALUES.fullmatch(text)
    name, numbers = (named[1], named[2]) if named else (None, text)
    weights = read_numbers(numbers)
    if name is None and with_lora_weight(base.prompt.text, None, 0.123) == base.prompt.text:
        raise GridValuesInvalid(
            AxisKind.LORA_WEIGHT.label,
            text.strip(),
            tr("the prompt has no LoRA; write its name first, as in ink: 0.5, 1"),
        )
    label = f"{name} " if name else ""
    return [AxisValue(label + _number(weight), partial(_with_lora_weight, name, weight)) for weight in weights]


def _with_lora_weight(name: str | None, weight: float, request: GenerationRequest) -> GenerationRequest:
    text = request.prompt.text if name is None else _with_lora(request.prompt.text, name)
    return replace(request, prompt=Prompt(with_lora_weight(text, name, weight), request.prompt.negative))


@lru_cache(maxsize=64)
def _with_lora(text: str, name: str) -> str:
    """The prompts of a grid are few, and reading one takes a millisecond."""
    return with_lora_tags(text, [LoraTag(name)])


def _replacements(text: str, base: GenerationRequest, _find_model: FindModel) -> list[AxisValue]:
    """The first text is looked for, and stands for itself."""
    texts = read_texts(text)
    searched = texts[0]
    if not searched or (searched not in base.prompt.text and searched not in base.prompt.negative):
        raise GridValuesInvalid(AxisKind.PROMPT.label, searched, tr("the prompt does not have the first of them"))
    return [AxisValue(new or "(nothing)", partial(_with_replacement, searched, new)) for new in texts]


def _with_replacement(searched: str, new: str, request: GenerationRequest) -> GenerationRequest:
    old = request.prompt
    return replace(request, prompt=Prompt(old.text.replace(searched, new), old.negative.replace(searched, new)))


def _number(value: float) -> str:
    return f"{value:.4g}"


_LABELS = {
    AxisKind.SEED: tr("Seed"),
    AxisKind.STEPS: tr("Steps"),
    AxisKind.GUIDANCE: tr("CFG scale"),
    AxisKind.SAMPLER: tr("Sampler"),
    AxisKind.STRENGTH: tr("Strength"),
    AxisKind.MODEL: tr("Model"),
    AxisKind.LORA_WEIGHT: tr("LoRA weight"),
    AxisKind.PROMPT: tr("Words of the prompt"),
}

_READERS: dict[AxisKind, Callable[[str, GenerationRequest, FindModel], Sequence[AxisValue]]] = {
    AxisKind.SEED: _seeds,
    AxisKind.STEPS: _steps,
    AxisKind.GUIDANCE: _guidance,
    AxisKind.SAMPLER: _samplers,
    AxisKind.STRENGTH: _strengths,
    AxisKind.MODEL: _models,
    AxisKind.LORA_WEIGHT: _lora_weights,
    AxisKind.PROMPT: _replacements,
}
