"""How far copies and checks are, told now and then."""

from __future__ import annotations

import pytest

from studio.checkpoints.work_progress import TimeLeft, WorkProgress, now_and_then


def test_not_every_block_is_told_but_the_end_is() -> None:
    told: list[int] = []
    tell = now_and_then(lambda progress: told.append(progress.bytes_done), seconds=3600)
    for done in range(1, 101):
        tell(WorkProgress("a", done, 100))
    assert told == [1, 100]


def test_all_is_told_where_nothing_is_held_back() -> None:
    told: list[int] = []
    tell = now_and_then(lambda progress: told.append(progress.bytes_done), seconds=0)
    for done in range(1, 4):
        tell(WorkProgress("a", done, 100))
    assert told == [1, 2, 3]


def test_the_time_left_follows_the_speed_since_it_began() -> None:
    clock = iter([10.0, 14.0, 30.0])
    left = TimeLeft(lambda: next(clock))
    assert left.seconds(WorkProgress("a", 100, 1000)) is None
    assert left.seconds(WorkProgress("a", 300, 1000)) == pytest.approx(14)
    assert left.seconds(WorkProgress("b", 900, 1000)) == pytest.approx(2.5)
