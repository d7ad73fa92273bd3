"""How far it is and how long it takes; and the token that ends it."""

from __future__ import annotations

import threading

import pytest

from studio.core.errors import GenerationCancelled
from studio.core.progress import StepProgress
from studio.core.session import CancelToken


def test_a_single_picture() -> None:
    progress = StepProgress(index=0, batch_size=1, step=5, steps=20, seconds_per_step=2.0)

    assert progress.fraction == 0.25
    assert progress.seconds_left == 30.0


def test_a_batch_counts_the_pictures_that_are_done_and_those_to_come() -> None:
    progress = StepProgress(index=1, batch_size=4, step=10, steps=20, seconds_per_step=0.5)

    assert progress.fraction == 1.5 / 4
    assert progress.seconds_left == (10 + 20 + 20) * 0.5


def test_the_end_is_the_end() -> None:
    progress = StepProgress(index=3, batch_size=4, step=20, steps=20, seconds_per_step=0.5)

    assert progress.fraction == 1.0
    assert progress.seconds_left == 0.0


def test_no_estimate_before_there_is_a_measure() -> None:
    assert StepProgress(index=0, batch_size=1, step=1, steps=20, seconds_per_step=None).seconds_left is None


def test_the_fraction_never_goes_back() -> None:
    fractions = [StepProgress(index, 3, step, 7, None).fraction for index in range(3) for step in range(1, 8)]

    assert fractions == sorted(set(fractions))


def test_a_token_lets_everything_pass_until_it_is_cancelled() -> None:
    token = CancelToken()
    token.raise_if_cancelled()
    assert not token.is_cancelled

    token.cancel()
    token.cancel()

    assert token.is_cancelled
    with pytest.raises(GenerationCancelled):
        token.raise_if_cancelled()


def test_a_token_is_seen_by_another_thread() -> None:
    token = CancelToken()
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(token.is_cancelled))

    token.cancel()
    thread.start()
    thread.join()

    assert seen == [True]
