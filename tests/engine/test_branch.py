"""Branches: a picture that begins as another one did, and goes on with other settings."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from studio.core.branch import Change, branched
from studio.core.progress import StepProgress
from studio.core.request import GenerationRequest, Prompt
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.session import CancelToken
from studio.core.task import ImageToImage, Inpaint, MaskedContent
from studio.engine.sampler_change import levels_left
from studio.engine.session import DiffusersSession
from tests.engine.test_families import ALL, FILLED, FLOW, REDRAWN, a_request
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture
from tests.engine.test_previews import Viewer
from tests.engine.test_trajectory import recorded, steps_by_formula

STEPS = 5
SAMPLERS = list(SchedulerName)


@pytest.fixture(scope="module")
def last_levels(session, make_small) -> dict[SchedulerName, float]:
    """Where each sampler ends by itself."""
    return {
        sampler: recorded(session, make_small(scheduler=sampler, steps=6)).trajectory.steps[-1].level.alpha_bar
        for sampler in SAMPLERS
    }


def unchanged(request: GenerationRequest, step: int = 2) -> GenerationRequest:
    return branched(request, step, Change(), None)


def same_pixels(session: DiffusersSession, *requests: GenerationRequest) -> bool:
    first, *others = (recorded(session, request).pixels for request in requests)
    return all(np.array_equal(first, other) for other in others)


def same_until(session: DiffusersSession, parent: GenerationRequest, child: GenerationRequest, step: int) -> bool:
    """The network saw the same in the first `step` steps, and was answered otherwise later."""
    old, new = (recorded(session, request).trajectory.steps for request in (parent, child))
    assert len(old) == len(new)
    same = [np.array_equal(before.latents, after.latents) for before, after in zip(old, new, strict=True)]
    return all(same[: step + 1]) and not any(same[step + 1 :])


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_an_unchanged_branch_is_the_same_picture(session, make_small, scheduler):
    request = make_small(scheduler=scheduler, steps=STEPS)
    assert same_pixels(session, request, *(unchanged(request, step) for step in (1, 3, STEPS - 1)))


@pytest.mark.parametrize("schedule", ScheduleType)
def test_so_it_is_with_every_schedule(session, make_small, schedule):
    request = make_small(scheduler=SchedulerName.EULER, steps=STEPS)
    request = replace(request, sampling=replace(request.sampling, schedule=schedule))
    assert same_pixels(session, unchanged(request), request)


@pytest.mark.parametrize("scheduler", [SchedulerName.EULER_ANCESTRAL, SchedulerName.UNIPC, SchedulerName.LCM])
@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_so_it_is_when_the_picture_was_made_from_another(session, sources, make_small, apple, scheduler, strength):
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = np.linspace(100, 255, 32).astype(np.uint8)
    image = sources.put_image(apple[::2, ::2].copy())
    tasks = (
        ImageToImage(image=image, strength=strength),
        Inpaint(
            image=image,
            mask=sources.put_mask(mask),
            strength=strength,
            masked_content=MaskedContent.NOISE,
        ),
    )
    for task in tasks:
        request = make_small(scheduler=scheduler, steps=STEPS, task=task)
        assert same_pixels(session, unchanged(request), request)
        assert same_until(session, request, branched(request, 2, Change(text="a blue car"), None), 2)


def test_so_it_is_with_prompts_that_change_by_themselves_and_guidance_that_is_taken_back(session, make_small):
    request = make_small("a [red:green:3] apple AND a house", negative="[blue|grey]", steps=STEPS)
    request = replace(request, sampling=replace(request.sampling, guidance_rescale=0.7))
    assert same_pixels(session, request, *(unchanged(request, step) for step in (1, 2, 3)))


@pytest.mark.parametrize("unet_channels", [4, 9])
def test_so_it_is_with_inpainting_models(fresh_session, sources, make_request, tiny_model, apple, unet_channels):
    model = tiny_model(unet_channels=unet_channels)
    mask = np.zeros((128, 128), np.uint8)
    mask[32:96, 32:96] = 255
    task = Inpaint(image=sources.put_image(apple), mask=sources.put_mask(mask), strength=0.8)
    for each in (None, task):
        request = make_request(scheduler=SchedulerName.EULER_ANCESTRAL, steps=STEPS, checkpoint=model, task=each)
        assert same_pixels(fresh_session, unchanged(request), request)


@pytest.mark.parametrize("kind", ALL)
def test_so_it_is_with_every_family(session_of_kind, tiny_library, kind):  # noqa: F811 - the fixture
    tasks = [None, REDRAWN, FILLED] if kind != "sdxl refiner" else [REDRAWN, FILLED]
    session, model = session_of_kind(kind), tiny_library.folder(kind)
    for task in tasks:
        request = a_request(model, task, num_inference_steps=4)
        assert same_pixels(session, unchanged(request, 1), request)
    assert same_until(session, request, branched(request, 1, Change(text="a blue car"), None), 1)


@pytest.mark.parametrize(
    "change",
    [
        Change(text="a blue car"),
        Change(negative="red"),
        Change(guidance_scale=9.0),
        Change(guidance_scale=1.0),
        Change(guidance_rescale=0.8),
    ],
)
def test_a_change_is_seen_from_its_step_on(session, make_small, change):
    request = make_small(steps=STEPS)
    assert same_until(session, request, branched(request, 2, change, None), 2)


def test_guidance_can_begin_late(session, make_small):
    request = make_small(steps=STEPS, guidance=1.0, negative="blue")
    assert same_until(session, request, branched(request, 3, Change(guidance_scale=6.0), None), 3)


def test_memory_is_planned_with_guidance_if_any_stretch_has_it(session, make_small, monkeypatch):
    guided = make_small(steps=3)
    unguided = replace(guided, sampling=replace(guided.sampling, guidance_scale=1.0))
    planned: list[bool] = []
    plan = session._planner.plan

    def plan_and_tell(*arguments: object, guided: bool, **others: object) -> object:
        planned.append(guided)
        return plan(*arguments, guided=guided, **others)

    monkeypatch.setattr(session._planner, "plan", plan_and_tell)
    late, early = Change(guidance_scale=5.0), Change(guidance_scale=1.0)
    for request in (guided, unguided, branched(unguided, 1, late, None), branched(guided, 1, early, None)):
        recorded(session, request)
    assert planned == [True, False, True, True]


def test_a_late_prompt_is_one_that_changes_by_itself(session, make_small):
    late = branched(make_small("a red apple", steps=STEPS), 2, Change(text="a blue car"), None)
    assert same_pixels(session, late, make_small("[a red apple:a blue car:2]", steps=STEPS))


def test_a_branch_of_a_branch(session, make_small):
    request = make_small(steps=STEPS)
    child = branched(request, 3, Change(text="a blue car"), None)
    assert same_pixels(session, child, branched(child, 1, Change(), None), branched(child, 4, Change(), None))
    grandchild = branched(child, 4, Change(guidance_scale=9.0), None)
    assert same_until(session, child, grandchild, 4)


@pytest.mark.parametrize("old", SchedulerName)
def test_another_sampler_goes_on_at_the_same_noise_level(session, make_request, correlation, last_levels, old):
    """With each sampler before and behind: the levels fall to the last of its own, and the picture is much like the
    old one, unless new noise is drawn."""
    request = make_request(scheduler=old, steps=6)
    parent = recorded(session, request)
    before = [step.level.alpha_bar for step in parent.trajectory.steps]
    place = SAMPLERS.index(old)
    for new in ((SAMPLERS * 2)[place + after] for after in (1, 2, 4)):
        image = recorded(session, branched(request, 3, Change(scheduler=new), None))
        levels = [step.level.alpha_bar for step in image.trajectory.steps]
        assert levels[:3] == before[:3]
        assert levels[3] == pytest.approx(before[3], rel=0.01)
        assert all(earlier < later for earlier, later in pairwise(levels))
        assert levels[-1] == pytest.approx(last_levels[new], rel=1e-3)
        likeness = correlation(image.pixels, parent.pixels)
        draws = {SchedulerName.EULER_ANCESTRAL, SchedulerName.LCM} & {old, new}
        assert likeness > (0.6 if draws else 0.93), (new, likeness)


def test_samplers_of_one_spacing_take_each_others_steps(exact_session, make_small):
    """Euler in the middle of ancestral Euler: the same levels to the last digit that is told, and Euler's formula."""
    request = make_small(scheduler=SchedulerName.EULER_ANCESTRAL, steps=6)
    ancestral = recorded(exact_session, request).trajectory.steps
    trajectory = recorded(exact_session, branched(request, 3, Change(scheduler=SchedulerName.EULER), None)).trajectory
    for one, other in zip(ancestral, trajectory.steps, strict=True):
        assert other.level.alpha_bar == pytest.approx(one.level.alpha_bar, rel=1e-5)
        assert other.timestep == pytest.approx(one.timestep, abs=0.01)
    for following, expected in list(steps_by_formula(trajectory))[3:]:
        assert np.allclose(following, expected, atol=0.01)


