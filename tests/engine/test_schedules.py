"""How the steps are spaced, apart from the sampler; models whose training ended in pure noise."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.core.scheduler import SchedulerName, ScheduleType
from studio.engine.noise_levels import beta_levels, beta_quantiles, exponential_levels, karras_levels
from studio.engine.schedulers import config_by_marks, make_scheduler

CONFIG = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "steps_offset": 1}
KNOWN = [(name, schedule) for name in SchedulerName for schedule in name.schedules]
BY_LEVELS = [SchedulerName.EULER, SchedulerName.EULER_ANCESTRAL, SchedulerName.DPMPP_2M, SchedulerName.UNIPC]


def sigmas_of(scheduler: SchedulerName, schedule: ScheduleType, steps: int = 10) -> np.ndarray:
    made = make_scheduler(scheduler, CONFIG, steps, schedule=schedule)
    made.set_timesteps(steps)
    return made.sigmas.double().numpy()


@pytest.mark.parametrize(("scheduler", "schedule"), KNOWN)
def test_every_combination_that_is_offered_makes_a_picture(session, make_request, pixels_of, scheduler, schedule):
    request = make_request(scheduler=scheduler, steps=8)
    [pixels] = pixels_of(session, replace(request, sampling=replace(request.sampling, schedule=schedule)))
    red, green, _ = pixels[48:80, 48:80].mean(axis=(0, 1))
    assert red > green + 30, "a red apple lies in the middle"


@pytest.mark.parametrize(("scheduler", "schedule"), KNOWN)
@pytest.mark.parametrize("steps", [1, 2, 50, 150])
def test_every_combination_takes_all_numbers_of_steps(scheduler, schedule, steps):
    made = make_scheduler(scheduler, CONFIG, steps, schedule=schedule)
    made.set_timesteps(steps)
    assert len(made.timesteps) == steps
    assert all(0 <= float(timestep) <= 999 for timestep in made.timesteps)


@pytest.mark.parametrize("scheduler", BY_LEVELS)
def test_all_schedules_of_a_sampler_differ(scheduler):
    spacings = [tuple(sigmas_of(scheduler, schedule).round(4)) for schedule in ScheduleType]
    assert len(set(spacings)) == len(spacings)


@pytest.mark.parametrize("scheduler", BY_LEVELS)
@pytest.mark.parametrize("schedule", [ScheduleType.KARRAS, ScheduleType.EXPONENTIAL, ScheduleType.BETA])
def test_noise_only_falls_and_all_of_it_is_used(scheduler, schedule):
    sigmas = sigmas_of(scheduler, schedule)
    assert np.all(np.diff(sigmas) < 0)
    assert sigmas[0] == pytest.approx(14.61, abs=0.02)
    assert sigmas[-1] == 0


def test_karras_of_the_ancestral_sampler_is_that_of_the_others():
    """diffusers has it for those only."""
    assert np.allclose(
        sigmas_of(SchedulerName.EULER_ANCESTRAL, ScheduleType.KARRAS),
        sigmas_of(SchedulerName.DPMPP_2M, ScheduleType.KARRAS),
        rtol=1e-4,
    )


def test_the_spacings_are_those_of_their_papers():
    trained = np.geomspace(0.03, 14.6, 1001)
    karras = karras_levels(trained, 5)
    assert np.allclose(np.diff(karras ** (1 / 7)), np.diff(karras ** (1 / 7))[0])
    exponential = exponential_levels(trained, 5)
    assert np.allclose(exponential[1:] / exponential[:-1], exponential[1] / exponential[0])
    assert beta_levels(trained, 2) == pytest.approx([14.6, trained[500]], rel=1e-3)
    gaps = -np.diff(np.interp(beta_levels(trained, 11), trained, np.arange(1001)))
    assert gaps[0] < gaps[5] > gaps[9]


def test_beta_quantiles_are_those_of_the_distribution():
    """The incomplete beta function, summed with a million rectangles in the middle of its range."""
    points = (np.arange(1_000_000) + 0.5) / 1_000_000
    density = (points * (1 - points)) ** -0.4
    cumulative = np.cumsum(density) / density.sum()
    asked = np.array([0.1, 0.25, 0.5, 0.8])
    assert beta_quantiles(asked) == pytest.approx(np.interp(asked, cumulative, points), abs=2e-4)
    assert beta_quantiles(np.array([0.0, 1.0])) == pytest.approx([0.0, 1.0])


def test_a_named_karras_sampler_and_a_chosen_karras_schedule_are_one(session, make_request, pixels_of):
    request = make_request(scheduler=SchedulerName.DPMPP_2M)
    chosen = replace(request, sampling=replace(request.sampling, schedule=ScheduleType.KARRAS))
    named = make_request(scheduler=SchedulerName.DPMPP_2M_KARRAS)
    assert np.array_equal(pixels_of(session, chosen), pixels_of(session, named))


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_a_model_trained_down_to_pure_noise_begins_in_pure_noise(scheduler):
    made = make_scheduler(scheduler, {**CONFIG, "rescale_betas_zero_snr": True}, 10)
    made.set_timesteps(10)
    assert float(made.timesteps[0]) == 999
    assert float(made.alphas_cumprod[-1]) < 1e-6


def test_marks_in_a_single_file_tell_how_it_was_trained():
    assert config_by_marks(CONFIG, {"cond_stage_model.x", "alphas"}) == CONFIG
    assert config_by_marks(CONFIG, {"v_pred"})["prediction_type"] == "v_prediction"
    zero_snr = config_by_marks(CONFIG, {"v_pred", "ztsnr"})
    assert zero_snr["rescale_betas_zero_snr"] is True
    assert zero_snr["timestep_spacing"] == "trailing"


def test_a_zero_snr_folder_is_sampled_so(session, make_request, pixels_of, copied, unet_calls):
    path = copied.path / "scheduler" / "scheduler_config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "rescale_betas_zero_snr": True, "timestep_spacing": "leading"}))
    [pixels] = pixels_of(session, make_request(checkpoint=copied, scheduler=SchedulerName.EULER, steps=4))
    assert unet_calls[0].timestep == 999
    assert pixels.std() > 0


@pytest.mark.parametrize("scheduler", [SchedulerName.DDIM, SchedulerName.LCM])
def test_adding_noise_to_latents_of_a_card_leaves_the_table_in_main_memory(scheduler):
    """On an H100 in float16 a repainted region with nothing changed was another picture with just these two."""
    made = make_scheduler(scheduler, CONFIG, 4)
    made.set_timesteps(4)
    latents = torch.zeros((1, 4, 8, 8), device="meta")
    assert made.add_noise(latents, latents, made.timesteps[:1]).device.type == "meta"
    assert made.alphas_cumprod.device.type == "cpu"
