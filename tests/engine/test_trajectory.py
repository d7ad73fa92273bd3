"""Trajectories: what the network saw and expected in each step, kept without changing a pixel."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler

from studio.core.result import GeneratedImage
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.task import ImageToImage, Inpaint, InpaintArea
from studio.core.trajectory import Trajectory
from studio.engine.flow_scheduler import FlowEuler
from studio.engine.latents import generator_for
from studio.engine.preview import LatentRgb
from studio.engine.session import DiffusersSession
from studio.imaging.forward_noise import noised
from studio.imaging.latent_picture import latent_picture
from tests.engine.test_families import ALL, FLOW, REDRAWN, a_request
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture
from tests.engine.test_previews import Viewer


def recorded(session: DiffusersSession, request, **watching: object) -> GeneratedImage:
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), record=True, **watching)
    return image


def steps_by_formula(trajectory: Trajectory) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The latents of each next step, and what a sampler of first order makes of this one: eps stays, noise falls."""
    for step, following in zip(trajectory.steps, trajectory.steps[1:], strict=False):
        latents, predicted = step.latents.astype(np.float64), step.predicted.astype(np.float64)
        eps = (latents - step.level.signal * predicted) / step.level.noise
        yield following.latents, following.level.signal * predicted + following.level.noise * eps


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_recording_changes_no_pixel(session, make_small, pixels_of, scheduler):
    request = make_small(scheduler=scheduler, steps=5)
    image = recorded(session, request)
    trajectory = image.trajectory
    assert np.array_equal(image.pixels, pixels_of(session, request)[0])
    assert trajectory.sampler is scheduler
    assert len(trajectory.steps) == 5
    timesteps = [step.timestep for step in trajectory.steps]
    alpha_bars = [step.level.alpha_bar for step in trajectory.steps]
    assert timesteps == sorted(timesteps, reverse=True)
    assert alpha_bars == sorted(alpha_bars)
    assert alpha_bars[0] < 0.02
    for step in trajectory.steps:
        assert step.latents.shape == step.predicted.shape == (4, 8, 8)
        assert step.latents.dtype == step.predicted.dtype == np.float16
        assert not step.latents.flags.writeable
        assert step.level.signal**2 + step.level.noise**2 == pytest.approx(1)


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_it_begins_in_the_seeds_noise_and_ends_in_the_picture(session, make_small, correlation, scheduler):
    image = recorded(session, make_small(scheduler=scheduler, steps=8, seed=11))
    first, last = image.trajectory.steps[0], image.trajectory.steps[-1]
    noise = torch.randn((1, 4, 8, 8), generator=generator_for(11))[0].numpy()
    assert correlation(first.latents, noise) > 0.999
    assert first.norm == pytest.approx(1, abs=0.1)
    small = image.pixels.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3))
    assert correlation(latent_picture(last.predicted, image.trajectory.colours), small) > 0.8
    assert image.trajectory.changes[0] == 0
    assert all(change > 0 for change in image.trajectory.changes[1:])


@pytest.mark.parametrize("scheduler", [SchedulerName.EULER, SchedulerName.DDIM])
def test_latents_levels_and_expectations_fit_together(exact_session, make_small, scheduler):
    """With 8 steps, which divide the 1000 trained ones: else DDIM lands beside the timestep that it tells next."""
    trajectory = recorded(exact_session, make_small(scheduler=scheduler, steps=8)).trajectory
    for following, expected in steps_by_formula(trajectory):
        assert np.allclose(following, expected, atol=0.01)


@pytest.mark.parametrize("scheduler", [SchedulerName.DPMPP_2M, SchedulerName.UNIPC])
def test_multistep_samplers_begin_as_those_of_first_order(exact_session, make_small, scheduler):
    trajectory = recorded(exact_session, make_small(scheduler=scheduler, steps=6)).trajectory
    following, expected = next(steps_by_formula(trajectory))
    assert np.allclose(following, expected, atol=0.01)


def test_a_redrawn_picture_tells_the_steps_that_were_run(session, sources, make_small):
    pixels = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    mask = np.zeros((128, 128), np.uint8)
    mask[32:96, 32:96] = 255
    image = sources.put_image(pixels)
    tasks = [ImageToImage(image=image, strength=0.5), Inpaint(image=image, mask=sources.put_mask(mask), strength=0.5)]
    for task in tasks:
        trajectory = recorded(session, make_small(task=task, steps=6)).trajectory
        assert len(trajectory.steps) == 3
        assert trajectory.steps[0].level.alpha_bar > 0.1


