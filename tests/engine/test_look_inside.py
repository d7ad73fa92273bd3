"""Inside one step: the predictions that guidance is made of, and which words each cell attends to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor

from studio.core.branch import Change, branched
from studio.core.checkpoint import Prediction
from studio.core.errors import InvalidSteps
from studio.core.family import heeds_guidance
from studio.core.request import GenerationRequest
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.step_inside import CrossAttention, StepInside
from studio.core.trajectory import NoiseLevel
from studio.engine.session import DiffusersSession
from studio.engine.step_inspector import expected_noise, expected_original
from tests.engine.test_families import ALL, FLOW, REDRAWN, a_request
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture
from tests.engine.test_trajectory import recorded

WITH_CFG = ["sd1", "sdxl", "sd3", "qwen-image"]


def inside(session: DiffusersSession, request: GenerationRequest, step: int) -> StepInside:
    [found] = all_inside(session, request, [step])
    return found


def all_inside(session: DiffusersSession, request: GenerationRequest, steps: Collection[int]) -> list[StepInside]:
    found: list[StepInside] = []
    session.look_inside(request, steps, on_seen=found.append, on_progress=lambda _: None, cancel=CancelToken())
    return found


def share_of_all(attention: CrossAttention) -> np.ndarray:
    return sum((word.share for word in attention.words), attention.rest)


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_guidance_is_what_the_step_was_made_of(exact_session, make_small, scheduler):
    """The guided prediction is what the trajectory tells, and the formula of CFG of the two others."""
    request = make_small(scheduler=scheduler, steps=4, guidance=3.0, negative="blue")
    step = recorded(exact_session, request).trajectory.steps[1]
    found = inside(exact_session, request, 2)
    guidance = found.guidance
    assert found.level == step.level
    if scheduler is not SchedulerName.LCM:  # which mixes what it expects with the latents
        assert np.allclose(guidance.guided, step.predicted, atol=0.01)
    by_formula = guidance.unconditional + 3.0 * guidance.difference.astype(np.float32)
    assert np.allclose(guidance.guided, by_formula, atol=0.02)
    assert guidance.scale == 3.0
    assert np.abs(guidance.difference).max() > 0.05
    assert not guidance.guided.flags.writeable


def test_what_was_looked_into_can_still_be_made(session, make_small, pixels_of):
    request = make_small(steps=3)
    [before] = pixels_of(session, request)
    inside(session, request, 2)
    assert np.array_equal(pixels_of(session, request)[0], before)


def test_without_cfg_there_is_one_prediction(session, make_small):
    guidance = inside(session, make_small(steps=3, guidance=1.0), 2).guidance
    assert guidance.unconditional is None
    assert guidance.difference is None
    assert np.array_equal(guidance.guided, guidance.conditional)


def test_a_branch_is_looked_into_with_the_settings_of_the_step(session, make_small):
    request = make_small("a red apple", steps=4, guidance=1.0)
    child = branched(request, 2, Change(text="a blue car", guidance_scale=6.0), None)
    before, after = inside(session, child, 2), inside(session, child, 3)
    assert (before.guidance.unconditional is None, before.guidance.scale) == (True, 1.0)
    assert (after.guidance.unconditional is None, after.guidance.scale) == (False, 6.0)
    assert [word.word for word in before.attention.words] == ["a", "red", "apple"]
    assert [word.word for word in after.attention.words] == ["a", "blue", "car"]


def test_all_steps_are_looked_into_in_one_run_as_one_by_one(session, make_small):
    request = make_small("a red apple", steps=4, guidance=1.0)
    child = branched(request, 2, Change(text="a blue car", guidance_scale=6.0), None)
    runs = 0

    def count(*_: object) -> None:
        nonlocal runs
        runs += 1

    hook = session._model.loaded.model.denoiser.register_forward_hook(count)
    try:
        found = all_inside(session, child, [1, 3, 4])
    finally:
        hook.remove()
    assert runs == 4
    assert [each.step for each in found] == [1, 3, 4]
    for each in found:
        alone = inside(session, child, each.step)
        assert np.array_equal(each.guidance.guided, alone.guidance.guided)
        assert np.array_equal(each.attention.rest, alone.attention.rest)
        assert [word.word for word in each.attention.words] == [word.word for word in alone.attention.words]


@pytest.mark.parametrize("step", [0, 4])
def test_a_step_that_there_is_not_cannot_be_looked_into(session, make_small, step):
    with pytest.raises(InvalidSteps):
        inside(session, make_small(steps=3), step)


@pytest.mark.usefixtures("in_float32")
@pytest.mark.parametrize("kind", ALL)
def test_every_family_can_be_looked_into(session_of_kind, tiny_library, kind):  # noqa: F811 - the fixture
    task = REDRAWN if kind == "sdxl refiner" else None
    request = a_request(tiny_library.folder(kind), task, num_inference_steps=4)
    session, step = session_of_kind(kind), 2
    found = inside(session, request, step)
    guidance = found.guidance
    predicted = recorded(session, request).trajectory.steps[step - 1].predicted
    assert np.allclose(guidance.guided, predicted, atol=0.02)
    if kind in WITH_CFG or kind not in FLOW:
        by_formula = guidance.unconditional + guidance.scale * guidance.difference.astype(np.float32)
        if kind == "qwen-image":  # which gives it the size of the conditional one
            assert np.corrcoef(guidance.guided.ravel(), by_formula.ravel())[0, 1] > 0.9
        else:  # random weights expect values of about 10, which float16 has in steps of 1/128
            assert np.allclose(guidance.guided, by_formula, atol=0.06)
    else:
        assert guidance.unconditional is None
        assert (guidance.scale == 1) is not heeds_guidance(request.checkpoint), "what is told where it is an input"
    if kind in FLOW:
        assert found.attention is None
    else:
        assert share_of_all(found.attention) == pytest.approx(1, abs=1e-4)
        assert [word.word for word in found.attention.words] == ["a", "red", "apple"]


class Reference(AttnProcessor):
    """diffusers' own processor that makes the attention as a matrix; keeps those to the prompt."""

    def __init__(self, kept: list[torch.Tensor]) -> None:
        super().__init__()
        self._kept = kept

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, *args: object, **kwargs: object) -> torch.Tensor:
        scores = attn.get_attention_scores

        def keep(*inputs: object) -> torch.Tensor:
            found = scores(*inputs)
            self._kept.append(found.reshape(-1, attn.heads, *found.shape[1:]).clone())
            return found

        attn.get_attention_scores = keep
        try:
            return super().__call__(attn, hidden_states, *args, **kwargs)
        finally:
            attn.get_attention_scores = scores


