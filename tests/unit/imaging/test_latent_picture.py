"""Channels in grey, and pictures cut to whole cells."""

from __future__ import annotations

import numpy as np

from studio.imaging.latent_picture import channel_picture, whole_cells


def test_a_channel_goes_from_black_to_white() -> None:
    channel = np.array([[-2.0, 0.0], [1.0, 2.0]], np.float16)
    assert channel_picture(channel).tolist() == [[0, 128], [191, 255]]
    assert not channel_picture(np.ones((2, 3), np.float16)).any()


def test_what_does_not_fill_a_cell_is_left_out() -> None:
    pixels = np.arange(20 * 37 * 3, dtype=np.uint16).astype(np.uint8).reshape(20, 37, 3)
    assert np.array_equal(whole_cells(pixels, 16), pixels[:16, :32])
    assert np.array_equal(whole_cells(pixels[:16, :32], 16), pixels[:16, :32])
