"""The recorded steps of pictures: kept within a budget, and whole after a kill at any time."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import StorageError, TrajectoryUnreadable
from studio.core.picture_id import PictureId
from studio.gallery.trajectory_store import TrajectoryStore
from studio.imaging.trajectory_file import encode_trajectory
from tests.helpers.program import ROOT
from tests.helpers.trajectories import a_trajectory

PLENTY = 10**9
TRAJECTORY = a_trajectory()
SIZE = len(encode_trajectory(TRAJECTORY))


def opened(folder: Path, budget: int = PLENTY) -> TrajectoryStore:
    store = TrajectoryStore(folder, budget)
    store.open()
    return store


def a_name() -> PictureId:
    return PictureId(uuid.uuid4().hex)


def test_what_is_put_in_is_there_also_next_time(tmp_path: Path) -> None:
    name, store = a_name(), opened(tmp_path / "steps")
    assert store.get(name) is None
    assert not store.has(name)
    store.put(name, TRAJECTORY)
    again = opened(tmp_path / "steps")
    for kept in (store, again):
        read = kept.get(name)
        assert read is not None
        assert np.array_equal(read.steps[2].latents, TRAJECTORY.steps[2].latents)
        assert kept.has(name)
        assert kept.used_bytes == SIZE


def test_the_oldest_make_room(tmp_path: Path) -> None:
    store = opened(tmp_path, 3 * SIZE)
    names = [a_name() for _ in range(5)]
    for name in names:
        store.put(name, TRAJECTORY)
    assert [store.has(name) for name in names] == [False, False, True, True, True]
    assert [store.get(name) is not None for name in names] == [False, False, True, True, True]
    assert store.used_bytes == 3 * SIZE


def test_the_age_of_files_is_known_next_time_and_a_smaller_budget_holds_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    names = [a_name() for _ in range(3)]
    for age, name in zip((2, 1, 3), names, strict=True):
        store.put(name, TRAJECTORY)
        os.utime(tmp_path / f"{name}.npz", (1e9 - age, 1e9 - age))
    smaller = opened(tmp_path, SIZE)
    assert [smaller.has(name) for name in names] == [False, True, False]


def test_one_that_is_put_in_again_takes_its_room_once_and_is_the_newest(tmp_path: Path) -> None:
    store = opened(tmp_path, 2 * SIZE)
    first, second, third = a_name(), a_name(), a_name()
    for name in (first, second, first, third):
        store.put(name, TRAJECTORY)
    assert [store.has(name) for name in (first, second, third)] == [True, False, True]


def test_one_that_is_larger_than_the_budget_is_not_kept_and_costs_no_other(tmp_path: Path) -> None:
    store = opened(tmp_path, SIZE + 10)
    small, large = a_name(), a_name()
    store.put(small, TRAJECTORY)
    store.put(large, a_trajectory(steps=30))
    assert (store.has(small), store.has(large)) == (True, False)


def test_removed_ones_are_gone(tmp_path: Path) -> None:
    store, name = opened(tmp_path), a_name()
    store.put(name, TRAJECTORY)
    store.remove([name, a_name()])
    assert store.get(name) is None
    assert store.used_bytes == 0
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_half_written_is_removed_and_strangers_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / f".{uuid.uuid4().hex}.tmp").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    opened(tmp_path, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_damage_is_told(tmp_path: Path) -> None:
    store, name = opened(tmp_path), a_name()
    store.put(name, TRAJECTORY)
    path = tmp_path / f"{name}.npz"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(TrajectoryUnreadable) as raised:
        store.get(name)
    assert raised.value.path == path


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        opened(tmp_path / "file" / "steps")


@pytest.mark.parametrize("kept_before_the_kill", [1, 2, 7, 20])
def test_kills_leave_whole_files_within_the_budget(tmp_path: Path, kept_before_the_kill: int) -> None:
    one = len(encode_trajectory(a_trajectory(side=16)))
    budget = 5 * one + 1000
    command = [sys.executable, "-m", "tests.helpers.recording_child", str(tmp_path), str(budget)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        told = [PictureId(child.stdout.readline().strip()) for _ in range(kept_before_the_kill)]
        child.kill()
        child.wait()
    store = opened(tmp_path, budget)
    newest = told[-1]
    files = sorted(tmp_path.iterdir())
    assert store.has(newest)
    assert store.used_bytes == sum(path.stat().st_size for path in files) <= budget
    for path in files:
        assert store.get(PictureId(path.stem)) is not None