def test_attention_is_that_of_the_processors(exact_session, make_request, monkeypatch):
    """Beside diffusers' slow processor, put in place of the fast one."""
    request = make_request("a red apple, a small blue house", steps=2, negative="green")
    exact_session.load(request.checkpoint)
    found = inside(exact_session, request, 1).attention
    kept: list[torch.Tensor] = []
    unet = exact_session._model.loaded.model.denoiser
    original = unet.attn_processors
    unet.set_attn_processor(
        {name: Reference(kept) if "attn2" in name else processor for name, processor in original.items()}
    )
    try:
        recorded(exact_session, replace(request, sampling=replace(request.sampling, num_inference_steps=1)))
        layers = kept[: len([name for name in original if "attn2" in name])]
    finally:
        unet.set_attn_processor(original)
    spread = []
    for layer in layers:
        cells = layer[1].mean(0).T.reshape(1, layer.shape[-1], *[round(layer.shape[2] ** 0.5)] * 2)
        spread.append(torch.nn.functional.interpolate(cells, (16, 16), mode="bilinear")[0])
    tokens = torch.stack(spread).mean(0).numpy()
    assert [word.word for word in found.words] == ["a", "red", "apple", ",", "a", "small", "blue", "house"]
    for number, word in enumerate(found.words, 1):
        assert np.allclose(word.share, tokens[number], atol=1e-4)
    assert share_of_all(found) == pytest.approx(1, abs=1e-4)
    assert np.ptp(found.words[2].share) > 0.001


def test_words_of_several_tokens_and_windows_are_found(session, make_request):
    text = "a photographically improbable apple BREAK a house"
    attention = inside(session, make_request(text, steps=1), 1).attention
    assert [word.word for word in attention.words] == ["a", "photographically", "improbable", "apple", "a", "house"]
    assert share_of_all(attention) == pytest.approx(1, abs=1e-4)


def test_words_are_those_of_the_step(session, make_request):
    request = make_request("a [red:green:1] (apple:1.2)", steps=2)
    words = [[word.word for word in inside(session, request, step).attention.words] for step in (1, 2)]
    assert words == [["a", "red", "apple"], ["a", "green", "apple"]]


@pytest.mark.parametrize("kind", Prediction)
def test_predictions_tell_picture_and_noise(kind):
    x0, eps = torch.randn((2, 1, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    level = NoiseLevel(0.4, 0.6) if kind is Prediction.FLOW else NoiseLevel(0.6, 0.8)
    latents = level.signal * x0 + level.noise * eps
    predicted = {
        Prediction.EPSILON: eps,
        Prediction.V: level.signal * eps - level.noise * x0,
        Prediction.FLOW: eps - x0,
    }[kind]
    assert torch.allclose(expected_original(kind, level, latents, predicted), x0, atol=1e-5)
    assert torch.allclose(expected_noise(kind, level, latents, predicted), eps, atol=1e-5)
