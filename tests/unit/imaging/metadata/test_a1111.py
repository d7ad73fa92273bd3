"""Settings of other programs' pictures."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.geometry import Size
from studio.core.request import Prompt
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata.a1111 import read_infotext
from tests.helpers.fake_session import a_picture
from tests.helpers.growth import grows_with_length_alone

A1111 = """a red apple,
on a table
Negative prompt: blurry,
ugly
Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x768, Model hash: 6ce0161689, \
Lora hashes: "add_detail: 7c6bad76eb54, other: 12", Version: v1.10.0"""


def test_what_a1111_writes_is_read() -> None:
    settings = read_infotext(A1111)
    assert settings is not None
    assert settings.prompt == Prompt("a red apple,\non a table", "blurry,\nugly")
    assert settings.scheduler is SchedulerName.DPMPP_2M_KARRAS
    assert (settings.num_inference_steps, settings.guidance_scale, settings.seed) == (25, 7.0, 1)
    assert settings.size == Size(512, 768)


def test_old_files_name_the_schedule_with_the_sampler() -> None:
    settings = read_infotext("x\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 1")
    assert settings is not None
    assert settings.scheduler is SchedulerName.DPMPP_2M_KARRAS


def test_what_this_program_writes_comes_back() -> None:
    parameters = a_picture().parameters
    settings = read_infotext(to_infotext(parameters))
    assert settings is not None
    assert settings.prompt == parameters.prompt
    assert settings.scheduler is parameters.sampling.scheduler
    assert settings.seed == parameters.sampling.seed
    assert settings.size == parameters.size


def test_what_does_not_exist_here_is_left_out_and_the_rest_is_used() -> None:
    settings = read_infotext("x\nSteps: 900, Sampler: Restart, CFG scale: nan, Seed: -5, Size: 500x500")
    assert settings is not None
    assert settings.prompt == Prompt("x")
    found = (settings.scheduler, settings.num_inference_steps, settings.guidance_scale, settings.seed, settings.size)
    assert found == (None, None, None, None, None)


def test_a_picture_without_a_prompt() -> None:
    settings = read_infotext("Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 3")
    assert settings is not None
    assert settings.prompt == Prompt("", "")
    assert settings.seed == 3


def test_a_text_without_settings_tells_nothing() -> None:
    assert read_infotext("a red apple") is None
    assert read_infotext("a photo, 35mm: sharp\nby me: 2026") is None
    assert read_infotext("") is None
    assert read_infotext('{"prompt": "x", "images": 1, "model": "a", "width": 64}') is None


@given(st.text(max_size=300))
def test_no_text_is_too_strange(text: str) -> None:
    read_infotext(text)
    read_infotext(f"{text}\nSteps: {text}, Sampler: {text}, Seed: {text}, Size: {text}")


@pytest.mark.parametrize(("unit", "count"), [("a:", 8_000), ('a: "\\', 1_000_000)])
def test_a_hostile_line_costs_no_more_than_its_length(unit: str, count: int) -> None:
    assert grows_with_length_alone(lambda length: partial(read_infotext, "x\n" + unit * length + '"'), count)


def test_the_finer_settings_are_read() -> None:
    settings = read_infotext(
        "x <lora:ink:0.8>\nSteps: 20, Sampler: Euler a, Schedule type: Exponential, CFG scale: 7, Seed: 1, "
        'VAE hash: 735e4c3a44, VAE: vae-ft-mse.safetensors, Clip skip: 2, CFG Rescale: 0.7, Lora hashes: "ink: 12"'
    )
    assert settings is not None
    assert settings.prompt.text == "x <lora:ink:0.8>"
    assert (settings.scheduler, settings.schedule) == (SchedulerName.EULER_ANCESTRAL, ScheduleType.EXPONENTIAL)
    assert (settings.guidance_rescale, settings.clip_skip, settings.vae) == (0.7, 1, "vae-ft-mse")


def test_what_is_not_written_of_them_is_the_usual() -> None:
    settings = read_infotext("x\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, VAE: None")
    assert settings is not None
    assert (settings.schedule, settings.guidance_rescale, settings.clip_skip) == (ScheduleType.AUTOMATIC, 0.0, 0)
    assert settings.vae is None


def test_fused_and_named_schedules_mean_the_same() -> None:
    fused = read_infotext("x\nSteps: 20, Sampler: Euler a Karras, CFG scale: 7, Seed: 1")
    named = read_infotext("x\nSteps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7, Seed: 1")
    assert fused is not None
    assert fused == named
    assert (fused.scheduler, fused.schedule) == (SchedulerName.EULER_ANCESTRAL, ScheduleType.KARRAS)


def test_a_schedule_that_does_not_exist_here_leaves_the_sampler() -> None:
    for schedule in ("Polyexponential", "Align Your Steps"):
        settings = read_infotext(f"x\nSteps: 20, Sampler: Euler, Schedule type: {schedule}, CFG scale: 7, Seed: 1")
        assert settings is not None
        assert (settings.scheduler, settings.schedule) == (SchedulerName.EULER, None)
    settings = read_infotext("x\nSteps: 20, Sampler: DDIM, Schedule type: Karras, CFG scale: 7, Seed: 1")
    assert settings is not None
    assert (settings.scheduler, settings.schedule) == (SchedulerName.DDIM, None)


def test_impossible_finer_settings_are_left_out() -> None:
    settings = read_infotext("x\nSteps: 20, Sampler: Euler, CFG scale: 7, Clip skip: 99, CFG Rescale: nan")
    assert settings is not None
    assert (settings.clip_skip, settings.guidance_rescale) == (None, None)
