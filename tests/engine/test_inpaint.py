"""Inpainting: only what is masked changes, as strongly as the mask says, with every sampler and kind of model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.core.errors import GenerationCancelled, MaskUnusable, NoSeedsBetween
from studio.core.geometry import Size
from studio.core.progress import Progress, StepProgress
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.task import Inpaint, InpaintArea, MaskedContent
from studio.engine.kept_steps import next_timestep
from studio.engine.put_back import PutBack
from studio.imaging.masks import mask_bounds
from tests.engine.test_previews import Viewer


@pytest.fixture
def right_half() -> np.ndarray:
    return mask(right=255)


def mask(*, left: int = 0, right: int = 0) -> np.ndarray:
    halves = np.zeros((128, 128), np.uint8)
    halves[:, :64], halves[:, 64:] = left, right
    return halves


@pytest.fixture
def in_apple(sources, apple):
    """`in_apple(mask, strength=0.5)`: a task that repaints the masked part of the apple, without a soft edge."""
    ref = sources.put_image(apple)

    def task(painted: np.ndarray, **settings: object) -> Inpaint:
        usual = {"strength": 1.0, "mask_blur": 0, "area": InpaintArea.WHOLE}
        return Inpaint(image=ref, mask=sources.put_mask(painted), **{**usual, **settings})

    return task


def made(session, request):
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken())
    return image


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_outside_of_the_mask_nothing_changes_and_inside_all_does(
    session, make_request, in_apple, apple, right_half, correlation, scheduler
):
    request = make_request("a green pear", scheduler=scheduler, steps=6, task=in_apple(right_half))
    image = made(session, request)
    assert np.array_equal(image.pixels[:, :64], apple[:, :64])
    assert image.unchanged_pixels == 128 * 64
    assert correlation(image.pixels[:, 64:], apple[:, 64:]) < 0.95
    assert image.parameters.unchanged_pixels == image.unchanged_pixels


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_what_is_kept_has_the_noise_of_each_step(
    session, make_request, pixels_of, in_apple, right_half, scheduler, unet_calls, starter
):
    """In the form that the model sees: sqrt(a) original + sqrt(1 - a) noise, with a of the step's time."""
    request = make_request(scheduler=scheduler, steps=6, guidance=1.0, task=in_apple(right_half, strength=0.7))
    pixels_of(session, request)
    assert len(unet_calls) == 4
    dtype = getattr(torch, session.device.dtype)
    noise = torch.randn((1, 4, 16, 16), generator=torch.Generator().manual_seed(3), dtype=dtype).float()
    betas = torch.linspace(0.00085**0.5, 0.018**0.5, 1000) ** 2
    alphas = torch.cumprod(1 - betas, 0)
    originals = []
    for sample, timestep in unet_calls:
        alpha = alphas[round(timestep)]
        originals.append(((sample.float() - (1 - alpha).sqrt() * noise) / alpha.sqrt())[..., :8])
    for original in originals[1:]:
        assert (original - originals[-1]).abs().mean() < 0.08, "the same picture in every step"


def test_a_cell_is_free_in_as_many_steps_as_its_strength_says():
    class TenSteps:
        timesteps = torch.arange(10, 0, -1)

    def kept(done: int) -> torch.Tensor:
        return torch.full((1, 1, 1, 6), float(next_timestep(TenSteps(), 4, done)) if done < 4 else 0.0)

    strengths = torch.tensor([0.0, 0.01, 0.25, 0.5, 0.51, 1.0]).reshape(1, 1, 1, 6)
    put_back = PutBack(kept, strengths, 4, then=lambda *_: {})
    free_steps = torch.zeros(6)
    noise_put_back = []
    for step in range(4):
        free = put_back(None, step, None, {"latents": torch.full((1, 1, 1, 6), -1.0)})["latents"].flatten()
        noise_put_back.append(free[0].item())
        if step < 3:
            free_steps += free == -1
    free_steps += strengths.flatten() > 3 / 4  # before the first step nothing is put back: this is who is free in it
    assert free_steps.tolist() == [0, 1, 1, 2, 3, 4], "strength * 4, rounded up"
    assert noise_put_back == [3, 2, 1, 0], "less each time, and none at the end"


def test_grey_means_less_change(session, make_request, pixels_of, in_apple, apple):
    def change(value: int) -> float:
        request = make_request("a green pear", steps=8, task=in_apple(mask(left=value, right=255)))
        [pixels] = pixels_of(session, request)
        return float(np.abs(pixels[:, :56].astype(int) - apple[:, :56]).mean())

    assert change(50) < change(130) < change(255)


def test_masked_contents_differ_and_start_from_what_they_say(session, make_request, pixels_of, in_apple, right_half):
    results = [
        pixels_of(session, make_request(steps=4, task=in_apple(right_half, strength=0.6, masked_content=content)))[0]
        for content in MaskedContent
    ]
    assert len({result.tobytes() for result in results}) == 3


