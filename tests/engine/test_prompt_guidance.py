"""Prompts that change from step to step and prompts of several conditions, against straightforward computations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel

from studio.checkpoints.model_size import read_model_size
from studio.core.errors import GenerationCancelled
from studio.core.geometry import Size
from studio.core.progress import PromptSyntaxIgnored
from studio.core.request import Prompt
from studio.core.resources import resource_path
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.core.task import ImageToImage, Inpaint
from studio.engine.device import probe_device
from studio.engine.latents import generator_for
from studio.engine.loader import load_checkpoint
from studio.engine.prompt_encoding import ClipPromptEncoder
from studio.engine.session import DiffusersSession
from tests.engine.conftest import FLOAT32

STEPS = 4


@pytest.fixture(scope="module")
def loaded(starter):
    return load_checkpoint(starter, probe_device())


@pytest.fixture
def asked(monkeypatch):
    """The embeddings of each run of the UNet, (rows, tokens, width)."""
    calls = []
    forward = UNet2DConditionModel.forward

    def recorded(unet, sample, timestep, **kwargs):
        calls.append(kwargs["encoder_hidden_states"].clone())
        return forward(unet, sample, timestep, **kwargs)

    monkeypatch.setattr(UNet2DConditionModel, "forward", recorded)
    return calls


@torch.inference_mode()
def embeddings(loaded, text: str) -> torch.Tensor:
    return ClipPromptEncoder(loaded.pipeline).encode(Prompt(text), with_negative=False, steps=STEPS).positive


@torch.inference_mode()
def plain_picture(loaded, request, texts):
    """By diffusers alone; `texts` are the prompts of the steps, given to it the way it is meant to be changed."""
    pipeline, sampling = loaded.pipeline, request.sampling
    pipeline.scheduler = loaded.model.make_scheduler(sampling, corrects=True)
    generator = generator_for(sampling.seed)
    noise = loaded.model.draw_noise(request.size, generator)
    negative = embeddings(loaded, request.prompt.negative)

    def next_text(_pipeline, step, _timestep, _tensors):
        text = texts[min(step + 1, STEPS - 1)]
        return {"prompt_embeds": torch.cat([negative, embeddings(loaded, text)])}

    latents = pipeline(
        prompt=texts[0],
        negative_prompt=request.prompt.negative,
        latents=noise,
        generator=generator,
        width=request.size.width,
        height=request.size.height,
        num_inference_steps=STEPS,
        guidance_scale=sampling.guidance_scale,
        output_type="latent",
        callback_on_step_end=next_text,
        callback_on_step_end_tensor_inputs=["prompt_embeds"],
    ).images
    return loaded.model.decode(latents)


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("a red apple", ["a red apple"] * STEPS),
        ("a red [apple:car:0.5]", ["a red apple"] * 2 + ["a red car"] * 2),
        ("a [red|blue] apple", ["a red apple", "a blue apple"] * 2),
        ("a red [apple:1]", ["a red "] + ["a red apple"] * 3),
        ("a [red::3] apple", ["a red apple"] * 3 + ["a  apple"]),
    ],
)
@pytest.mark.parametrize("scheduler", [SchedulerName.DPMPP_2M, SchedulerName.EULER_ANCESTRAL])
def test_a_picture_is_bit_for_bit_what_diffusers_makes_of_these_prompts(
    session, make_small, pixels_of, loaded, prompt, texts, scheduler
):
    request = make_small(prompt, negative="ugly", steps=STEPS, scheduler=scheduler)
    (picture,) = pixels_of(session, request)
    assert np.array_equal(picture, plain_picture(loaded, request, texts))


@torch.inference_mode()
def composed_latents(loaded, request, weighted_texts) -> torch.Tensor:
    """Composable diffusion as its paper writes it, with one run of the UNet for each condition."""
    pipeline, sampling = loaded.pipeline, request.sampling
    scheduler = loaded.model.make_scheduler(replace(sampling, scheduler=SchedulerName.DDIM), corrects=True)
    assert isinstance(scheduler, DDIMScheduler)
    scheduler.set_timesteps(STEPS)
    latents = loaded.model.draw_noise(request.size, generator_for(sampling.seed))
    nothing = embeddings(loaded, request.prompt.negative)
    conditions = [(embeddings(loaded, text), weight) for text, weight in weighted_texts]

    def predicted(states, timestep):
        return pipeline.unet(latents, timestep, encoder_hidden_states=states).sample

    for timestep in scheduler.timesteps:
        unconditional = predicted(nothing, timestep)
        guided = unconditional + sum(
            sampling.guidance_scale * weight * (predicted(states, timestep) - unconditional)
            for states, weight in conditions
        )
        latents = scheduler.step(guided, timestep, latents).prev_sample
    return latents


def test_conditions_are_added_up_with_their_weights(exact_session, make_small, pixels_of, starter):
    loaded = load_checkpoint(starter, FLOAT32)
    request = make_small("a red apple :0.7 AND a blue car :0.4 AND a face :-0.2", negative="ugly", steps=STEPS)
    request = replace(request, sampling=replace(request.sampling, scheduler=SchedulerName.DDIM))
    expected = composed_latents(loaded, request, [("a red apple", 0.7), ("a blue car", 0.4), ("a face", -0.2)])
    (picture,) = pixels_of(exact_session, request)
    with torch.inference_mode():
        difference = np.abs(picture.astype(int) - loaded.model.decode(expected).astype(int))
    assert difference.max() <= 3
    assert difference.mean() < 0.1


def test_a_batch_equals_its_singles_also_with_conditions(session, make_small, pixels_of):
    request = make_small("a red apple AND a [blue|green] car", steps=2, batch_size=2)
    together = pixels_of(session, request)
    for index, picture in enumerate(together):
        assert np.array_equal(pixels_of(session, request.single(index))[0], picture)


def test_without_cfg_conditions_are_averaged(session, make_small, asked):
    pixels = list(
        session.generate(
            make_small("a red apple :3 AND a car", steps=2, guidance=1.0),
            on_progress=lambda _: None,
            cancel=CancelToken(),
        )
    )
    assert [len(states) for states in asked] == [2, 2], "no unconditional prediction"
    assert pixels[0].pixels.any()


def test_without_cfg_the_average_of_twice_the_same_is_the_same(session, make_small, pixels_of, correlation):
    (twice,) = pixels_of(session, make_small("a red apple :3 AND a red apple", steps=3, guidance=1.0))
    (once,) = pixels_of(session, make_small("a red apple", steps=3, guidance=1.0))
    assert correlation(once, twice) > 0.999


def task_of(kind, apple, sources):
    image = sources.put_image(apple)
    if kind is ImageToImage:
        return ImageToImage(image=image, strength=0.5)
    mask = np.zeros(apple.shape[:2], np.uint8)
    mask[32:96, 32:96] = 255
    return Inpaint(image=image, mask=sources.put_mask(mask), strength=0.5)


@pytest.mark.parametrize("kind", [ImageToImage, Inpaint])
def test_edits_count_the_steps_that_are_run(session, make_small, pixels_of, apple, sources, loaded, asked, kind):
    """Half of 8 steps are run, so the change comes after two of them."""
    request = make_small("a [red:blue:0.5] apple", steps=8, task=task_of(kind, apple, sources))
    pixels_of(session, request)
    said = [states[1:] for states in asked]
    red, blue = embeddings(loaded, "a red apple"), embeddings(loaded, "a blue apple")
    assert [torch.equal(states, red) for states in said] == [True, True, False, False]
    assert [torch.equal(states, blue) for states in said] == [False, False, True, True]


@pytest.mark.parametrize("channels", [4, 9])
@pytest.mark.parametrize("kind", [None, ImageToImage, Inpaint])
def test_conditions_work_with_every_task_and_kind_of_model(
    fresh_session, make_request, pixels_of, tiny_model, apple, sources, asked, channels, kind
):
    task = task_of(kind, apple, sources) if kind else None
    checkpoint = tiny_model(unet_channels=channels)
    request = make_request("a [red|blue] apple :0.5 AND a car", steps=4, checkpoint=checkpoint, task=task)
    (picture,) = pixels_of(fresh_session, request)
    assert picture.shape == (128, 128, 3)
    assert {len(states) for states in asked} == {3}


def test_the_next_picture_knows_nothing_of_it_also_after_a_cancel(session, make_small, pixels_of):
    before = pixels_of(session, make_small(steps=2))
    token = CancelToken()
    images = session.generate(make_small("[a|b] AND c", steps=5), on_progress=lambda _: token.cancel(), cancel=token)
    with pytest.raises(GenerationCancelled):
        list(images)
    assert np.array_equal(pixels_of(session, make_small(steps=2))[0], before[0])


def test_a_model_that_reads_plain_words_says_so_and_does_so(make_request, tiny_library, pixels_of):
    """A flow model, with a text encoder that knows no weights."""
    kind = "qwen-image"
    common = {"steps": 1, "checkpoint": tiny_library.folder(kind), "size": Size(64, 64)}
    session = DiffusersSession(
        resource_path("latent_rgb.json"), MemorySources(), tiny_library.configs(kind), read_model_size
    )
    reported = []
    request = make_request("a (red:1.5) apple", negative="(ugly) BREAK b", **common)
    (image,) = session.generate(request, on_progress=reported.append, cancel=CancelToken())
    assert [progress for progress in reported if isinstance(progress, PromptSyntaxIgnored)] == [
        PromptSyntaxIgnored(negative=False),
        PromptSyntaxIgnored(negative=True),
    ]
    plain = make_request("a red apple", negative="ugly b", **common)
    assert np.array_equal(image.pixels, pixels_of(session, plain)[0])
    session.close()
