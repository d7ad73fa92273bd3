"""Painting in cells: what each tool leaves there, strokes that can be undone, and the brush."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from studio.imaging.latent_painting import MOST_STROKES, CellTool, PaintedLatents, brush_cells, cells_between

ORIGINAL = np.random.default_rng(1).standard_normal((4, 8, 6)).astype(np.float16)


@pytest.fixture
def painted() -> PaintedLatents:
    return PaintedLatents(ORIGINAL)


def one_cell(row: int, column: int) -> np.ndarray:
    return brush_cells((8, 6), row, column, 1)


def test_erasing_leaves_zero_in_its_cells_and_nothing_else(painted: PaintedLatents) -> None:
    painted.begin_stroke()
    painted.paint(CellTool.ERASE, where := brush_cells((8, 6), 3, 3, 3), (0, 0))
    assert not painted.current[:, where].any()
    assert np.array_equal(painted.current[:, ~where], ORIGINAL[:, ~where])
    assert not painted.current.flags.writeable


def test_noise_has_variance_one_and_a_cell_keeps_its_noise() -> None:
    large = PaintedLatents(np.zeros((4, 64, 64), np.float16))
    large.begin_stroke()
    large.paint(CellTool.NOISE, np.ones((64, 64), bool), (0, 0))
    assert float(large.current.astype(np.float32).var()) == pytest.approx(1, abs=0.05)
    before = large.current
    large.begin_stroke()
    large.paint(CellTool.NOISE, brush_cells((64, 64), 9, 9, 5), (0, 0))
    assert np.array_equal(large.current, before)


def test_copying_gives_every_cell_what_the_source_has(painted: PaintedLatents) -> None:
    painted.begin_stroke()
    painted.paint(CellTool.COPY, where := brush_cells((8, 6), 5, 2, 2), (1, 4))
    assert np.array_equal(painted.current[:, where], np.repeat(ORIGINAL[:, 1, 4, None], where.sum(), axis=1))


def test_a_stroke_is_undone_as_one(painted: PaintedLatents) -> None:
    painted.begin_stroke()
    for cell in ((1, 1), (2, 2), (3, 3)):
        painted.paint(CellTool.ERASE, one_cell(*cell), (0, 0))
    painted.begin_stroke()
    painted.paint(CellTool.NOISE, one_cell(4, 4), (0, 0))
    painted.undo()
    assert not painted.current[:, 3, 3].any()
    assert np.array_equal(painted.current[:, 4, 4], ORIGINAL[:, 4, 4])
    painted.undo()
    assert painted.current is ORIGINAL
    assert not painted.can_undo


def test_a_reset_can_be_undone(painted: PaintedLatents) -> None:
    painted.reset()
    assert not painted.can_undo, "nothing was painted"
    painted.begin_stroke()
    painted.paint(CellTool.ERASE, one_cell(1, 1), (0, 0))
    erased = painted.current
    painted.reset()
    assert not painted.is_painted
    painted.undo()
    assert painted.current is erased


def test_what_can_be_undone_has_an_end(painted: PaintedLatents) -> None:
    for _ in range(MOST_STROKES + 5):
        painted.begin_stroke()
        painted.paint(CellTool.ERASE, one_cell(0, 0), (0, 0))
    undone = 0
    while painted.can_undo:
        painted.undo()
        undone += 1
    assert undone == MOST_STROKES


@pytest.mark.parametrize(("size", "count"), [(1, 1), (2, 4), (3, 9), (4, 12), (5, 21)])
def test_the_brush_is_round_and_cut_at_the_edge(size: int, count: int) -> None:
    assert brush_cells((32, 32), 10, 10, size).sum() == count
    assert 0 < brush_cells((32, 32), 0, 0, size).sum() <= count


def test_a_line_of_cells_has_no_gaps() -> None:
    assert cells_between((2, 2), (2, 2)) == []
    line = [(0, 0), *cells_between((0, 0), (3, 7))]
    assert line[-1] == (3, 7)
    assert all(max(abs(a[0] - b[0]), abs(a[1] - b[1])) == 1 for a, b in pairwise(line))
