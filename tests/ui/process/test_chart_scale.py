"""Numbers beside a chart."""

from __future__ import annotations

import math

import pytest

from studio.core.trajectory import NoiseLevel
from studio.ui.process.chart_scale import Scale, tick_text


@pytest.mark.parametrize(
    ("lowest", "highest", "ticks"),
    [
        (0, 1.05, (0, 0.5, 1)),
        (0, 0.33, (0, 0.1, 0.2, 0.3)),
        (0, 14.6, (0, 5, 10)),
        (1, 20, (5, 10, 15, 20)),
        (0, 999, (0, 250, 500, 750)),
    ],
)
def test_numbers_are_round_and_few(lowest: float, highest: float, ticks: tuple[float, ...]) -> None:
    assert Scale(lowest, highest).ticks(4) == pytest.approx(ticks)


def test_powers_of_ten() -> None:
    scale = Scale(0.01, 14.6, is_logarithmic=True)
    assert [tick_text(tick) for tick in scale.ticks(4)] == ["0.01", "0.1", "1", "10"]
    assert scale.share(0.01) == 0
    assert scale.share(14.6) == 1
    assert scale.share(math.sqrt(0.01 * 14.6)) == pytest.approx(0.5)


def test_what_is_beyond_an_end_is_at_that_end() -> None:
    scale = Scale(0, 2)
    assert (scale.share(-1), scale.share(1), scale.share(3)) == (0, 0.5, 1)
    assert scale.share(NoiseLevel(0.0, 1.0).sigma) == 1, "pure noise has no finite sigma"
