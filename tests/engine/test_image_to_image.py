"""Image to image: the strength decides how much is left, how many steps run, and the weights are shared."""

from __future__ import annotations

import gc
import json

import numpy as np
import pytest
import torch

from studio.core.errors import GenerationCancelled, SourceMissing
from studio.core.geometry import Size
from studio.core.picture_id import PictureId
from studio.core.progress import Progress, StepProgress
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import ImageRef
from studio.core.task import Fit, ImageToImage
from studio.engine.device import ComputeDevice
from studio.engine.loader import load_checkpoint
from studio.engine.unet_model import image_to_image_pipeline, inpaint_pipeline
from tests.engine.test_previews import Viewer


@pytest.fixture
def from_apple(sources, apple):
    """`from_apple(strength=0.5)`: a task that starts from the apple."""
    ref = sources.put_image(apple)
    return lambda **settings: ImageToImage(image=ref, **{"strength": 0.6, **settings})


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_a_low_strength_keeps_the_picture_and_a_high_one_makes_another(
    session, make_request, pixels_of, from_apple, apple, correlation, scheduler
):
    def pear(strength: float):
        request = make_request("a green pear", steps=8, scheduler=scheduler, task=from_apple(strength=strength))
        return pixels_of(session, request)[0]

    low, high = pear(0.25), pear(1.0)
    assert correlation(low, apple) > 0.9
    assert correlation(high, apple) < correlation(low, apple) - 0.1
    red, green, _ = high[48:80, 48:80].mean(axis=(0, 1))
    assert green > red - 40, "no red apple any more"


@pytest.mark.parametrize(("strength", "run"), [(0.5, 3), (1.0, 6), (0.99, 5), (0.01, 1)])
def test_progress_counts_the_steps_that_run(session, make_small, from_apple, unet_calls, strength, run):
    reported = []
    request = make_small(steps=6, task=from_apple(strength=strength))
    list(session.generate(request, on_progress=reported.append, cancel=CancelToken()))
    steps = [progress for progress in reported if isinstance(progress, StepProgress)]
    assert [(progress.step, progress.steps) for progress in steps] == [(step, run) for step in range(1, run + 1)]
    assert reported[-1].fraction == 1.0
    assert len(unet_calls) == run


def test_the_pixels_are_those_of_the_bare_pipeline(session, make_request, pixels_of, from_apple, apple, starter):
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionImg2ImgPipeline

    pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(starter.path, dtype=torch.float32, safety_checker=None)
    pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.to(session.device.name.split()[0], getattr(torch, session.device.dtype))
    bare = pipeline(
        "a green pear",
        image=torch.tensor(apple).movedim(-1, 0)[None] / 255,
        strength=0.5,
        num_inference_steps=6,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(3),
        output_type="np",
    ).images[0]
    [ours] = pixels_of(session, make_request("a green pear", steps=6, task=from_apple(strength=0.5)))
    assert np.abs(np.rint(bare * 255).astype(int) - ours).max() <= 1, "rounding aside"


def test_the_weights_are_shared_and_take_no_more_memory(starter):
    pipeline = load_checkpoint(starter, ComputeDevice(torch.device("cpu"), torch.float32)).pipeline
    before = bytes_of_tensors()
    others = [image_to_image_pipeline(pipeline), inpaint_pipeline(pipeline)]
    for other in others:
        for part in ("unet", "vae", "text_encoder"):
            ours, theirs = getattr(pipeline, part).parameters(), getattr(other, part).parameters()
            assert all(one is another for one, another in zip(ours, theirs, strict=True))
    assert bytes_of_tensors() == before


def bytes_of_tensors() -> int:
    """Of every tensor that exists, each memory counted once."""
    gc.collect()
    tensors = [thing for thing in gc.get_objects() if type(thing) in {torch.Tensor, torch.nn.Parameter}]
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(storages.values())


def test_a_picture_of_any_size_becomes_one_of_the_requests(session, make_request, pixels_of, sources):
    wide = sources.put_image(np.full((50, 301, 3), 200, np.uint8))
    for fit in Fit:
        task = ImageToImage(image=wide, strength=0.5, fit=fit)
        [pixels] = pixels_of(session, make_request(steps=2, size=Size(128, 64), task=task))
        assert pixels.shape == (64, 128, 3)