@pytest.mark.parametrize("area", InpaintArea)
def test_the_result_has_the_pictures_own_size(session, make_request, sources, area):
    picture = np.random.default_rng(0).integers(0, 256, (75, 301, 3), np.uint8)
    painted = np.zeros((75, 301), np.uint8)
    painted[30:50, 290:] = 255
    task = Inpaint(image=sources.put_image(picture), mask=sources.put_mask(painted), strength=0.8, area=area)
    image = made(session, make_request(steps=2, size=Size(128, 64), task=task))
    changed = (image.pixels != picture).any(axis=2)
    assert image.pixels.shape == picture.shape
    assert changed[30:50, 290:].any()
    bounds = mask_bounds(changed.astype(np.uint8))
    assert bounds.left >= 286
    assert bounds.top >= 26
    assert bounds.bottom <= 54
    assert image.unchanged_pixels is not None
    assert 75 * 301 - 28 * 15 <= image.unchanged_pixels <= 75 * 301 - 20 * 11


def test_a_batch_equals_its_singles_and_each_is_the_same_in_any_session(
    session, fresh_session, make_small, pixels_of, in_apple, right_half
):
    settings = {
        "scheduler": SchedulerName.EULER_ANCESTRAL, "steps": 4,
        "task": in_apple(right_half, strength=0.8, masked_content=MaskedContent.NOISE, area=InpaintArea.MASKED),
    }  # fmt: skip
    batch = pixels_of(session, make_small(seed=7, batch_size=2, **settings))
    singles = [pixels_of(fresh_session, make_small(seed=seed, **settings))[0] for seed in (7, 8)]
    assert np.array_equal(batch, singles)
    assert not np.array_equal(batch[0], batch[1])


def test_previews_show_the_whole_picture_with_the_new_part_in_its_place(session, make_request, in_apple, apple):
    viewer, painted = Viewer(), np.zeros((128, 128), np.uint8)
    painted[80:112, 80:112] = 255
    task = in_apple(painted, strength=0.7, area=InpaintArea.MASKED)
    request = make_request("a green pear", steps=4, task=task)
    reported = []
    list(session.generate(request, on_progress=reported.append, cancel=CancelToken(), previews=viewer))
    assert [(frame.step, frame.steps) for frame in viewer.frames] == [(0, 2), (1, 2), (2, 2)]
    assert [progress.steps for progress in reported if isinstance(progress, StepProgress)] == [2, 2]
    for frame in viewer.frames:
        assert frame.pixels.shape == (128, 128, 3)
        assert np.array_equal(frame.pixels[painted == 0], apple[painted == 0])
    assert not np.array_equal(viewer.frames[-1].pixels, apple)


def test_a_cancel_takes_effect_within_one_step(session, make_small, in_apple, right_half, unet_calls):
    token, request = CancelToken(), make_small(task=in_apple(right_half))

    def cancel_at_the_first(progress: Progress) -> None:
        if isinstance(progress, StepProgress):
            token.cancel()

    with pytest.raises(GenerationCancelled):
        list(session.generate(request, on_progress=cancel_at_the_first, cancel=token))
    assert len(unet_calls) == 1


def test_an_empty_mask_is_refused_and_the_session_goes_on(session, make_request, pixels_of, in_apple):
    with pytest.raises(MaskUnusable):
        pixels_of(session, make_request(task=in_apple(mask())))
    assert pixels_of(session, make_request(steps=1))[0].any()


# --- models made for inpainting ---


@pytest.fixture
def inpainting_model(tiny_model):
    return tiny_model(unet_channels=9)


def test_an_inpainting_model_is_shown_the_mask_and_what_is_around_it(
    fresh_session, make_request, inpainting_model, in_apple, right_half, apple, unet_calls
):
    for strength in (0.5, 1.0):
        unet_calls.clear()
        task = in_apple(right_half, strength=strength)
        request = make_request(checkpoint=inpainting_model, steps=4, guidance=1.0, task=task)
        image = made(fresh_session, request)
        assert np.array_equal(image.pixels[:, :64], apple[:, :64])
        assert not np.array_equal(image.pixels[:, 64:], apple[:, 64:])
        assert len(unet_calls) == int(4 * strength)
        for sample, _ in unet_calls:
            assert sample.shape == (1, 9, 16, 16)
            assert (sample[0, 4, :, :8] == 0).all()
            assert (sample[0, 4, :, 8:] == 1).all()
            assert torch.equal(sample[:, 5:], unet_calls[0].sample[:, 5:]), "the same in every step"


def test_an_inpainting_model_makes_whole_pictures_from_nothing_and_from_others(
    fresh_session, make_request, inpainting_model, sources, apple, pixels_of, unet_calls
):
    settings = {"checkpoint": inpainting_model, "steps": 3, "size": Size(64, 64), "guidance": 1.0}
    [pixels] = pixels_of(fresh_session, make_request(**settings))
    assert pixels.shape == (64, 64, 3)
    assert len(unet_calls) == 3
    assert all((sample[:, 4] == 1).all() for sample, _ in unet_calls), "everything is masked"
    assert pixels.std() > 0


def test_an_inpainting_model_has_nothing_between_two_seeds(fresh_session, make_request, inpainting_model):
    with pytest.raises(NoSeedsBetween):
        fresh_session.between_seeds(
            make_request(checkpoint=inpainting_model, steps=2),
            8,
            0.5,
            on_progress=lambda _: None,
            cancel=CancelToken(),
        )
