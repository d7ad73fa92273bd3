"""The labelled picture of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from studio.core.grid import GridAxis
from studio.core.pixels import frozen_pixels
from studio.imaging.grid_sheet import MOST_PIXELS, draw_sheet, sheet_png

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

SEEDS = GridAxis("Seed", ("1", "2", "3"))
STEPS = GridAxis("Steps", ("5", "10"))
SAMPLERS = GridAxis("Sampler", ("Euler", "DDIM"))


def cell(value: int, side: int = 64) -> Pixels:
    return frozen_pixels(np.full((side, side, 3), value, np.uint8))


def sheet(*axes: GridAxis, side: int = 64) -> Pixels:
    count = int(np.prod([len(axis.labels) for axis in axes]))
    return draw_sheet(axes, [(side, side)] * count, lambda index: cell(10 + index, side))


def ink_outside_cells(pixels: Pixels, count: int) -> np.ndarray:
    is_cell = np.isin(pixels[:, :, 0], np.arange(10, 10 + count)) & (pixels[:, :, 0] == pixels[:, :, 2])
    return (pixels[:, :, 0] < 128) & ~is_cell


@pytest.mark.parametrize("axes", [(SEEDS,), (SEEDS, STEPS), (SEEDS, STEPS, SAMPLERS)])
def test_every_cell_is_there_whole_and_labels_stand_beside_them(axes: tuple[GridAxis, ...]) -> None:
    pixels = sheet(*axes)

    count = int(np.prod([len(axis.labels) for axis in axes]))
    for index in range(count):
        assert (pixels == 10 + index).all(axis=2).sum() >= 64 * 64
    ink = ink_outside_cells(pixels, count)
    assert ink[:20].any()  # above the columns
    assert ink[30:].any() == (len(axes) > 1)  # beside the rows


def test_pictures_of_other_sizes_keep_their_proportions() -> None:
    sizes = [(64, 64), (32, 64)]

    pixels = draw_sheet(
        [GridAxis("Model", ("a", "b"))],
        sizes,
        lambda index: frozen_pixels(np.full((sizes[index][1], sizes[index][0], 3), (0, 200)[index], np.uint8)),
    )

    assert (pixels == 200).all(axis=2).sum() == 32 * 64


def test_a_sheet_of_many_large_pictures_is_made_smaller() -> None:
    axis = GridAxis("Seed", tuple(map(str, range(30))))
    large = cell(10, 1024)

    pixels = draw_sheet([axis, GridAxis("Steps", ("1", "2", "3"))], [(1024, 1024)] * 90, lambda _: large)

    assert pixels.shape[0] * pixels.shape[1] < MOST_PIXELS * 1.3
    assert (pixels == 10).all(axis=2).mean() > 0.7


def test_long_labels_are_cut_and_strange_ones_drawn() -> None:
    axis = GridAxis("Words of the prompt", ("x" * 5000, "ünïcode \n 猫", "(nothing)"))

    assert sheet(axis, axis).shape[1] < 5 * 64 + 100


def test_a_sheet_without_settings_tells_none() -> None:
    assert b"X/Y/Z" not in sheet_png(sheet(SEEDS), [SEEDS], None)


def test_many_cells_of_one_axis_are_laid_out_as_a_square_each_with_its_label() -> None:
    pixels = sheet(GridAxis("Seed", tuple(map(str, range(16)))), side=96)
    corners = [tuple(np.argwhere((pixels == 10 + index).all(axis=2))[0]) for index in range(16)]
    tops, lefts = sorted({top for top, _ in corners}), sorted({left for _, left in corners})
    assert len(tops) == len(lefts) == 4
    assert corners == [(top, left) for top in tops for left in lefts]
    ink = ink_outside_cells(pixels, 16)
    for top, left in corners:
        assert ink[max(0, top - 24) : top, left : left + 96].any(), "its label"


def test_what_is_told_of_each_cell_stands_in_its_corner() -> None:
    seen: list[int] = []

    def told(pixels: Pixels) -> str:
        seen.append(int(pixels[0, 0, 0]))
        return "50 % clipped"

    pixels = draw_sheet([STEPS], [(128, 128)] * 2, lambda index: cell(100 + index, 128), told)
    assert seen == [100, 101]
    for index in range(2):
        [rows, columns] = np.nonzero((pixels == 100 + index).all(axis=2))
        below, left = rows.max(), columns.min()
        corner = pixels[below - 20 : below + 1, left : left + 60]
        assert (corner == (26, 29, 35)).all(axis=2).any()
        assert (pixels[rows.min(), columns.min()] == 100 + index).all()