@pytest.mark.parametrize("timestep", [199, 499, 799])
def test_image_to_image_begins_with_the_noise_of_the_timestep_that_its_strength_is(
    session, sources, make_small, timestep
):
    """What the window says of "from here": the strength is the timestep's share of all."""
    pixels = np.random.default_rng(2).integers(0, 256, (128, 128, 3), np.uint8)
    task = ImageToImage(image=sources.put_image(pixels), strength=(timestep + 1) / 1000)
    request = make_small(scheduler=SchedulerName.DDIM, steps=20, task=task)
    levels = session.noise_levels(request.checkpoint)
    first = recorded(session, request).trajectory.steps[0]
    assert first.timestep == pytest.approx(timestep, abs=1000 / 20)
    assert first.level.alpha_bar == pytest.approx(levels[int(first.timestep)].alpha_bar, rel=1e-3)


def test_it_is_recorded_beside_previews_and_for_each_picture_of_a_batch(session, make_small):
    request = make_small(steps=3, batch_size=2)
    images = list(
        session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=Viewer(), record=True)
    )
    first, second = (image.trajectory for image in images)
    assert len(first.steps) == len(second.steps) == 3
    assert not np.array_equal(first.steps[0].latents, second.steps[0].latents)


def test_nothing_is_recorded_unasked(session, make_small):
    [image] = session.generate(make_small(steps=1), on_progress=lambda _: None, cancel=CancelToken())
    assert image.trajectory is None


@pytest.mark.usefixtures("in_float32")
@pytest.mark.parametrize("kind", ALL)
def test_every_family_tells_its_trajectory(session_of_kind, tiny_library, kind):  # noqa: F811 - the fixture
    task = REDRAWN if kind == "sdxl refiner" else None
    trajectory = recorded(session_of_kind(kind), a_request(tiny_library.folder(kind), task)).trajectory
    channels, height, width = trajectory.steps[0].latents.shape
    assert (height, width) in {(8, 12), (4, 6)}
    assert channels >= 4
    if kind in FLOW:
        for step in trajectory.steps:
            assert step.level.signal + step.level.noise == pytest.approx(1)
    for following, expected in steps_by_formula(trajectory):
        assert np.allclose(following, expected, atol=0.02)


@pytest.mark.parametrize(("channels", "soft_limit"), [(4, None), (4, 3.0), (16, None)])
def test_pictures_of_latents_are_the_engines_previews(channels, soft_limit):
    chance = np.random.default_rng(0)
    latents = chance.standard_normal((channels, 6, 5)).astype(np.float16)
    factors, bias = torch.from_numpy(chance.normal(0, 0.3, (4, 3))).float(), torch.tensor([0.1, 0.0, -0.1])
    engine = LatentRgb(factors, bias, soft_limit)
    pixels = latent_picture(latents, engine.colours())
    previewed = engine(torch.from_numpy(latents)[None])
    assert pixels.shape == previewed.shape
    assert np.abs(pixels.astype(int) - previewed).max() <= 1


@pytest.mark.parametrize("kind", ["sd1", "sdxl", "sd3", "flux"])
def test_noise_levels_are_those_with_which_the_scheduler_adds_noise(session_of_kind, tiny_library, kind):  # noqa: F811
    checkpoint = tiny_library.folder(kind)
    levels = session_of_kind(kind).noise_levels(checkpoint)
    config = json.loads((checkpoint.path / "scheduler" / "scheduler_config.json").read_text())
    scheduler = FlowEuler.from_config(config) if kind in FLOW else DDPMScheduler.from_config(config)
    x0, eps = torch.randn((2, 1, 4, 8, 8), generator=generator_for(0))
    assert len(levels) == (1001 if kind in FLOW else 1000)
    for timestep in (0, 1, 500, 999):
        theirs = scheduler.add_noise(x0, eps, torch.tensor([timestep]))
        assert np.allclose(noised(x0.numpy(), levels[timestep], eps.numpy()), theirs, atol=1e-5)
    shares = [level.alpha_bar for level in levels]
    assert shares == sorted(shares, reverse=True)


def test_inpainting_tells_which_cells_are_put_back_before_each_step(session, make_request, sources, apple):
    """What the prompt says has no effect where the picture was just put back."""
    painted = np.zeros((128, 128), np.uint8)
    painted[:, 40:80], painted[:, 80:] = 128, 255
    task = Inpaint(
        image=sources.put_image(apple),
        mask=sources.put_mask(painted),
        strength=1.0,
        mask_blur=0,
        area=InpaintArea.WHOLE,
    )
    pear, house = (
        recorded(session, make_request(text, steps=6, task=task)).trajectory for text in ("a pear", "a house")
    )
    assert pear.strengths.shape == pear.steps[0].latents.shape[1:]
    assert np.array_equal(pear.strengths, house.strengths)
    shares = []
    for index in range(1, 6):
        free = pear.free_cells(index)
        one, other = pear.steps[index].latents, house.steps[index].latents
        assert np.array_equal(one[:, ~free], other[:, ~free])
        assert (one != other).any(axis=0)[free].mean() > 0.9
        shares.append(free.mean())
    assert len(set(shares)) == 2, "the grey part becomes free later"
