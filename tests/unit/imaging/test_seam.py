"""An extended picture shows no seam, and is as the model drew it elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.core.geometry import Size
from studio.core.pixels import frozen_pixels
from studio.core.sources import image_ref
from studio.core.task import Inpaint, InpaintArea
from studio.imaging.inpaint_region import InpaintPlan, plan_inpaint, put_back
from studio.imaging.masks import seam_blur
from studio.imaging.outpaint import extended
from studio.imaging.seam import is_extension, matched

SIDE, MORE = 256, 64
BLUR = seam_blur(SIDE, SIDE)


def gradient(darkest: int, brightest: int) -> np.ndarray:
    row = np.linspace(darkest, brightest, SIDE)
    return frozen_pixels(np.rint(np.broadcast_to(row[None, :, None], (SIDE, SIDE, 3))).astype(np.uint8))


def extension(picture: np.ndarray, left: int, top: int, right: int, bottom: int) -> InpaintPlan:
    """As the model sees it, in its own size."""
    height, width, _ = picture.shape
    whole = extended(picture, left, top, right, bottom)
    mask = np.full(whole.shape[:2], 255, np.uint8)
    mask[top : top + height, left : left + width] = 0
    mask = frozen_pixels(mask)
    task = Inpaint(
        image=image_ref(whole), mask=image_ref(mask), strength=0.6, area=InpaintArea.WHOLE,
        mask_blur=seam_blur(width, height),
    )  # fmt: skip
    return plan_inpaint(whole, mask, task, Size(whole.shape[1], whole.shape[0]))


def drawn(plan: InpaintPlan, colour: tuple[int, int, int]) -> np.ndarray:
    """A model that puts this colour wherever it is free, and in between where it is bound a little."""
    share = plan.denoise[:, :, None] / 255
    return frozen_pixels(np.rint(plan.seen * (1 - share) + np.array(colour) * share).astype(np.uint8))


def steepest(picture: np.ndarray, columns: slice) -> float:
    """The largest change from one column to the next, in levels, over four of them: rounding is no edge."""
    means = picture[:, columns].astype(float).mean(axis=(0, 2))
    return float(np.abs(means[4:] - means[:-4]).max()) / 4


@pytest.mark.parametrize("lighter", [-60, -30, 30, 60])
def test_across_the_seam_it_is_hardly_steeper_than_around_it(lighter: int) -> None:
    plan = extension(gradient(130, 175), MORE, 0, MORE, 0)
    result = drawn(plan, (150 + lighter,) * 3)
    band = slice(MORE - 2 * BLUR, MORE + 2 * BLUR)

    finished, _ = put_back(plan, result)

    unmatched, _ = put_back(replace(plan, seam=0), result)
    assert steepest(finished, band) < 0.6 * steepest(unmatched, band)
    assert steepest(finished, band) <= 1.5, "a level or so in each pixel is a gradient, not a seam"


def test_each_side_takes_over_what_it_meets() -> None:
    picture = np.full((SIDE, SIDE, 3), 100, np.uint8)
    picture[:, SIDE // 2 :] = 180
    plan = extension(frozen_pixels(picture), MORE, 0, MORE, 0)

    finished, _ = put_back(plan, drawn(plan, (140, 140, 140)))

    assert np.abs(finished[:, MORE - 4].astype(int) - 100).max() <= 4
    assert np.abs(finished[:, MORE + SIDE + 4].astype(int) - 180).max() <= 4


def test_farther_out_it_is_as_the_model_drew_it() -> None:
    plan = extension(gradient(130, 175), 256, 0, 0, 0)

    finished, _ = put_back(plan, drawn(plan, (200, 40, 90)))

    assert (finished[:, : 256 - 6 * BLUR] == (200, 40, 90)).all()


def test_details_stay_as_the_model_drew_them() -> None:
    plan = extension(gradient(130, 175), MORE, 0, MORE, 0)
    stripes = np.where(np.arange(plan.seen.shape[0]) // 4 % 2, 20, -20)[:, None, None]
    smooth = drawn(plan, (170, 170, 170))
    result = frozen_pixels((smooth.astype(int) + stripes).astype(np.uint8))

    finished, _ = put_back(plan, result)

    column = finished[:, MORE // 2].astype(int)
    assert np.ptp(column[100:140]) >= 32


def test_another_thing_at_the_seam_does_not_colour_what_is_beside_it() -> None:
    plan = extension(frozen_pixels(np.full((SIDE, SIDE, 3), 150, np.uint8)), MORE, 0, 0, 0)
    result = np.array(drawn(plan, (160, 160, 160)))
    result[100:160, : MORE + BLUR] = (0, 200, 0)

    finished, _ = put_back(plan, frozen_pixels(result))

    beside = finished[np.r_[0:80, 180:SIDE], : MORE - 4].astype(int)
    assert np.ptp(beside, axis=2).max() <= 24, "as good as grey"


def test_where_nothing_is_extended_the_result_is_shown_as_drawn() -> None:
    picture = gradient(130, 175)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[60:, 60:250] = 255
    mask = frozen_pixels(mask)
    task = Inpaint(image=image_ref(picture), mask=image_ref(mask), strength=0.6, area=InpaintArea.WHOLE, mask_blur=BLUR)
    plan = plan_inpaint(picture, mask, task, Size(SIDE, SIDE))

    finished, _ = put_back(plan, drawn(plan, (210, 210, 210)))

    assert (finished[mask > 0] == 210).all()


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_a_whole_side_that_is_new_makes_an_extension(side: str) -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[5:15, 5:15] = 255
    assert not is_extension(mask)
    at = {"left": np.s_[:, :3], "top": np.s_[:4], "right": np.s_[:, -1:], "bottom": np.s_[-7:]}[side]
    mask[at] = 255
    assert is_extension(mask)


def test_a_hard_edge_stays_as_it_is() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[:, :10] = 255
    shown, original = (frozen_pixels(np.full((40, 40, 3), level, np.uint8)) for level in (200, 90))

    assert matched(shown, original, mask, 8) is shown
