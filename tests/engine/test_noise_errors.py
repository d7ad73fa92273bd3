"""How well models tell the noise in a picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.core.errors import GenerationCancelled
from studio.core.noise_error import NoiseError
from studio.core.request import Prompt
from studio.core.session import CancelToken
from studio.engine.latents import generator_for
from studio.engine.prompt_encoding import ClipPromptEncoder
from tests.engine.test_families import ALL, FLOW, PICTURE
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture


def errors(session, checkpoint, pixels, *, text: str = "", count: int = 5, cancel: CancelToken | None = None):
    token = cancel or CancelToken()
    return session.noise_errors(checkpoint, pixels, prompt=Prompt(text), count=count, seed=3, cancel=token)


def test_they_are_those_of_the_network_itself(exact_session, starter, apple):
    """Beside a plain call of the network, without pipeline and scheduler. The bundled one tells v."""
    found = errors(exact_session, starter, apple, text="a red apple")
    pipeline = exact_session._model.loaded.pipeline
    alphas = pipeline.scheduler.alphas_cumprod
    with torch.inference_mode():
        prompt = ClipPromptEncoder(pipeline).encode(Prompt("a red apple"), with_negative=False, steps=1)
        x0 = exact_session._model.loaded.model.encode(apple)
        eps = torch.randn(x0.shape, generator=generator_for(3))
        for error, t in zip(found, (100, 300, 500, 700, 900), strict=True):
            noisy = alphas[t].sqrt() * x0 + (1 - alphas[t]).sqrt() * eps
            v = pipeline.unet(noisy, t, encoder_hidden_states=prompt.positive).sample
            predicted = alphas[t].sqrt() * v + (1 - alphas[t]).sqrt() * noisy
            assert error.timestep == t
            assert error.level.alpha_bar == pytest.approx(float(alphas[t]))
            assert error.error == pytest.approx(float((predicted - eps).square().mean().sqrt()), rel=1e-3)


def test_noise_is_told_better_the_more_there_is(session, starter, apple):
    found = [error.error for error in errors(session, starter, apple)]
    assert found == sorted(found, reverse=True)
    assert 0 < found[-1] < 0.3
    assert found[0] < 1


@pytest.mark.parametrize("kind", ALL)
def test_every_family_can_be_asked(session_of_kind, tiny_library, kind):  # noqa: F811 - the fixture
    session, checkpoint = session_of_kind(kind), tiny_library.folder(kind)
    found = errors(session, checkpoint, PICTURE, count=3)
    levels = session.noise_levels(checkpoint)
    assert len(levels) == (1001 if kind in FLOW else 1000)
    assert [error.level for error in found] == [levels[int(error.timestep)] for error in found]
    assert [error.timestep for error in found] == [166, 500, 833 if kind not in FLOW else 834]
    assert all(np.isfinite(error.error) and error.error > 0 for error in found)


def test_each_is_told_as_soon_as_it_is_known(session, starter, apple):
    told: list[NoiseError] = []
    found = session.noise_errors(
        starter, apple, prompt=Prompt(), count=3, seed=3, cancel=CancelToken(), on_found=told.append
    )
    assert tuple(reversed(told)) == found


def test_asking_can_be_cancelled(session, starter, apple):
    token = CancelToken()
    unet = session._model.loaded.pipeline.unet
    hook = unet.register_forward_hook(lambda *_: token.cancel())
    try:
        with pytest.raises(GenerationCancelled):
            errors(session, starter, apple, cancel=token)
    finally:
        hook.remove()
