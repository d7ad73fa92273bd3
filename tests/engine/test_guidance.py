"""CFG rescale and clip skip, on every way to a picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.core.errors import InvalidClipSkip
from studio.core.task import ImageToImage, Inpaint
from studio.engine.guidance_rescale import rescaled_guidance
from studio.engine.prompt_encoding import ClipPromptEncoder


def fine(request, **sampling: object):
    return replace(request, sampling=replace(request.sampling, **sampling))


def test_rescale_makes_the_spread_that_of_the_prompts_own_prediction():
    network = torch.nn.Identity()
    seen: list[torch.Tensor] = []

    class Recording:
        def step(self, prediction: torch.Tensor, *_: object) -> tuple[torch.Tensor, ...]:
            seen.append(prediction)
            return (prediction,)

    scheduler = Recording()
    generator = torch.Generator().manual_seed(1)
    both = torch.randn(2, 4, 8, 8, generator=generator)
    guided = both[:1] + 9 * (both[1:] - both[:1])
    for rescale in (0.0, 0.5, 1.0):
        with rescaled_guidance(network, scheduler, rescale):
            network((both,))
            scheduler.step(guided, 3)
    none, half, full = (float(prediction.std()) for prediction in seen)
    assert none == float(guided.std())
    assert full == pytest.approx(float(both[1:].std()), rel=1e-5)
    assert half == pytest.approx((none + full) / 2, rel=1e-5)
    assert not network._forward_hooks
    scheduler.step(guided)
    assert torch.equal(seen[-1], guided)


def test_it_is_what_the_pipeline_of_diffusers_does(exact_session, make_small, pixels_of):
    from studio.engine.latents import generator_for

    request = fine(make_small(guidance=9.0), guidance_rescale=0.7)
    [ours] = pixels_of(exact_session, request)
    loaded = exact_session._model.loaded
    pipeline, sampling = loaded.pipeline, request.sampling
    pipeline.scheduler = loaded.model.make_scheduler(sampling, corrects=True)
    generator = generator_for(sampling.seed)
    latents = pipeline(
        prompt="a red apple",
        latents=loaded.model.draw_noise(request.size, generator),
        generator=generator,
        width=request.size.width,
        height=request.size.height,
        num_inference_steps=sampling.num_inference_steps,
        guidance_scale=9.0,
        guidance_rescale=0.7,
        output_type="latent",
    ).images
    theirs = loaded.model.decode(latents)
    assert np.abs(np.subtract(ours, theirs, dtype=int)).max() <= 2


def test_rescale_works_on_every_task_and_not_without_guidance(session, make_small, pixels_of, apple, sources):
    image = sources.put_image(apple)
    mask = np.zeros(apple.shape[:2], np.uint8)
    mask[32:96, 32:96] = 255
    tasks = (None, ImageToImage(image=image, strength=0.8),
             Inpaint(image=image, mask=sources.put_mask(mask), strength=1.0))  # fmt: skip
    for task in tasks:
        request = make_small("a green pear", guidance=9.0, task=task)
        plain = pixels_of(session, request)
        assert not np.array_equal(plain, pixels_of(session, fine(request, guidance_rescale=0.9)))
        assert np.array_equal(plain, pixels_of(session, request))
    unguided = make_small(guidance=1.0)
    assert np.array_equal(pixels_of(session, unguided), pixels_of(session, fine(unguided, guidance_rescale=0.9)))


def test_clip_skip_changes_the_picture_and_leaves_nothing_behind(session, make_small, pixels_of):
    plain = pixels_of(session, make_small())
    assert not np.array_equal(plain, pixels_of(session, fine(make_small(), clip_skip=1)))
    assert np.array_equal(plain, pixels_of(session, make_small()))


def test_it_leaves_out_the_last_layers_for_both_prompts(session, make_small, starter):
    session.load(starter)
    pipeline = session._model.loaded.pipeline
    request = make_small("a red apple", negative="blue")
    encoded = ClipPromptEncoder(pipeline, clip_skip=1).encode(request.prompt, with_negative=True, steps=1)
    for text, embeddings in (("a red apple", encoded.positive), ("blue", encoded.negative)):
        tokens = pipeline.tokenizer(text, padding="max_length", max_length=32, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            states = pipeline.text_encoder(tokens.to(pipeline.device), output_hidden_states=True).hidden_states
            expected = pipeline.text_encoder.final_layer_norm(states[-2])
        assert torch.allclose(embeddings, expected, atol=1e-4)


def test_more_layers_than_there_are_cannot_be_left_out(session, make_small, pixels_of):
    with pytest.raises(InvalidClipSkip) as refused:
        pixels_of(session, fine(make_small(), clip_skip=3))
    assert refused.value.highest == 2
