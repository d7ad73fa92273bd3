"""Pictures: every sampler makes one, and the request alone decides its pixels."""

from __future__ import annotations

import numpy as np
import pytest

from studio.core.checkpoint import Checkpoint
from studio.core.geometry import Size
from studio.core.progress import StepProgress
from studio.core.request import SEED_COUNT
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.engine.schedulers import make_scheduler


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_every_sampler_makes_a_picture_that_is_not_noise(session, make_request, pixels_of, scheduler):
    [pixels] = pixels_of(session, make_request(scheduler=scheduler, steps=12))
    assert pixels.dtype == np.uint8
    assert pixels.shape == (128, 128, 3)
    assert not pixels.flags.writeable
    assert roughness(pixels) < 0.25 * roughness(np.random.default_rng(0).integers(0, 256, pixels.shape, np.uint8))
    red, green, _ = pixels[48:80, 48:80].mean(axis=(0, 1))
    assert red > green + 40, "a red apple lies in the middle"


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_one_step_is_enough_for_a_picture(session, make_request, pixels_of, scheduler):
    [pixels] = pixels_of(session, make_request(scheduler=scheduler, steps=1))
    assert pixels.std() > 0


@pytest.mark.parametrize("scheduler", SchedulerName)
@pytest.mark.parametrize("steps", [1, 50, 51, 150])
def test_every_sampler_takes_all_numbers_of_steps(scheduler, steps):
    config = {"beta_schedule": "scaled_linear", "timestep_spacing": "trailing", "steps_offset": 1}
    made = make_scheduler(scheduler, config, steps)
    made.set_timesteps(steps)
    assert len(made.timesteps) == steps


def test_karras_spacing_makes_another_picture(session, make_small, pixels_of):
    plain = pixels_of(session, make_small(scheduler=SchedulerName.DPMPP_2M))
    karras = pixels_of(session, make_small(scheduler=SchedulerName.DPMPP_2M_KARRAS))
    assert not np.array_equal(plain, karras)


def test_the_size_is_the_one_asked_for(session, make_request, pixels_of):
    [pixels] = pixels_of(session, make_request(steps=1, size=Size(192, 64)))
    assert pixels.shape == (64, 192, 3)


def test_the_same_request_gives_the_same_pixels_in_any_session(session, fresh_session, make_small, pixels_of):
    request = make_small(scheduler=SchedulerName.EULER_ANCESTRAL)
    first = pixels_of(session, request)
    assert np.array_equal(first, pixels_of(session, request))
    assert np.array_equal(first, pixels_of(fresh_session, request))


@pytest.mark.parametrize("scheduler", [SchedulerName.DPMPP_2M, SchedulerName.EULER_ANCESTRAL, SchedulerName.LCM])
def test_a_batch_equals_its_singles(session, make_small, pixels_of, scheduler):
    batch = pixels_of(session, make_small(scheduler=scheduler, seed=7, batch_size=3))
    singles = [pixels_of(session, make_small(scheduler=scheduler, seed=seed))[0] for seed in (7, 8, 9)]
    assert np.array_equal(batch, singles)
    assert not np.array_equal(batch[0], batch[1])


def test_the_highest_seed_works_and_the_next_picture_wraps_to_seed_zero(session, make_small, pixels_of):
    highest, wrapped = pixels_of(session, make_small(seed=SEED_COUNT - 1, batch_size=2))
    [zero] = pixels_of(session, make_small(seed=0))
    assert np.array_equal(wrapped, zero)
    assert not np.array_equal(highest, zero)


def test_pictures_come_as_they_are_finished(session, make_request):
    reported = []
    images = session.generate(make_request(batch_size=2, steps=2), on_progress=reported.append, cancel=CancelToken())
    next(images)
    steps = [progress for progress in reported if isinstance(progress, StepProgress)]
    assert [progress.index for progress in steps] == [0, 0]
    assert reported[-1].fraction == 0.5
    list(images)
    assert reported[-1].fraction == 1.0


def test_a_picture_carries_the_request_that_makes_it_again(session, make_request, pixels_of):
    images = session.generate(make_request(seed=7, batch_size=2), on_progress=lambda _: None, cancel=CancelToken())
    second = list(images)[1]
    assert second.request.batch_size == 1
    assert second.request.sampling.seed == 8
    assert np.array_equal(second.pixels, pixels_of(session, second.request)[0])
    assert second.seconds > 0
    assert (second.provenance.device, second.provenance.dtype) == (session.device.name, session.device.dtype)
    assert {"studio", "torch", "diffusers", "transformers"} == dict(second.provenance.versions).keys()


def test_guidance_and_negative_prompt_change_the_picture(session, make_request, pixels_of):
    weak = pixels_of(session, make_request(guidance=2.0))
    strong = pixels_of(session, make_request(guidance=7.0))
    negative = pixels_of(session, make_request(guidance=7.0, negative="red"))
    assert not np.array_equal(weak, strong)
    assert not np.array_equal(strong, negative)


def test_without_guidance_the_negative_prompt_has_no_effect(session, make_request, pixels_of):
    without = pixels_of(session, make_request(guidance=1.0))
    assert np.array_equal(without, pixels_of(session, make_request(guidance=1.0, negative="red")))
    assert np.array_equal(without, pixels_of(session, make_request(guidance=0.0)))


def test_an_empty_prompt_makes_a_picture(session, make_request, pixels_of):
    [pixels] = pixels_of(session, make_request(""))
    assert pixels.std() > 0


def test_the_pixels_are_those_of_the_bare_pipeline(session, make_request, pixels_of, starter: Checkpoint):
    import torch
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(starter.path, dtype=torch.float32, safety_checker=None)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.to(session.device.name.split()[0], getattr(torch, session.device.dtype))
    bare = pipeline(
        "a red apple",
        width=128,
        height=128,
        num_inference_steps=6,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(3),
    ).images[0]
    [ours] = pixels_of(session, make_request(steps=6, seed=3))
    assert np.abs(np.asarray(bare).astype(int) - ours).max() <= 1, "rounding aside"


def roughness(pixels) -> float:
    """Mean difference between neighbours in a row."""
    return float(np.abs(np.diff(pixels.astype(int), axis=1)).mean())
