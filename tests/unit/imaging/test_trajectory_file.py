"""Trajectories as files: what comes back is what was written, and damage is told."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from studio.core.scheduler import SchedulerName
from studio.core.trajectory import LatentColours, NoiseLevel, Trajectory, TrajectoryStep
from studio.imaging.trajectory_file import decode_trajectory, encode_trajectory
from tests.helpers.trajectories import a_trajectory

COLOURS = LatentColours(((0.1, -0.2, 0.3),) * 4, (0.0, 0.5, -0.5), 3.0)


def as_values(trajectory: Trajectory) -> tuple[object, ...]:
    steps = [(s.timestep, s.level, s.latents.tobytes(), s.predicted.tobytes()) for s in trajectory.steps]
    strengths = None if trajectory.strengths is None else trajectory.strengths.tolist()
    return trajectory.sampler, trajectory.colours, steps, strengths


@pytest.mark.parametrize("colours", [COLOURS, replace(COLOURS, soft_limit=None), None])
def test_what_comes_back_is_what_was_written(colours: LatentColours | None) -> None:
    trajectory = replace(a_trajectory(steps=3), colours=colours)
    content = encode_trajectory(trajectory)
    read = decode_trajectory(content)
    assert as_values(read) == as_values(trajectory)
    assert encode_trajectory(read) == content
    assert not read.steps[0].latents.flags.writeable


def test_how_strongly_cells_were_repainted_comes_back() -> None:
    strengths = np.linspace(0, 1, 64, dtype=np.float16).reshape(8, 8)
    trajectory = replace(a_trajectory(steps=3), strengths=strengths)
    read = decode_trajectory(encode_trajectory(trajectory))
    assert as_values(read) == as_values(trajectory)
    assert not read.strengths.flags.writeable


def test_one_of_the_first_version_is_read() -> None:
    trajectory = a_trajectory(steps=3)
    with np.load(BytesIO(encode_trajectory(trajectory))) as arrays:
        older = {**arrays, "version": np.asarray(1)}
    buffer = BytesIO()
    np.savez_compressed(buffer, **older)
    assert as_values(decode_trajectory(buffer.getvalue())) == as_values(trajectory)


def test_numpy_alone_opens_it() -> None:
    trajectory = a_trajectory(steps=3)
    with np.load(BytesIO(encode_trajectory(trajectory)), allow_pickle=False) as arrays:
        assert arrays["latents"].shape == arrays["predicted"].shape == (3, 4, 8, 8)
        assert arrays["latents"].dtype == np.float16
        assert arrays["sampler"] == "dpmpp_2m"
        assert arrays["signal"][1] == trajectory.steps[1].level.signal


def test_a_picture_of_512_pixels_and_20_steps_takes_less_than_a_megabyte_and_a_half() -> None:
    assert len(encode_trajectory(a_trajectory(steps=20, side=64))) < 1.5e6


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "no zip", "a lone array"])
def test_damage_is_told(damage: str) -> None:
    content = encode_trajectory(a_trajectory(steps=3))
    middle = len(content) // 3
    array = BytesIO()
    np.save(array, np.zeros(3))
    damaged = {
        "empty": b"",
        "cut": content[:-100],
        "flipped": content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :],
        "no zip": b"not a zip" * 100,
        "a lone array": array.getvalue(),
    }
    with pytest.raises(ValueError, match="damaged"):
        decode_trajectory(damaged[damage])


@pytest.mark.parametrize(
    "change",
    [
        {"version": np.asarray(3)},
        {"version": np.asarray(0)},
        {"strengths": np.zeros((8, 9), np.float16)},
        {"strengths": np.zeros((8, 8))},
        {"latents": np.zeros((3, 4, 8, 8))},
        {"predicted": np.zeros((3, 4, 8, 9), np.float16)},
        {"timesteps": np.zeros(2)},
        {"sampler": np.asarray("unheard of")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_fit_together_is_refused(change: dict[str, np.ndarray]) -> None:
    with np.load(BytesIO(encode_trajectory(a_trajectory(steps=3)))) as arrays:
        changed = {**arrays, **change}
    buffer = BytesIO()
    np.savez_compressed(buffer, **changed)
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        decode_trajectory(buffer.getvalue())


def test_levels_come_back_exactly() -> None:
    latents = np.zeros((4, 2, 2), np.float16)
    step = TrajectoryStep(1 / 3, NoiseLevel(0.1, 1 / 7), latents, latents)
    assert (
        decode_trajectory(encode_trajectory(Trajectory(SchedulerName.LCM, (step,), None))).steps[0].level == step.level
    )
