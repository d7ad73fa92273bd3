"""A cancel takes effect within one step and leaves no trace in the next job."""

from __future__ import annotations

import numpy as np
import pytest
from diffusers import AutoencoderTiny, UNet2DConditionModel

from studio.core.errors import GenerationCancelled
from studio.core.progress import Progress, StepProgress
from studio.core.session import CancelToken


@pytest.fixture
def unet_calls(monkeypatch) -> list[int]:
    """Grows by one with each run of the UNet."""
    calls: list[int] = []
    forward = UNet2DConditionModel.forward

    def counted(*args, **kwargs):
        calls.append(1)
        return forward(*args, **kwargs)

    monkeypatch.setattr(UNet2DConditionModel, "forward", counted)
    return calls


def test_a_token_set_before_the_job_stops_it_before_loading(fresh_session, make_small, unet_calls):
    token, reported = CancelToken(), []
    token.cancel()
    with pytest.raises(GenerationCancelled):
        list(fresh_session.generate(make_small(), on_progress=reported.append, cancel=token))
    assert reported == []
    assert unet_calls == []


@pytest.mark.parametrize("step", [1, 3])
def test_a_cancel_takes_effect_within_one_step(session, make_small, unet_calls, step):
    token = CancelToken()

    def cancel_at(progress: Progress) -> None:
        if isinstance(progress, StepProgress) and progress.step == step:
            token.cancel()

    with pytest.raises(GenerationCancelled):
        list(session.generate(make_small(), on_progress=cancel_at, cancel=token))
    assert len(unet_calls) == step


def test_a_cancel_in_the_middle_of_a_step_lets_only_that_step_finish(session, make_small, monkeypatch, unet_calls):
    token, reported = CancelToken(), []
    counted = UNet2DConditionModel.forward

    def cancelling(*args, **kwargs):
        if len(unet_calls) == 2:
            token.cancel()
        return counted(*args, **kwargs)

    monkeypatch.setattr(UNet2DConditionModel, "forward", cancelling)
    with pytest.raises(GenerationCancelled):
        list(session.generate(make_small(), on_progress=reported.append, cancel=token))
    assert len(unet_calls) == 3
    assert reported[-1].step == 3


def test_a_cancel_in_the_last_step_comes_before_decoding(session, make_small, monkeypatch):
    token, decoded = CancelToken(), []
    monkeypatch.setattr(AutoencoderTiny, "decode", lambda *_, **__: decoded.append(1))

    def cancel_at_the_end(progress: Progress) -> None:
        if isinstance(progress, StepProgress) and progress.step == progress.steps:
            token.cancel()

    with pytest.raises(GenerationCancelled):
        list(session.generate(make_small(), on_progress=cancel_at_the_end, cancel=token))
    assert decoded == []


def test_the_finished_pictures_of_a_cancelled_batch_are_kept(session, make_small):
    token = CancelToken()
    images = session.generate(make_small(batch_size=3), on_progress=lambda _: None, cancel=token)
    assert next(images).pixels.any()
    token.cancel()
    with pytest.raises(GenerationCancelled):
        next(images)


def test_a_job_after_a_cancel_is_bit_equal_to_one_before(session, make_small, pixels_of):
    before = pixels_of(session, make_small())
    token = CancelToken()
    with pytest.raises(GenerationCancelled):
        list(session.generate(make_small(seed=99), on_progress=lambda _: token.cancel(), cancel=token))
    assert np.array_equal(before, pixels_of(session, make_small()))
