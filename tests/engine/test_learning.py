"""A tiny network that is trained while one looks: it learns, stops at once, and leaves everything else alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from studio.core.errors import GenerationCancelled
from studio.core.lesson import Learned, Lesson
from studio.core.session import CancelToken
from studio.engine.learning import SIDE, STEPS_IN_A_GROUP, learn

RED, BLUE = (np.full((64, 64, 3), colour, np.uint8) for colour in ((250, 20, 20), (20, 20, 250)))


def taught(steps: int, *, seconds: float = 1e9, clock=None, cancel=None) -> list[Learned]:
    told: list[Learned] = []
    ticks = itertools.count()
    learn(
        Lesson((RED, BLUE), seconds, steps, seed=3),
        told.append,
        cancel or CancelToken(),
        clock or (lambda: next(ticks) * 0.01),
    )
    return told


def test_the_loss_falls_and_pictures_are_made_of_the_noise() -> None:
    first, last = (told := taught(40))[0], told[-1]
    assert (first.step, first.losses) == (0, ())
    assert last.step == 40
    assert len(last.losses) == 40 / STEPS_IN_A_GROUP
    assert last.losses[-1] < 0.7 * last.losses[0]
    assert all(sample.shape == (SIDE, SIDE, 3) for sample in (*first.samples, *last.samples))
    assert not np.array_equal(first.samples[0], last.samples[0])


def test_the_same_seed_teaches_the_same() -> None:
    one, other = taught(3)[-1], taught(3)[-1]
    assert one.losses == other.losses
    assert np.array_equal(one.samples[0], other.samples[0])


def test_it_tells_every_few_seconds_and_ends_when_the_time_is_over() -> None:
    ticks = itertools.count()
    told = taught(1000, seconds=10, clock=lambda: float(next(ticks)))
    assert 0 < told[-1].step < 10
    assert len(told) > 2
    assert [each.step for each in told] == sorted(each.step for each in told)


@pytest.fixture
def threads() -> Iterator[int]:
    """More than one, whatever the tests run with."""
    usual = torch.get_num_threads()
    torch.set_num_threads(2)
    yield 2
    torch.set_num_threads(usual)


def test_it_stops_between_two_steps(threads: int) -> None:
    token, told = CancelToken(), []

    def stop(learned: Learned) -> None:
        told.append(learned)
        token.cancel()

    with pytest.raises(GenerationCancelled):
        learn(Lesson((RED,), 1e9, 1000, seed=3), stop, token)
    assert len(told) == 1
    assert torch.get_num_threads() == threads, "the next picture has as many threads as before"


def test_what_others_draw_by_chance_and_the_loaded_model_are_left_alone(session, make_request, pixels_of) -> None:
    request = make_request(steps=1)
    [before] = pixels_of(session, request)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    session.learn(Lesson((RED,), 1e9, 1, seed=3), on_learned=lambda _: None, cancel=CancelToken())
    assert torch.equal(torch.rand(3), expected)
    assert np.array_equal(pixels_of(session, request)[0], before)
