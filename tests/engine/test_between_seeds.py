"""Pictures between two seeds: the ends are the seeds' own, bit for bit, whatever the sampler draws."""

from __future__ import annotations

import numpy as np
import pytest

from studio.core.errors import GenerationCancelled
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture


def between(session, request, share, cancel=None):
    return session.between_seeds(request, 8, share, on_progress=lambda _: None, cancel=cancel or CancelToken())


@pytest.mark.parametrize("sampler", [SchedulerName.DPMPP_2M, SchedulerName.EULER_ANCESTRAL])
def test_the_ends_are_the_pictures_of_the_two_seeds(session, make_request, pixels_of, sampler):
    first, second = (make_request(steps=3, seed=seed, scheduler=sampler) for seed in (7, 8))
    assert np.array_equal(between(session, first, 0), pixels_of(session, first)[0])
    assert np.array_equal(between(session, first, 1), pixels_of(session, second)[0])


def test_between_them_is_another_picture_near_the_nearer_one(session, make_request):
    request = make_request(steps=3, seed=7)
    first, near, second = (between(session, request, share).astype(float) for share in (0, 0.1, 1))
    assert near.std() > 5
    assert 0 < np.abs(near - first).mean() < np.abs(near - second).mean()


def test_it_stops_when_told(session, make_request):
    token = CancelToken()
    token.cancel()
    with pytest.raises(GenerationCancelled):
        between(session, make_request(steps=2), 0.5, token)
