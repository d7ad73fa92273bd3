"""A request that exists can be run: every range, at its edges."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.addon import Addon, AddonKind, Addons, LoraUse
from studio.core.checkpoint import Checkpoint, ModelFamily, RecommendedSampling
from studio.core.errors import (
    AddonMismatch,
    InvalidBatchSize,
    InvalidGuidance,
    InvalidRequest,
    InvalidSeed,
    InvalidSize,
    InvalidSteps,
    PromptUnusable,
    RequestField,
    ScheduleNotPossible,
    UnknownChoice,
    UnknownScheduler,
)
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.scheduler import SchedulerName, ScheduleType

SAMPLING = Sampling(scheduler=SchedulerName.EULER, num_inference_steps=20, guidance_scale=5.0, seed=42)
CHECKPOINT = Checkpoint(
    "Fake", Path("fake"), ModelFamily.STABLE_DIFFUSION, RecommendedSampling(Size(64, 64), 4, 5.0, SchedulerName.EULER)
)
REQUEST = GenerationRequest(prompt=Prompt("a cat"), sampling=SAMPLING, size=Size(64, 64), checkpoint=CHECKPOINT)


@pytest.mark.parametrize("steps", [1, 2, 149, 150])
def test_possible_steps(steps: int) -> None:
    assert replace(SAMPLING, num_inference_steps=steps).num_inference_steps == steps


@pytest.mark.parametrize("steps", [-1, 0, 151, 10**30])
def test_impossible_steps(steps: int) -> None:
    with pytest.raises(InvalidSteps) as caught:
        replace(SAMPLING, num_inference_steps=steps)

    assert (caught.value.value, caught.value.lowest, caught.value.highest) == (steps, 1, 150)
    assert caught.value.field is RequestField.STEPS


@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0, 29.9, 30.0])
def test_possible_guidance(scale: float) -> None:
    assert replace(SAMPLING, guidance_scale=scale).guidance_scale == scale


@pytest.mark.parametrize("scale", [-0.001, 30.001, float("nan"), float("inf"), float("-inf")])
def test_impossible_guidance(scale: float) -> None:
    with pytest.raises(InvalidGuidance) as caught:
        replace(SAMPLING, guidance_scale=scale)

    assert (caught.value.lowest, caught.value.highest) == (0.0, 30.0)
    assert caught.value.field is RequestField.GUIDANCE


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32, 2**63, 2**64 - 1])
def test_possible_seeds(seed: int) -> None:
    assert replace(SAMPLING, seed=seed).seed == seed


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_impossible_seeds(seed: int) -> None:
    with pytest.raises(InvalidSeed) as caught:
        replace(SAMPLING, seed=seed)

    assert (caught.value.value, caught.value.highest) == (seed, 2**64 - 1)
    assert caught.value.field is RequestField.SEED


@pytest.mark.parametrize(("width", "height"), [(64, 64), (4096, 4096), (64, 4096), (128, 72)])
def test_possible_sizes(width: int, height: int) -> None:
    assert str(Size(width, height)) == f"{width}x{height}"


@pytest.mark.parametrize(
    ("width", "height"), [(56, 64), (64, 56), (4104, 64), (64, 4104), (0, 0), (-64, 64), (65, 64), (64, 68), (100, 100)]
)
def test_impossible_sizes(width: int, height: int) -> None:
    with pytest.raises(InvalidSize) as caught:
        Size(width, height)

    assert (caught.value.width, caught.value.height) == (width, height)
    assert (caught.value.multiple, caught.value.lowest, caught.value.highest) == (8, 64, 4096)


@given(st.integers(-100, 5000), st.integers(-100, 5000))
def test_a_size_is_possible_exactly_when_both_sides_are(width: int, height: int) -> None:
    possible = all(side in range(64, 4097, 8) for side in (width, height))

    try:
        Size(width, height)
    except InvalidSize:
        assert not possible
    else:
        assert possible


@pytest.mark.parametrize("family", ModelFamily)
def test_a_family_that_makes_multiples_of_more_pixels_is_asked_for_no_others(family: ModelFamily) -> None:
    multiple = family_traits(family).size_multiple
    checkpoint = replace(CHECKPOINT, family=family)

    assert replace(REQUEST, checkpoint=checkpoint, size=Size(64 + multiple, 64)).size.width == 64 + multiple
    if multiple > Size.MULTIPLE:
        with pytest.raises(InvalidSize) as caught:
            replace(REQUEST, checkpoint=checkpoint, size=Size(64, 64 + Size.MULTIPLE))
        assert (caught.value.height, caught.value.multiple) == (72, multiple)


@pytest.mark.parametrize("text", ["", "a cat", "x" * 10_000, "\U0001f408 \u0000 \u202e"])
def test_possible_prompts(text: str) -> None:
    assert Prompt(text, text) == Prompt(text, negative=text)


@pytest.mark.parametrize("text", ["x" * 10_001, "\ud800", "a \udfff b"])
def test_impossible_prompts(text: str) -> None:
    for parts in ((text, ""), ("", text)):
        with pytest.raises(PromptUnusable) as caught:
            Prompt(*parts)
        assert caught.value.field is RequestField.PROMPT


@pytest.mark.parametrize("batch_size", [1, 64])
def test_possible_batches(batch_size: int) -> None:
    assert replace(REQUEST, batch_size=batch_size).batch_size == batch_size


@pytest.mark.parametrize("batch_size", [-1, 0, 65])
def test_impossible_batches(batch_size: int) -> None:
    with pytest.raises(InvalidBatchSize) as caught:
        replace(REQUEST, batch_size=batch_size)

    assert (caught.value.value, caught.value.lowest, caught.value.highest) == (batch_size, 1, 64)


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        REQUEST.batch_size = 2  # type: ignore[misc]


def test_a_single_differs_from_its_batch_in_seed_and_number_only() -> None:
    batch = replace(REQUEST, batch_size=3)

    single = batch.single(2)

    assert single == replace(REQUEST, sampling=replace(SAMPLING, seed=44))
    assert single.single(0) == single


def test_the_seeds_of_a_batch_begin_anew_after_the_last_one() -> None:
    batch = replace(REQUEST, batch_size=2, sampling=replace(SAMPLING, seed=2**64 - 1))

    assert [batch.single(index).sampling.seed for index in range(2)] == [2**64 - 1, 0]


@pytest.mark.parametrize("name", list(SchedulerName))
def test_a_scheduler_is_read_from_its_value_and_its_label_in_any_case(name: SchedulerName) -> None:
    for text in (name.value, name.value.upper(), name.label, name.label.lower(), f"  {name.label} "):
        assert SchedulerName.parse(text) is name


def test_scheduler_labels_are_distinct() -> None:
    assert len({name.label for name in SchedulerName}) == len(SchedulerName)


@pytest.mark.parametrize("text", ["", "plms", "euler b", "dpm++"])
def test_an_unknown_scheduler_is_told_with_the_known_ones(text: str) -> None:
    with pytest.raises(UnknownScheduler) as caught:
        SchedulerName.parse(text)

    assert isinstance(caught.value, InvalidRequest)
    assert caught.value.name == text
    assert caught.value.known == tuple(name.value for name in SchedulerName)


@pytest.mark.parametrize(
    ("name", "value"),
    [("guidance_rescale", 1.1), ("guidance_rescale", math.nan), ("clip_skip", -1), ("clip_skip", 13)],
)
def test_a_setting_of_the_sampling_outside_its_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        replace(REQUEST.sampling, **{name: value})
    assert repr(value) in str(refusal.value)


@pytest.mark.parametrize("scheduler", list(SchedulerName))
def test_a_sampler_takes_its_own_schedules_only(scheduler: SchedulerName) -> None:
    for schedule in ScheduleType:
        if schedule in scheduler.schedules:
            assert replace(SAMPLING, scheduler=scheduler, schedule=schedule).schedule is schedule
            continue
        with pytest.raises(ScheduleNotPossible) as refusal:
            replace(SAMPLING, scheduler=scheduler, schedule=schedule)
        assert refusal.value.known == tuple(known.value for known in scheduler.schedules)


def test_a_schedule_is_read_from_its_value_and_its_label_in_any_case() -> None:
    for schedule in ScheduleType:
        for text in (schedule.value, schedule.label, schedule.label.upper()):
            assert ScheduleType.parse(text) is schedule
    with pytest.raises(UnknownChoice):
        ScheduleType.parse("align your steps")


@pytest.mark.parametrize("kind", [AddonKind.LORA, AddonKind.TEXTUAL_INVERSION, AddonKind.VAE])
def test_an_addon_of_another_family_makes_no_request(kind: AddonKind) -> None:
    def addons(family: ModelFamily | None) -> Addons:
        addon = Addon("other", Path("other"), kind, family)
        match kind:
            case AddonKind.LORA:
                return Addons((LoraUse(addon, 1, 1),))
            case AddonKind.VAE:
                return Addons(vae=addon)
            case _:
                return Addons(embeddings=(addon,))

    for family in (None, ModelFamily.STABLE_DIFFUSION):
        assert replace(REQUEST, addons=addons(family)).addons == addons(family)
    with pytest.raises(AddonMismatch) as refusal:
        replace(REQUEST, addons=addons(ModelFamily.FLUX))
    assert (refusal.value.made_for, refusal.value.family) == ("FLUX.1", "Stable Diffusion 1.x")
