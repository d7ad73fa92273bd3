"""Steps are written beside everything else, one picture after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from studio.core.errors import DiskFull
from studio.core.picture_id import PictureId
from studio.core.trajectory import Trajectory
from studio.worker.trajectory_keeper import TrajectoryKeeper
from tests.helpers.trajectories import a_trajectory

FIRST, SECOND = PictureId("1" * 32), PictureId("2" * 32)


class Disk:
    """Writes when it may."""

    def __init__(self) -> None:
        self.written: list[PictureId] = []
        self.may_write = threading.Event()
        self.failure: Exception | None = None

    def put(self, picture: PictureId, trajectory: Trajectory) -> None:
        assert threading.current_thread() is not threading.main_thread()
        assert len(trajectory.steps) == 4
        self.may_write.wait()
        if self.failure is not None:
            raise self.failure
        self.written.append(picture)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def keeper(qtbot: QtBot, disk: Disk) -> Iterator[TrajectoryKeeper]:
    keeper = TrajectoryKeeper(disk.put)
    yield keeper
    disk.may_write.set()
    keeper.stop()


def in_a_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_what_was_written_is_told_in_the_windows_thread(qtbot: QtBot, keeper: TrajectoryKeeper, disk: Disk) -> None:
    told: list[tuple[object, threading.Thread]] = []
    keeper.kept.connect(lambda picture: told.append((picture, threading.current_thread())))
    disk.may_write.set()
    in_a_thread(lambda: keeper.keep(FIRST, a_trajectory())).join()
    qtbot.waitUntil(lambda: bool(told))
    assert told == [(FIRST, threading.main_thread())]
    assert disk.written == [FIRST]


def test_a_slow_disk_holds_the_next_one_up_and_not_the_first(keeper: TrajectoryKeeper, disk: Disk) -> None:
    keeper.keep(FIRST, a_trajectory())
    waiting = in_a_thread(lambda: keeper.keep(SECOND, a_trajectory()))
    assert waiting.is_alive()
    assert disk.written == []
    disk.may_write.set()
    waiting.join()
    assert disk.written[0] == FIRST


def test_steps_that_cannot_be_written_are_told_and_the_next_ones_are(
    qtbot: QtBot, keeper: TrajectoryKeeper, disk: Disk, tmp_path
) -> None:
    disk.may_write.set()
    disk.failure = DiskFull(tmp_path, 10, 0)
    with qtbot.waitSignal(keeper.failed) as failed:
        keeper.keep(FIRST, a_trajectory())
    assert failed.args == [disk.failure]
    disk.failure = None
    with qtbot.waitSignal(keeper.kept) as kept:
        keeper.keep(SECOND, a_trajectory())
    assert kept.args == [SECOND]


def test_stopping_writes_what_was_given(qtbot: QtBot, disk: Disk) -> None:
    keeper = TrajectoryKeeper(disk.put)
    keeper.keep(FIRST, a_trajectory())
    disk.may_write.set()
    keeper.stop()
    assert disk.written == [FIRST]
