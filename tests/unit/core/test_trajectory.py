"""Levels of noise, and what a trajectory tells about itself."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from studio.core.scheduler import SchedulerName
from studio.core.trajectory import NoiseLevel, Trajectory, TrajectoryStep


def a_step(latents: float, predicted: float) -> TrajectoryStep:
    shape, level = (4, 2, 3), NoiseLevel(0.6, 0.8)
    return TrajectoryStep(500.0, level, np.full(shape, latents, np.float16), np.full(shape, predicted, np.float16))


def test_a_level_that_keeps_the_variance() -> None:
    level = NoiseLevel(0.6, 0.8)
    assert level.alpha_bar == pytest.approx(0.36)
    assert level.sigma == pytest.approx(0.8 / 0.6)


def test_a_level_on_the_straight_way_has_the_same_share_of_signal_as_its_sigma_says() -> None:
    level = NoiseLevel(0.25, 0.75)
    assert level.sigma == pytest.approx(3)
    assert level.alpha_bar == pytest.approx(1 / (1 + 3**2))


def test_nothing_but_noise() -> None:
    assert NoiseLevel(0.0, 1.0).sigma == math.inf
    assert NoiseLevel(0.0, 1.0).alpha_bar == 0


def test_norms_and_changes_are_root_mean_squares() -> None:
    steps = (a_step(-2.0, 1.0), a_step(1.5, 1.5), a_step(0.5, 1.0))
    trajectory = Trajectory(SchedulerName.DDIM, steps, None)
    assert [step.norm for step in trajectory.steps] == [2.0, 1.5, 0.5]
    assert trajectory.changes == (0.0, 0.5, 0.5)


def test_arrays_are_read_only_also_behind_pickle() -> None:
    for step in (a_step(1.0, 1.0), pickle.loads(pickle.dumps(a_step(1.0, 1.0)))):
        with pytest.raises(ValueError, match="read-only"):
            step.latents[0] = 0
        with pytest.raises(ValueError, match="read-only"):
            step.predicted[0] = 0


def test_a_cell_is_free_in_as_many_steps_as_its_strength_says() -> None:
    strengths = np.array([[0.0, 0.01, 0.25, 0.5, 0.51, 1.0]], np.float16)
    trajectory = Trajectory(SchedulerName.DDIM, (a_step(0, 0),) * 4, None, strengths)
    free = [trajectory.free_cells(index) for index in range(4)]
    assert sum(cells.astype(int) for cells in free if cells is not None).tolist() == [[0, 1, 1, 2, 3, 4]]
    assert not strengths.flags.writeable
    assert Trajectory(SchedulerName.DDIM, (a_step(0, 0),), None).free_cells(0) is None