@pytest.mark.parametrize("kind", FLOW)
def test_flow_goes_on_with_another_schedule(session_of_kind, tiny_library, kind):  # noqa: F811 - the fixture
    request = a_request(tiny_library.folder(kind), num_inference_steps=6)
    session = session_of_kind(kind)
    parent, child = (
        recorded(session, each).trajectory.steps
        for each in (request, branched(request, 3, Change(schedule=ScheduleType.KARRAS), None))
    )
    noise = [step.level.noise for step in child]
    assert noise[:4] == pytest.approx([step.level.noise for step in parent[:4]], rel=1e-5)
    assert noise[4:] != pytest.approx([step.level.noise for step in parent[4:]], rel=1e-3)
    assert all(earlier > later for earlier, later in pairwise(noise))


def test_levels_that_are_left():
    own = np.log([8.0, 4.0, 2.0, 1.0, 0.5])
    lowest = np.log(0.01)
    assert np.allclose(np.exp(levels_left(own, np.log(2.0), 3, lowest=lowest)), [2, 1, 0.5])
    assert np.allclose(np.exp(levels_left(own, np.log(2.0), 5, lowest=lowest)), 2 / 2 ** (np.arange(5) / 2))
    assert np.allclose(np.exp(levels_left(own, np.log(3.0), 1, lowest=lowest)), [3.0])
    beyond = np.exp(levels_left(own, np.log(0.4), 3, lowest=lowest))
    assert np.allclose(beyond, [0.4, np.sqrt(0.4 * 0.01), 0.01])
    at_the_end = np.exp(levels_left(own, np.log(0.005), 2, lowest=lowest))
    assert at_the_end[0] == pytest.approx(0.005)
    assert at_the_end[1] < 0.005


