"""Pictures of any size for a model that works at its own, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.geometry import Rect, Size
from studio.core.pixels import frozen_pixels
from studio.core.task import Fit
from studio.imaging.fit import as_model_sees, fit_placement, model_size, restored, to_model

BEST = Size(512, 512)


def noise(width: int, height: int) -> np.ndarray:
    return frozen_pixels(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_the_models_size_has_the_pictures_proportions_and_about_the_best_number_of_pixels() -> None:
    assert model_size(4000, 4000, BEST, 8) == BEST
    assert model_size(3, 3, BEST, 8) == BEST
    assert model_size(1600, 900, BEST, 8) == Size(680, 384)
    assert model_size(900, 1600, BEST, 8) == Size(384, 680)
    assert model_size(20_000, 1, BEST, 8) == Size(4096, 64)
    assert model_size(1600, 900, BEST, 16) == Size(688, 384)


@given(st.integers(64, 8000), st.integers(64, 8000))
def test_the_models_size_is_near_the_best_for_all_usual_pictures(width: int, height: int) -> None:
    size = model_size(width, height, BEST, 8)
    if max(width, height) <= 4 * min(width, height):
        assert abs(size.width * size.height / 512**2 - 1) < 0.05
        assert abs(size.width / size.height / (width / height) - 1) < 0.05


def test_cropping_takes_the_middle() -> None:
    placement = fit_placement(200, 100, Size(64, 64), Fit.CROP)
    assert (placement.source, placement.target) == (Rect(50, 0, 100, 100), Rect(0, 0, 64, 64))


def test_padding_shows_everything_and_repeats_the_edge() -> None:
    placement = fit_placement(200, 100, Size(64, 64), Fit.PAD)
    assert (placement.source, placement.target) == (Rect(0, 0, 200, 100), Rect(0, 16, 64, 32))
    seen = to_model(noise(200, 100), placement)
    assert (seen[:16] == seen[16]).all()
    assert (seen[48:] == seen[47]).all()


def test_stretching_shows_everything_distorted() -> None:
    placement = fit_placement(200, 100, Size(64, 64), Fit.STRETCH)
    assert (placement.source, placement.target) == (Rect(0, 0, 200, 100), Rect(0, 0, 64, 64))


@pytest.mark.parametrize("fit", Fit)
@given(width=st.integers(1, 200), height=st.integers(1, 200), size=st.sampled_from([Size(64, 64), Size(64, 128)]))
@settings(deadline=None)
def test_any_picture_fits_and_comes_back_in_its_size(fit: Fit, width: int, height: int, size: Size) -> None:
    picture, placement = noise(width, height), fit_placement(width, height, size, fit)
    seen = to_model(picture, placement)
    assert seen.shape == (size.height, size.width, 3)
    assert not seen.flags.writeable
    back = restored(seen, picture, placement)
    assert back.shape == picture.shape
    if placement.is_exact:
        assert np.array_equal(back, picture)


@pytest.mark.parametrize("fit", Fit)
def test_a_picture_of_the_right_size_is_not_touched(fit: Fit) -> None:
    picture = noise(64, 128)
    assert np.array_equal(to_model(picture, fit_placement(64, 128, Size(64, 128), fit)), picture)


def test_what_was_cut_off_comes_back_from_the_original() -> None:
    picture = noise(200, 100)
    placement = fit_placement(200, 100, Size(64, 64), Fit.CROP)
    back = restored(frozen_pixels(np.full((64, 64, 3), 9, np.uint8)), picture, placement)
    assert (back[:, 50:150] == 9).all()
    assert np.array_equal(back[:, :50], picture[:, :50])
    assert np.array_equal(back[:, 150:], picture[:, 150:])


def test_a_smooth_picture_stays_so_on_the_way_there_and_back() -> None:
    slope = np.linspace(0, 255, 300).astype(np.uint8)
    picture = frozen_pixels(np.repeat(np.tile(slope, (200, 1))[:, :, np.newaxis], 3, axis=2))
    for fit in Fit:
        placement = fit_placement(300, 200, Size(128, 128), fit)
        back = restored(to_model(picture, placement), picture, placement)
        assert np.abs(back.astype(int) - picture).max() <= 4


@pytest.mark.parametrize(
    ("width", "height", "seen"), [(64, 64, (64, 64)), (70, 79, (64, 72)), (128, 128, (64, 64)), (4, 64, (64, 256))]
)
def test_a_model_sees_a_picture_of_about_its_own_size(width: int, height: int, seen: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    shown = as_model_sees(pixels, Size(64, 64), 8)
    assert (shown.shape[1], shown.shape[0]) == seen
    assert not shown.flags.writeable
    if width < 80 and width >= 8:
        assert np.array_equal(shown, pixels[: shown.shape[0], : shown.shape[1]]), "not a pixel of it is scaled"
