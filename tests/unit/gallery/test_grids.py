"""Grids: kept until they are finished, and their labelled picture in the gallery."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from studio.core.grid import Grid, GridAxis, GridId, StepMeasure
from studio.core.job import Job, JobId
from studio.core.picture_id import PictureId
from studio.core.pixels import frozen_pixels
from studio.gallery.gallery import Gallery
from studio.gallery.grid_sheets import keep_sheet
from studio.gallery.grid_store import GridStore, KeptGrid
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import read_picture_info
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import a_gallery, opened_marks

STORED = Path(__file__).parent / "stored"


def a_grid(name: str = "a", steps: tuple[int, ...] = (4, 8)) -> Grid:
    requests = [a_request(seed=seed, steps=count) for count in steps for seed in (1, 2)]
    return Grid(
        GridId(name),
        (GridAxis("Seed", ("1", "2")), GridAxis("Steps", tuple(map(str, steps)))),
        tuple(Job(JobId(f"{name}{place}"), request) for place, request in enumerate(requests)),
        datetime(2026, 11, 26, tzinfo=UTC),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GridStore]:
    store = GridStore(tmp_path / "user.db")
    yield store
    store.close()


@pytest.fixture
def gallery(home: Path) -> Iterator[Gallery]:
    gallery = a_gallery(home)
    yield gallery
    gallery.close()


def test_a_grid_is_as_it_was_put_also_at_the_next_start(store: GridStore, tmp_path: Path) -> None:
    grid, other = a_grid(), a_grid("b", (4,))
    store.put(grid)
    store.put(other)
    again = GridStore(tmp_path / "user.db")

    assert again.grids() == [KeptGrid(grid, None), KeptGrid(other, None)]
    assert again.grid_of_job(JobId("b1")) == other.id
    assert again.grid_of_job(JobId("nobody's")) is None
    again.close()


def test_a_grid_that_is_forgotten_takes_its_cells_along(store: GridStore) -> None:
    store.put(a_grid())
    store.forget(GridId("a"))

    assert store.grids() == []
    assert store.grid_of_job(JobId("a0")) is None
    assert store.grid(GridId("a")) is None


def test_one_that_cannot_be_read_is_left_out(store: GridStore, tmp_path: Path) -> None:
    store.put(a_grid())
    store.put(a_grid("b"))
    store._database.write("UPDATE grid_cell SET request = '{}' WHERE job = 'a3'")  # pyright: ignore[reportPrivateUsage]

    assert [kept.grid.id for kept in store.grids()] == ["b"]


def test_the_sheet_is_made_when_all_cells_are_there(store: GridStore, gallery: Gallery) -> None:
    grid = a_grid()
    store.put(grid)
    pictures = [a_picture(a_request(seed=place)) for place in range(4)]
    for job, picture in list(zip(grid.cells, pictures, strict=True))[:3]:
        gallery.add(picture, job.id)
    assert gallery.without_pictures(grid.cells) == (grid.cells[3],)
    assert keep_sheet(gallery, store, grid) is None

    gallery.add(pictures[3], grid.cells[3].id)
    sheet = keep_sheet(gallery, store, grid)

    assert sheet is not None
    assert [(kept.grid, kept.sheet) for kept in store.grids()] == [(grid, sheet.id)]
    assert gallery.ids()[0] == sheet.id
    found = [_contains(read_pixels(sheet.path), picture.pixels) for picture in pictures]
    assert found == sorted(found, key=lambda place: (place[0], place[1]))
    assert len({top for top, _ in found}) == len({left for _, left in found}) == 2
    infotext = read_picture_info(sheet.path).infotext or ""
    assert 'Script: X/Y/Z plot, X Type: Seed, X Values: "1, 2", Y Type: Steps, Y Values: "4, 8"' in infotext
    assert "a red apple" in infotext


def test_more_steps_are_measured_against_the_most_of_the_same_seed_and_kept(
    store: GridStore, gallery: Gallery, tmp_path: Path
) -> None:
    grid = a_grid(steps=(4, 8, 20))
    store.put(grid)
    greys = [10, 20, 13, 24, 14, 30]
    for job, grey in zip(grid.cells, greys, strict=True):
        pixels = frozen_pixels(np.full((64, 64, 3), grey, np.uint8))
        gallery.add(replace(a_picture(job.request), pixels=pixels, seconds=grey / 10), job.id)
    assert keep_sheet(gallery, store, grid) is not None

    again = GridStore(tmp_path / "user.db")
    [kept] = again.grids()
    assert [(m.line, m.steps, m.distance) for m in kept.measures] == [
        ("1", 4, 4),
        ("2", 4, 10),
        ("1", 8, 1),
        ("2", 8, 6),
        ("1", 20, 0),
        ("2", 20, 0),
    ]
    assert [measure.seconds for measure in kept.measures] == [grey / 10 for grey in greys]
    again.forget(grid.id)
    assert again.grids() == []
    again.close()


def test_how_much_burns_is_told_where_the_cfg_scale_is_varied(store: GridStore, gallery: Gallery) -> None:
    def has_dark_corners(axis: str) -> bool:
        grid = replace(a_grid(axis[0], (4,)), axes=(GridAxis(axis, ("1", "2")),))
        store.put(grid)
        for job in grid.cells:
            pixels = frozen_pixels(np.full((128, 128, 3), 255, np.uint8))
            gallery.add(replace(a_picture(job.request), pixels=pixels), job.id)
        sheet = keep_sheet(gallery, store, grid)
        assert sheet is not None
        return bool((read_pixels(sheet.path)[-40:] < 100).any())

    assert has_dark_corners("CFG scale")
    assert not has_dark_corners("Sampler")


def test_without_other_numbers_of_steps_nothing_is_measured(store: GridStore, gallery: Gallery) -> None:
    grid = a_grid(steps=(4,))
    store.put(grid)
    for job in grid.cells:
        gallery.add(a_picture(job.request), job.id)
    assert keep_sheet(gallery, store, grid) is not None
    assert store.grids()[0].measures == ()


def test_sources_of_unfinished_grids_are_in_use(store: GridStore) -> None:
    source = "ab" * 32
    store.put(a_grid())
    store._database.write("UPDATE grid_cell SET request = ? WHERE job = 'a3'", (f'{{"sha256": "{source}"}}',))  # pyright: ignore[reportPrivateUsage]
    assert store.sources() == {source}

    store.set_sheet(GridId("a"), PictureId("1" * 32))
    assert store.sources() == set()


def test_a_database_of_a_version_without_grids_keeps_what_it_has(tmp_path: Path) -> None:
    shutil.copy(STORED / "user-schema-2.db", tmp_path / "user.db")
    store = GridStore(tmp_path / "user.db")
    store.put(a_grid())
    assert len(store.grids()) == 1
    store.close()

    marks = opened_marks(tmp_path)
    kept = marks.marks(PictureId("1" * 32))
    assert (kept.rating, kept.tags, len(kept.albums)) == (4, ("sea",), 1)
    marks.close()


def test_a_database_of_a_version_that_measured_nothing_keeps_its_grids(tmp_path: Path) -> None:
    shutil.copy(STORED / "user-schema-5.db", tmp_path / "user.db")
    store = GridStore(tmp_path / "user.db")
    [kept] = store.grids()
    assert (kept.grid.name, len(kept.grid.cells), kept.sheet, kept.measures) == ("Seed × Steps", 4, "f" * 32, ())
    store.set_sheet(kept.grid.id, PictureId("e" * 32), [StepMeasure("1", 4, 0.5, 2.0)])
    assert store.grids()[0].measures == (StepMeasure("1", 4, 0.5, 2.0),)
    store.close()


def _contains(sheet: np.ndarray, cell: np.ndarray) -> tuple[int, int]:
    """Where the cell lies in the sheet, pixel for pixel."""
    height, width, _ = cell.shape
    windows = np.lib.stride_tricks.sliding_window_view(sheet[:, :, 0], (height, width))
    first = np.argwhere((windows[:, :, 0, 0] == cell[0, 0, 0]) & (windows[:, :, -1, -1] == cell[-1, -1, 0]))
    [place] = [(int(y), int(x)) for y, x in first if (sheet[y : y + height, x : x + width] == cell).all()]
    return place
