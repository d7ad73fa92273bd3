"""The arc between two latents: exact at its ends, and noise stays noise on the way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.imaging.interpolation import even_shares, slerp

SHARES = st.floats(0, 1)
VECTORS = arrays(np.float32, (4, 3, 2), elements=st.floats(-8, 8, width=32))


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((4, 32, 32)).astype(np.float32)


@given(VECTORS, VECTORS)
def test_the_ends_are_the_latents_themselves(first: np.ndarray, second: np.ndarray) -> None:
    assert slerp(first, second, 0) is first
    assert slerp(first, second, 1) is second


@given(VECTORS, VECTORS, SHARES)
def test_the_way_back_is_the_same_way(first: np.ndarray, second: np.ndarray, share: float) -> None:
    assert np.allclose(slerp(first, second, share), slerp(second, first, 1 - share), atol=1e-2)


@given(VECTORS, SHARES)
def test_between_a_latent_and_itself_is_nothing_else(latents: np.ndarray, share: float) -> None:
    assert np.allclose(slerp(latents, latents, share), latents, atol=1e-4)


@given(VECTORS, VECTORS, SHARES)
def test_every_point_is_finite(first: np.ndarray, second: np.ndarray, share: float) -> None:
    assert np.isfinite(slerp(first, second, share)).all()
    assert np.isfinite(slerp(first, -first, share)).all()


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_the_angle_grows_evenly_and_the_length_stays(share: float) -> None:
    first, second = np.array([3.0, 0.0]), np.array([0.0, 3.0])
    point = slerp(first, second, share)
    assert math.atan2(point[1], point[0]) == pytest.approx(share * math.pi / 2)
    assert np.linalg.norm(point) == pytest.approx(3)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_noise_keeps_its_variance_where_a_straight_line_loses_it(share: float) -> None:
    first, second = noise(1), noise(2)
    assert float(slerp(first, second, share).var()) == pytest.approx(1, abs=0.05)
    assert float(((first + second) / 2).var()) == pytest.approx(0.5, abs=0.05)


def test_the_frames_are_even() -> None:
    assert even_shares(2) == (0, 1)
    assert even_shares(5) == (0, 0.25, 0.5, 0.75, 1)