def test_where_next_to_no_noise_is_left_every_sampler_still_ends_in_a_picture(session, make_small, correlation):
    """After most of Karras' steps, which are close together there, the others' own levels are all behind."""
    request = make_small(scheduler=SchedulerName.DPMPP_2M_KARRAS, steps=15)
    parent = recorded(session, request)
    for new in SchedulerName:
        image = recorded(session, branched(request, 13, Change(scheduler=new), None))
        assert correlation(image.pixels, parent.pixels) > 0.95, new


def test_progress_counts_the_whole_way_and_previews_go_on(session, make_small):
    viewer = Viewer()
    told: list[object] = []
    request = branched(make_small(steps=STEPS), 2, Change(scheduler=SchedulerName.DDIM), None)
    list(session.generate(request, on_progress=told.append, cancel=CancelToken(), previews=viewer))
    steps = [progress.step for progress in told if isinstance(progress, StepProgress)]
    assert steps == list(range(1, STEPS + 1))
    assert [frame.step for frame in viewer.frames] == list(range(STEPS + 1))


def test_a_picture_tells_the_stretches_that_made_it(session, make_small, pixels_of):
    change = Change(text="a blue car", negative="red", scheduler=SchedulerName.EULER_ANCESTRAL, guidance_scale=3.0)
    image = recorded(session, branched(make_small(steps=STEPS), 2, change, None))
    assert image.parameters.earlier == image.request.earlier
    assert image.parameters.earlier[0].prompt == Prompt("a red apple")
    assert image.parameters.prompt == Prompt("a blue car", "red")
    assert np.array_equal(pixels_of(session, image.request)[0], image.pixels)


def test_flow_families_tell_the_sampler_that_really_ran(session_of_kind, tiny_library):  # noqa: F811 - the fixture
    request = a_request(tiny_library.folder("flux"), scheduler=SchedulerName.DDIM, num_inference_steps=4)
    image = recorded(session_of_kind("flux"), unchanged(request))
    assert [stretch.scheduler for stretch in image.request.stretches] == [SchedulerName.EULER] * 2
