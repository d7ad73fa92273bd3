"""Channels in grey, and pictures cut to whole cells."""

from __future__ import annotations

import numpy as np
import pytest

from studio.imaging.latent_picture import change_picture, channel_picture, strength_of, whole_cells
from tests.helpers.trajectories import COLOURS


def test_a_channel_goes_from_black_to_white() -> None:
    channel = np.array([[-2.0, 0.0], [1.0, 2.0]], np.float16)
    assert channel_picture(channel).tolist() == [[0, 128], [191, 255]]
    assert not channel_picture(np.ones((2, 3), np.float16)).any()


@pytest.mark.parametrize("size", [1.0, 0.01])
def test_a_change_is_seen_around_mid_grey_whatever_its_size(size: float) -> None:
    change = np.zeros((4, 8, 8), np.float16)
    change[0, 0, 0], change[0, 7, 7] = size, -size
    seen = change_picture(change, COLOURS)
    assert np.all(seen[3:5, 3:5] == 128)
    assert np.all(seen[0, 0] > 150)
    assert np.all(seen[7, 7] < 105)
    assert np.all(change_picture(np.zeros((4, 2, 2), np.float16), COLOURS) == 128)


def test_without_colours_a_change_is_that_of_the_first_channel() -> None:
    change = np.zeros((4, 2, 2), np.float16)
    change[0, 0, 0], change[0, 1, 1] = 1, -1
    assert change_picture(change, None)[:, :, 2].tolist() == [[255, 128], [128, 0]]


def test_how_strong_a_change_is_in_each_cell() -> None:
    change = np.zeros((4, 2, 2), np.float16)
    change[:, 0, 1] = (2, -2, 2, -2)
    change[0, 1, 0] = 4
    assert strength_of(change).tolist() == [[0, 2], [2, 0]]


def test_what_does_not_fill_a_cell_is_left_out() -> None:
    pixels = np.arange(20 * 37 * 3, dtype=np.uint16).astype(np.uint8).reshape(20, 37, 3)
    assert np.array_equal(whole_cells(pixels, 16), pixels[:16, :32])
    assert np.array_equal(whole_cells(pixels[:16, :32], 16), pixels[:16, :32])
