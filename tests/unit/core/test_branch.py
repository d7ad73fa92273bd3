"""Branches as requests: which settings apply to which steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.core.branch import Change, Repaint, branched
from studio.core.errors import (
    InvalidBranchStep,
    InvalidGuidance,
    InvalidMaskSetting,
    InvalidSeed,
    MaskUnusable,
    PromptUnusable,
    ScheduleNotPossible,
    SourceUnusable,
)
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt, Region, Stretch
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage
from tests.helpers.fake_session import a_picture, a_request

PARENT = PictureId("a" * 32)


def a_stretch(until_step: int, **others: object) -> Stretch:
    return Stretch(
        until_step=until_step, prompt=Prompt("a"), scheduler=SchedulerName.EULER, **{"guidance_scale": 5.0, **others}
    )


def of_steps(steps: int) -> GenerationRequest:
    request = a_request("a red apple")
    return replace(request, sampling=replace(request.sampling, num_inference_steps=steps))


def test_a_branch_begins_as_its_parent_and_goes_on_as_it_is_told() -> None:
    request = of_steps(8)
    change = Change(text="a blue car", scheduler=SchedulerName.DDIM, guidance_scale=2.0)
    child = branched(replace(request, batch_size=3), 3, change, PARENT)
    begun, last = child.stretches
    assert begun == replace(request.stretches[0], until_step=3)
    assert (last.until_step, last.prompt, last.scheduler) == (8, Prompt("a blue car"), SchedulerName.DDIM)
    assert child.sampling.guidance_scale == 2.0
    assert child.sampling.seed == request.sampling.seed
    assert (child.branched_from, child.batch_size) == (PARENT, 1)


def test_what_is_not_changed_stays_in_every_stretch() -> None:
    request = of_steps(8)
    child = branched(branched(request, 5, Change(text="later"), None), 2, Change(negative="red"), PARENT)
    assert [(each.until_step, each.prompt) for each in child.stretches] == [
        (2, Prompt("a red apple")),
        (5, Prompt("a red apple", "red")),
        (8, Prompt("later", "red")),
    ]


def test_a_branch_at_the_step_of_an_earlier_one_leaves_nothing_empty() -> None:
    child = branched(branched(of_steps(8), 5, Change(text="later"), None), 5, Change(text="other"), PARENT)
    assert [(each.until_step, each.prompt.text) for each in child.stretches] == [(5, "a red apple"), (8, "other")]


def test_a_schedule_that_the_new_sampler_does_not_know_becomes_its_usual() -> None:
    request = of_steps(8)
    karras = replace(request, sampling=replace(request.sampling, schedule=ScheduleType.KARRAS))
    assert branched(karras, 3, Change(scheduler=SchedulerName.DDIM), None).sampling.schedule is ScheduleType.AUTOMATIC
    kept = branched(karras, 3, Change(scheduler=SchedulerName.UNIPC), None)
    assert kept.sampling.schedule is ScheduleType.KARRAS


@pytest.mark.parametrize("step", [-1, 0, 8, 9])
def test_there_are_steps_before_and_after_a_branch(step: int) -> None:
    with pytest.raises(InvalidBranchStep) as caught:
        branched(of_steps(8), step, Change(), None)
    assert (caught.value.value, caught.value.lowest, caught.value.highest) == (step, 1, 7)


def test_steps_are_those_that_are_run() -> None:
    task = ImageToImage(image=ImageRef("ab" * 32, 128, 128), parent=PARENT, strength=0.5)
    request = replace(of_steps(8), task=task)
    assert branched(request, 3, Change(), None).steps_run == 4
    with pytest.raises(InvalidBranchStep):
        branched(request, 4, Change(), None)


@pytest.mark.parametrize("steps", [(0,), (8,), (3, 3), (5, 2)])
def test_stretches_follow_one_another(steps: tuple[int, ...]) -> None:
    with pytest.raises(InvalidBranchStep):
        replace(of_steps(8), earlier=tuple(map(a_stretch, steps)))


def test_what_an_earlier_stretch_says_is_checked_too() -> None:
    with pytest.raises(InvalidGuidance):
        replace(of_steps(8), earlier=(a_stretch(3, guidance_scale=31.0),))
    with pytest.raises(ScheduleNotPossible):
        replace(of_steps(8), earlier=(replace(a_stretch(3, schedule=ScheduleType.BETA), scheduler=SchedulerName.LCM),))
    with pytest.raises(PromptUnusable):
        branched(of_steps(8), 3, Change(text="x" * 10_001), None)


def test_a_branch_is_a_child_of_the_picture_that_it_begins_as() -> None:
    start = PictureId("b" * 32)
    task = ImageToImage(image=ImageRef("ab" * 32, 128, 128), parent=start, strength=0.5)
    redrawn = replace(of_steps(8), task=task)
    assert a_picture(redrawn).parameters.parent == start
    assert a_picture(branched(redrawn, 2, Change(), PARENT)).parameters.parent == PARENT
    assert a_picture(branched(of_steps(8), 2, Change(), PARENT)).parameters.parent == PARENT
    assert a_picture(of_steps(8)).parameters.parent is None


# --- regions ---


def a_repaint(width: int = 64, height: int = 64, **others: object) -> Repaint:
    return Repaint(image=ImageRef("1" * 64, width, height), mask=ImageRef("2" * 64, width, height), **others)


def test_a_region_remembers_the_picture_around_it() -> None:
    request = of_steps(8)
    child = branched(request, 3, Change(text="a blue car"), PARENT, a_repaint(noise_seed=5))
    [region] = child.regions
    assert (region.after_step, region.kept, region.noise_seed) == (3, request.stretches, 5)
    assert child.kept_around() == request
    assert child.every_stretch == (*child.stretches, *request.stretches)
    grandchild = branched(child, 5, Change(text="a tree"), None, a_repaint())
    assert [each.after_step for each in grandchild.regions] == [3, 5]
    assert replace(grandchild.kept_around(), branched_from=PARENT) == child
    assert branched(grandchild, 1, Change(negative="red"), None).regions == grandchild.regions
    assert a_picture(grandchild).parameters.regions == grandchild.regions


def test_every_stretch_is_changed_with_those_around_the_regions() -> None:
    child = branched(of_steps(8), 3, Change(text="a blue car"), PARENT, a_repaint())
    changed = child.with_stretches(lambda each: replace(each, prompt=Prompt(each.prompt.text.upper())))
    assert [each.prompt.text for each in changed.every_stretch] == ["A RED APPLE", "A BLUE CAR", "A RED APPLE"]
    assert changed.with_stretches(lambda each: each) == changed


def test_pictures_of_a_batch_have_the_seed_of_what_they_keep() -> None:
    child = replace(branched(of_steps(8), 3, Change(), None, a_repaint(noise_seed=2**64 - 1)), batch_size=3)
    assert [child.single(index).regions[0].noise_seed for index in range(3)] == [2**64 - 1, 0, 1]
    assert {child.single(index).sampling.seed for index in range(3)} == {child.sampling.seed}
    old_noise = replace(child, regions=(replace(child.regions[0], noise_seed=None),))
    assert old_noise.single(1) == old_noise.single(0)


def test_a_region_lies_in_the_picture_that_is_made() -> None:
    with pytest.raises(SourceUnusable, match="64 x 60"):
        branched(of_steps(8), 3, Change(), None, a_repaint(64, 60))
    task = ImageToImage(image=ImageRef("ab" * 32, 100, 60), strength=1.0, restore_size=True)
    branched(replace(of_steps(8), task=task), 3, Change(), None, a_repaint(100, 60))
    with pytest.raises(SourceUnusable):
        branched(replace(of_steps(8), task=replace(task, restore_size=False)), 3, Change(), None, a_repaint(100, 60))
    with pytest.raises(MaskUnusable, match="64 x 32"):
        replace(branched(of_steps(8), 3, Change(), None, a_repaint()).regions[0], mask=ImageRef("2" * 64, 64, 32))


def test_what_a_region_says_is_checked() -> None:
    child = branched(of_steps(8), 3, Change(), None, a_repaint())
    [region] = child.regions
    with pytest.raises(InvalidMaskSetting):
        replace(region, mask_blur=257)
    with pytest.raises(InvalidSeed):
        replace(region, noise_seed=-1)
    for wrong in ({"after_step": 8}, {"after_step": 0}, {"kept": ()}, {"kept": (a_stretch(7),)}):
        with pytest.raises(InvalidBranchStep):
            replace(child, regions=(replace(region, **wrong),))
    with pytest.raises(InvalidGuidance):
        replace(child, regions=(replace(region, kept=(a_stretch(8, guidance_scale=31.0),)),))
    assert replace(child, regions=(region,) * Region.MOST)
    with pytest.raises(MaskUnusable, match="more than 8"):
        replace(child, regions=(region,) * (Region.MOST + 1))
