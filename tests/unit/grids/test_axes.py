"""What can be varied, and the requests that come of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.branch import Change, branched
from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.errors import (
    CheckpointNotFound,
    GridAxesUnusable,
    GridAxisWithoutEffect,
    GridTooLarge,
    GridValuesInvalid,
    InvalidGuidance,
    InvalidRequest,
    InvalidSteps,
    InvalidStrength,
    UnknownScheduler,
)
from studio.core.job import Job, JobId
from studio.core.request import GenerationRequest, Prompt
from studio.core.scheduler import SchedulerName
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage
from studio.grids.axes import Axis, AxisKind, read_axis
from studio.grids.plan import cell_requests, estimated_seconds, in_order_of_models, new_grid
from tests.helpers.fake_session import CHECKPOINT, a_picture, a_request

OTHER = replace(CHECKPOINT, name="Other model", path=Path("other"))


def find_model(name: str) -> Checkpoint:
    known = {checkpoint.name: checkpoint for checkpoint in (CHECKPOINT, OTHER)}
    if name not in known:
        raise CheckpointNotFound(name)
    return known[name]


def axis(kind: AxisKind, text: str, base: GenerationRequest | None = None) -> Axis:
    return read_axis(kind, text, base or a_request(), find_model)


def from_picture() -> GenerationRequest:
    return replace(a_request(), task=ImageToImage(image=ImageRef("0" * 64, 64, 64), strength=0.5))


def labels(axis: Axis) -> tuple[str, ...]:
    return tuple(value.label for value in axis.values)


def made(kind: AxisKind, text: str, base: GenerationRequest | None = None) -> list[GenerationRequest]:
    base = base or a_request()
    return [value.change(base) for value in axis(kind, text, base).values]


def test_each_kind_puts_its_values_into_the_request() -> None:
    assert [cell.sampling.seed for cell in made(AxisKind.SEED, "1-3")] == [1, 2, 3]
    assert [cell.sampling.num_inference_steps for cell in made(AxisKind.STEPS, "5, 10")] == [5, 10]
    assert [cell.sampling.guidance_scale for cell in made(AxisKind.GUIDANCE, "1-2 (+0.5)")] == [1.0, 1.5, 2.0]
    samplers = [cell.sampling.scheduler for cell in made(AxisKind.SAMPLER, "euler, DPM++ 2M")]
    assert samplers == [SchedulerName.EULER, SchedulerName.DPMPP_2M]
    assert [cell.checkpoint for cell in made(AxisKind.MODEL, "Other model, Fake model")] == [OTHER, CHECKPOINT]
    strengths = [cell.task for cell in made(AxisKind.STRENGTH, "0.25, 0.75", from_picture())]
    assert [task.strength for task in strengths if isinstance(task, ImageToImage)] == [0.25, 0.75]


def test_a_seed_of_minus_one_is_drawn_and_told() -> None:
    drawn = axis(AxisKind.SEED, "-1, -1")

    assert [value.change(a_request()).sampling.seed for value in drawn.values] == [int(text) for text in labels(drawn)]
    assert min(map(int, labels(drawn))) >= 0


def test_words_are_looked_for_and_replaced_the_first_one_by_itself() -> None:
    base = replace(a_request(), prompt=Prompt("a red apple, red sky", "no red"))

    cells = made(AxisKind.PROMPT, 'red, "dark, blue",', base)

    assert [cell.prompt for cell in cells] == [
        base.prompt,
        Prompt("a dark, blue apple, dark, blue sky", "no dark, blue"),
        Prompt("a  apple,  sky", "no "),
    ]
    assert labels(axis(AxisKind.PROMPT, "red,", base)) == ("red", "(nothing)")


def test_the_weight_of_a_lora_by_its_name_or_of_all_in_the_prompt() -> None:
    base = a_request("a cat <lora:ink:0.8> <lora:old:1:0.5>")

    assert [cell.prompt.text for cell in made(AxisKind.LORA_WEIGHT, "0, 0.5", base)] == [
        "a cat <lora:ink:0> <lora:old:0>",
        "a cat <lora:ink:0.5> <lora:old:0.5>",
    ]
    [named] = made(AxisKind.LORA_WEIGHT, "Ink: 0.25", base)
    assert named.prompt.text == "a cat <lora:ink:0.25> <lora:old:1:0.5>"
    [added] = made(AxisKind.LORA_WEIGHT, "ink: 0.25")
    assert added.prompt.text == "a red apple <lora:ink:0.25>"


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        (AxisKind.STEPS, "0-5", InvalidSteps),
        (AxisKind.STEPS, "1.5", GridValuesInvalid),
        (AxisKind.GUIDANCE, "99", InvalidGuidance),
        (AxisKind.SAMPLER, "oiler", UnknownScheduler),
        (AxisKind.PROMPT, "pear, plum", GridValuesInvalid),
        (AxisKind.PROMPT, ", plum", GridValuesInvalid),
        (AxisKind.LORA_WEIGHT, "0.5", GridValuesInvalid),
        (AxisKind.STRENGTH, "0.5", GridAxisWithoutEffect),
        (AxisKind.SEED, "", GridValuesInvalid),
    ],
)
def test_a_value_that_is_not_possible_is_told_before_anything_is_made(
    kind: AxisKind, text: str, error: type[InvalidRequest]
) -> None:
    with pytest.raises(error):
        axis(kind, text)


def test_cfg_scales_are_refused_where_they_change_nothing() -> None:
    """All pictures of such a grid were the same."""
    fast = replace(CHECKPOINT, family=ModelFamily.Z_IMAGE)
    base = replace(a_request(), checkpoint=replace(fast, recommended=replace(fast.recommended, guidance_scale=0.0)))
    with pytest.raises(GridAxisWithoutEffect, match="needs no guidance"):
        axis(AxisKind.GUIDANCE, "1, 5", base)
    told = replace(CHECKPOINT, family=ModelFamily.FLUX)
    assert len(made(AxisKind.GUIDANCE, "1, 5", replace(a_request(), checkpoint=told))) == 2


def test_a_strength_outside_its_range_and_a_model_that_is_not_there() -> None:
    with pytest.raises(InvalidStrength):
        axis(AxisKind.STRENGTH, "0.5, 2", from_picture())
    with pytest.raises(CheckpointNotFound):
        axis(AxisKind.MODEL, "Nobody")


def test_the_first_axis_changes_fastest_and_each_cell_is_one_picture() -> None:
    base = a_request(batch_size=4)
    axes = [axis(AxisKind.SEED, "1, 2"), axis(AxisKind.STEPS, "5, 6, 7"), axis(AxisKind.GUIDANCE, "2, 3")]

    cells = cell_requests(base, axes)

    sampled = [cell.sampling for cell in cells]
    assert [(one.seed, one.num_inference_steps, one.guidance_scale) for one in sampled] == [
        (seed, steps, scale) for scale in (2, 3) for steps in (5, 6, 7) for seed in (1, 2)
    ]
    assert {cell.batch_size for cell in cells} == {1}
    grid = new_grid(axes, cells)
    assert grid.name == "Seed × Steps × CFG scale"
    assert grid.labels_of(9) == (("Seed", "2"), ("Steps", "6"), ("CFG scale", "3"))
    assert len({job.id for job in grid.cells}) == 12


def test_words_are_replaced_before_weights_whatever_the_order_of_the_axes() -> None:
    base = a_request("<lora:ink:1>")
    words, weights = axis(AxisKind.PROMPT, "ink, old", base), axis(AxisKind.LORA_WEIGHT, "0.5", base)

    for axes in ([words, weights], [weights, words]):
        assert [cell.prompt.text for cell in cell_requests(base, axes)] == ["<lora:ink:0.5>", "<lora:old:0.5>"]


def test_axes_that_make_no_grid() -> None:
    seeds = axis(AxisKind.SEED, "1-40")
    with pytest.raises(GridAxesUnusable):
        cell_requests(a_request(), [])
    with pytest.raises(GridAxesUnusable):
        cell_requests(a_request(), [seeds, axis(AxisKind.SEED, "1")])
    with pytest.raises(GridTooLarge):
        cell_requests(a_request(), [seeds, axis(AxisKind.STEPS, "1-40")])


def test_each_model_has_its_turn_once() -> None:
    models = [CHECKPOINT, OTHER, CHECKPOINT, OTHER]
    jobs = [Job(JobId(str(i)), replace(a_request(), checkpoint=model)) for i, model in enumerate(models)]

    assert [job.id for job in in_order_of_models(jobs)] == ["0", "2", "1", "3"]


def test_the_time_grows_with_steps_pixels_and_guidance() -> None:
    like = a_picture(a_request(steps=10)).parameters  # 0.5 s with guidance

    def seconds(*requests: GenerationRequest) -> float:
        return estimated_seconds(requests, like)

    assert seconds(a_request(steps=10)) == pytest.approx(0.5)
    assert seconds(a_request(steps=20), a_request(steps=10)) == pytest.approx(1.5)
    [unguided] = made(AxisKind.GUIDANCE, "1", a_request(steps=10))
    assert seconds(unguided) == pytest.approx(0.25)
    assert seconds(replace(from_picture(), sampling=a_request(steps=10).sampling)) == pytest.approx(0.25)
    assert seconds(branched(a_request(steps=10), 4, Change(guidance_scale=1.0), None)) == pytest.approx(0.35)