def test_the_result_can_be_put_back_at_the_originals_size(session, make_request, pixels_of, sources):
    picture = np.random.default_rng(0).integers(0, 256, (100, 301, 3), np.uint8)
    task = ImageToImage(image=sources.put_image(picture), strength=0.5, restore_size=True)
    [pixels] = pixels_of(session, make_request(steps=2, size=Size(64, 64), task=task))
    assert pixels.shape == picture.shape
    assert np.array_equal(pixels[:, :100], picture[:, :100]), "what was cut off is as it was"
    assert not np.array_equal(pixels[:, 100:200], picture[:, 100:200])


def test_a_batch_equals_its_singles_in_any_session(session, fresh_session, make_small, pixels_of, from_apple):
    settings = {"scheduler": SchedulerName.EULER_ANCESTRAL, "steps": 4, "task": from_apple(strength=0.8)}
    batch = pixels_of(session, make_small(seed=7, batch_size=2, **settings))
    singles = [pixels_of(fresh_session, make_small(seed=seed, **settings))[0] for seed in (7, 8)]
    assert np.array_equal(batch, singles)
    assert not np.array_equal(batch[0], batch[1])


def test_a_picture_carries_what_it_was_made_from(session, make_small, from_apple):
    task = from_apple(strength=0.4, parent=PictureId("a" * 32))
    [image] = session.generate(make_small(steps=2, task=task), on_progress=lambda _: None, cancel=CancelToken())
    assert image.parameters.task == task
    assert image.unchanged_pixels is None


def test_a_cancel_takes_effect_within_one_step(session, make_small, from_apple, unet_calls):
    token = CancelToken()

    def cancel_at_2(progress: Progress) -> None:
        if isinstance(progress, StepProgress) and progress.step == 2:
            token.cancel()

    with pytest.raises(GenerationCancelled):
        list(session.generate(make_small(task=from_apple(strength=1.0)), on_progress=cancel_at_2, cancel=token))
    assert len(unet_calls) == 2


def test_previews_go_from_the_start_picture_to_the_result(session, make_request, from_apple, apple, correlation):
    viewer = Viewer()
    request = make_request("a green pear", steps=6, task=from_apple(strength=0.5))
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=viewer)
    assert [(frame.step, frame.steps) for frame in viewer.frames] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert correlation(viewer.frames[0].pixels, small(apple)) > 0.9
    assert correlation(viewer.frames[-1].pixels, small(image.pixels)) > 0.8


def small(pixels):
    return pixels.reshape(16, 8, 16, 8, 3).mean(axis=(1, 3))


def test_a_start_picture_that_is_gone_is_said_and_the_session_goes_on(session, make_request, pixels_of):
    gone = ImageToImage(image=ImageRef("f" * 64, 64, 64), strength=0.5)
    with pytest.raises(SourceMissing):
        pixels_of(session, make_request(task=gone))
    assert pixels_of(session, make_request(steps=1))[0].any()


@pytest.mark.parametrize("named", [None, [8, 16], "nothing"])
@pytest.mark.parametrize("unet_channels", [4, 9])
def test_a_model_that_names_no_single_sample_size_varies_pictures_too(
    fresh_session, tiny_model, make_request, pixels_of, from_apple, named, unet_channels
):
    model = tiny_model(unet_channels=unet_channels)
    path = model.path / "unet" / "config.json"
    config = json.loads(path.read_text())
    config["sample_size"] = named
    if named == "nothing":
        del config["sample_size"]
    path.write_text(json.dumps(config))
    request = make_request(steps=2, checkpoint=model, size=Size(64, 64), task=from_apple(strength=0.5))
    [pixels] = pixels_of(fresh_session, request)
    assert pixels.shape == (64, 64, 3)


@pytest.mark.parametrize("unet_channels", [4, 9])
def test_the_usual_kind_of_vae_gives_the_same_latents_every_time(
    fresh_session, tiny_model, make_request, pixels_of, from_apple, unet_channels
):
    model = tiny_model(unet_channels=unet_channels)
    request = make_request(checkpoint=model, steps=3, size=Size(64, 64), task=from_apple(strength=0.5))
    first, again = pixels_of(fresh_session, request)[0], pixels_of(fresh_session, request)[0]
    assert first.shape == (64, 64, 3)
    assert np.array_equal(first, again)
