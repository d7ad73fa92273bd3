"""Waits, stalls, speed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from studio.checkpoints.download.options import Pace
from studio.checkpoints.download.pace import SpeedMeter, StallGuard, seconds_from_retry_after


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_wait_is_twice_as_long_up_to_the_longest() -> None:
    pace = Pace(first_wait=1, longest_wait=10)

    assert [pace.wait_before(attempt) for attempt in (1, 2, 3, 4, 5, 9)] == [1, 2, 4, 8, 10, 10]


def test_less_than_a_kilobyte_a_second_for_half_a_minute_is_a_stall() -> None:
    clock = Clock()
    guard = StallGuard(Pace(), clock)

    clock.now += 29.9
    assert not guard.has_stalled(10_000)
    clock.now += 0.1
    assert guard.has_stalled(10_000)


def test_a_slow_but_steady_server_is_no_stall() -> None:
    clock = Clock()
    guard = StallGuard(Pace(), clock)

    for _ in range(100):
        clock.now += 10
        assert not guard.has_stalled(11_000)


def test_the_speed_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    meter = SpeedMeter(clock)
    meter.add(0)
    assert meter.bytes_per_second is None
    for _ in range(100):
        clock.now += 0.1
        meter.add(1000)
    assert meter.bytes_per_second == pytest.approx(10_000, rel=0.05)
    for _ in range(100):
        clock.now += 0.1
        meter.add(100)
    assert meter.bytes_per_second == pytest.approx(1000, rel=0.05)
    clock.now += 60
    assert meter.bytes_per_second is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7),
        (" 120 ", 120),
        ("Wed, 01 Jan 2025 00:00:30 GMT", 30),
        ("Wed, 01 Jan 2025 00:00:30 -0000", 30),
        ("Wed, 01 Jan 2024 00:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("9" * 5000, 999_999_999),
    ],
)
def test_what_a_server_asks_to_wait_is_read(header: str | None, seconds: float | None) -> None:
    assert seconds_from_retry_after(header, datetime(2025, 1, 1, tzinfo=UTC)) == seconds
