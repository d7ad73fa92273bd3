"""Inpainting in pixels: what the model sees, what is shown of its answer, and that nothing else changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import MaskUnusable
from studio.core.geometry import Rect, Size
from studio.core.pixels import frozen_pixels
from studio.core.sources import image_ref
from studio.core.task import Inpaint, InpaintArea, MaskedContent
from studio.imaging.fill import filled
from studio.imaging.inpaint_region import InpaintPlan, PreviewPaste, plan_inpaint, put_back, seen_region
from studio.imaging.masks import inpaint_masks, mask_bounds, seam_blur

PICTURE = Rect(0, 0, 400, 300)


def noise(width: int, height: int, seed: int = 0) -> np.ndarray:
    return frozen_pixels(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def mask_of(width: int, height: int, *painted: Rect, value: int = 255) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    for rect in painted:
        mask[max(0, rect.top) : rect.bottom, max(0, rect.left) : rect.right] = value
    return frozen_pixels(mask)


def task_for(picture: np.ndarray, mask: np.ndarray, **settings_: object) -> Inpaint:
    return Inpaint(image=image_ref(picture), mask=image_ref(mask), **{"strength": 0.6, **settings_})


def a_plan(picture: np.ndarray, mask: np.ndarray, size: Size, **settings_: object) -> InpaintPlan:
    return plan_inpaint(picture, mask, task_for(picture, mask, **settings_), size)


# --- the promise ---

sides = st.integers(1, 90)
sizes = st.sampled_from([Size(64, 64), Size(128, 64), Size(64, 136), Size(72, 72)])


@st.composite
def pictures_with_masks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Any size, any kind of mask: hard, grey, scattered, at the borders, full."""
    width, height = draw(sides), draw(sides)
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    picture = chance.integers(0, 256, (height, width, 3), dtype=np.uint8)
    kind = draw(st.sampled_from(["rectangle", "grey", "scattered", "full", "corner", "side", "one pixel"]))
    mask = np.zeros((height, width), np.uint8)
    y, x = int(chance.integers(height)), int(chance.integers(width))
    if kind == "full":
        mask[:] = 255
    elif kind == "scattered":
        mask[chance.random((height, width)) < 0.1] = 255
    elif kind == "corner":
        mask[: y + 1, : x + 1] = 255
    elif kind == "side":
        mask[:, : x + 1] = 255
    elif kind in {"rectangle", "grey"}:
        mask[y : y + 20, x : x + 30] = 255 if kind == "rectangle" else chance.integers(1, 256)
    mask[y, x] = 255
    return frozen_pixels(picture), frozen_pixels(mask)


@given(
    given_=pictures_with_masks(),
    size=sizes,
    area=st.sampled_from(InpaintArea),
    content=st.sampled_from(MaskedContent),
    strength=st.sampled_from([0.01, 0.6, 1.0]),
    padding=st.integers(0, 200),
    blur=st.integers(0, 40),
    grow=st.integers(0, 20),
)
@settings(deadline=None, max_examples=300)
def test_outside_of_the_mask_and_its_blur_nothing_changes_whatever_the_model_returns(
    given_, size, area, content, strength, padding, blur, grow
) -> None:
    picture, mask = given_
    plan = a_plan(
        picture, mask, size, area=area, masked_content=content, strength=strength,
        mask_padding=padding, mask_blur=blur, mask_grow=grow,
    )  # fmt: skip
    assert plan.seen.shape == (size.height, size.width, 3)
    assert plan.denoise.shape == (size.height, size.width)

    finished, unchanged = put_back(plan, noise(size.width, size.height, seed=1))

    beyond = cv2.dilate(mask, np.ones((2 * (blur + grow) + 1,) * 2, np.uint8)) == 0
    assert np.array_equal(finished[beyond], picture[beyond])
    assert unchanged >= np.count_nonzero(beyond)
    assert finished.shape == picture.shape
    assert not finished.flags.writeable


@given(given_=pictures_with_masks(), blur=st.integers(0, 30), grow=st.integers(0, 10))
@settings(deadline=None)
def test_what_is_painted_shows_the_result_fully_and_is_repainted_as_strongly_as_painted(given_, blur, grow) -> None:
    _, mask = given_
    masks = inpaint_masks(mask, grow=grow, blur=blur)
    inside = mask[masks.area.top : masks.area.bottom, masks.area.left : masks.area.right]
    assert (masks.composite[inside > 0] == 255).all()
    assert (masks.denoise[inside > 0] >= inside[inside > 0]).all()
    if not grow:
        assert np.array_equal(masks.denoise[inside > 0], inside[inside > 0])
    assert (masks.denoise <= masks.composite).all()


@given(given_=pictures_with_masks(), blur=st.integers(0, 30))
@settings(deadline=None)
def test_the_way_there_and_back_is_the_identity_when_nothing_is_scaled(given_, blur) -> None:
    """That is: when the placement is exact. A picture of the request's own size always is, with the whole area."""
    picture, mask = given_
    height, width = mask.shape
    size = Size(64, 64) if max(width, height) <= 64 else Size(96, 96)
    picture = frozen_pixels(
        cv2.copyMakeBorder(picture, 0, size.height - height, 0, size.width - width, cv2.BORDER_WRAP)
    )
    mask = frozen_pixels(cv2.copyMakeBorder(mask, 0, size.height - height, 0, size.width - width, cv2.BORDER_CONSTANT))
    plan = a_plan(picture, mask, size, area=InpaintArea.WHOLE, mask_blur=blur)
    assert plan.placement.is_exact
    finished, _ = put_back(plan, plan.seen)
    assert np.array_equal(finished, picture)


def test_an_exact_region_inside_a_larger_picture_is_the_identity_too() -> None:
    picture, mask = noise(200, 150), mask_of(200, 150, Rect(80, 60, 20, 20))
    plan = a_plan(picture, mask, Size(64, 64), mask_padding=18, mask_blur=4)
    assert plan.placement.source == Rect(58, 38, 64, 64)
    assert plan.placement.is_exact
    finished, unchanged = put_back(plan, plan.seen)
    assert np.array_equal(finished, picture)
    assert 200 * 150 - 28 * 28 <= unchanged < 200 * 150 - 20 * 20


def test_a_result_shows_where_it_belongs() -> None:
    picture, mask = frozen_pixels(np.zeros((150, 200, 3), np.uint8)), mask_of(200, 150, Rect(90, 40, 21, 33))
    plan = a_plan(picture, mask, Size(64, 64), mask_blur=0)
    finished, unchanged = put_back(plan, frozen_pixels(np.full((64, 64, 3), 200, np.uint8)))
    assert np.array_equal(finished[:, :, 0] == 200, mask == 255)
    assert unchanged == 200 * 150 - 21 * 33


def test_an_empty_mask_is_refused() -> None:
    picture = noise(20, 20)
    with pytest.raises(MaskUnusable, match="nothing is painted"):
        a_plan(picture, mask_of(20, 20), Size(64, 64))


# --- the masks ---


def test_the_zone_around_the_mask_fades_evenly_and_ends() -> None:
    masks = inpaint_masks(mask_of(101, 101, Rect(50, 50, 1, 1)), grow=0, blur=9)
    assert masks.area == Rect(41, 41, 19, 19)
    row = masks.composite[9].tolist()
    assert row == row[::-1]
    assert row[9] == 255
    assert row[:10] == sorted(row[:10])
    assert row[0] > 0
    assert masks.composite[0, 0] == 0, "the corner is further away than 9 pixels"


def test_grey_stays_grey_and_its_zone_fades_from_it() -> None:
    masks = inpaint_masks(mask_of(100, 100, Rect(40, 40, 20, 20), value=100), grow=0, blur=8)
    assert masks.denoise.max() == 100
    assert masks.composite.max() == 255
    assert 0 < masks.denoise[18, 4] < 100


def test_growing_widens_by_so_many_pixels_in_all_directions() -> None:
    masks = inpaint_masks(mask_of(101, 101, Rect(50, 50, 1, 1)), grow=20, blur=0)
    ys, xs = np.nonzero(masks.composite)
    distances = np.hypot(ys - 20, xs - 20)
    assert (ys.max() - ys.min(), xs.max() - xs.min()) == (40, 40)
    assert distances.max() < 20.5, "round"
    assert np.count_nonzero(masks.composite) > 3.1 * 19 * 19


def test_an_extension_fades_over_a_twelfth_of_the_picture() -> None:
    assert [seam_blur(20, 900), seam_blur(128, 128), seam_blur(4000, 3000)] == [4, 10, 32]


def test_the_bounds_are_those_of_what_is_painted() -> None:
    assert mask_bounds(mask_of(50, 40, Rect(3, 5, 7, 9), Rect(20, 30, 1, 1))) == Rect(3, 5, 18, 26)


# --- the region ---


def region(masked: Rect, size: Size, **settings_: object) -> Rect:
    picture = np.zeros((PICTURE.height, PICTURE.width, 3), np.uint8)
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    return seen_region(task_for(picture, mask, **settings_), masked, PICTURE, size)


def test_the_mask_with_its_padding_in_the_proportions_of_the_request() -> None:
    assert region(Rect(100, 100, 40, 40), Size(512, 512), mask_padding=30) == Rect(70, 70, 100, 100)
    assert region(Rect(100, 100, 40, 40), Size(512, 256), mask_padding=30) == Rect(20, 70, 200, 100)


def test_a_region_is_moved_into_the_picture() -> None:
    assert region(Rect(0, 0, 40, 40), Size(512, 512), mask_padding=30) == Rect(0, 0, 70, 70)
    assert region(Rect(380, 120, 20, 60), Size(512, 512), mask_padding=10) == Rect(320, 110, 80, 80)


def test_a_region_larger_than_the_picture_has_it_in_the_middle() -> None:
    assert region(Rect(0, 0, 400, 300), Size(512, 512)) == Rect(0, -50, 400, 400)
    assert region(Rect(5, 5, 5, 5), Size(64, 64), area=InpaintArea.WHOLE) == Rect(0, -50, 400, 400)


def test_at_full_strength_the_model_sees_more() -> None:
    small = region(Rect(200, 150, 16, 16), Size(128, 128), mask_padding=8, strength=1.0)
    assert small == Rect(144, 94, 128, 128), "as much as it makes"
    large = region(Rect(150, 100, 100, 100), Size(64, 64), mask_padding=8, strength=1.0)
    assert large == Rect(100, 50, 200, 200), "half the mask on each side"
    assert region(Rect(150, 100, 100, 100), Size(64, 64), mask_padding=8, strength=0.99) == Rect(142, 92, 116, 116)


@given(
    left=st.integers(0, 399), top=st.integers(0, 299), width=st.integers(1, 400), height=st.integers(1, 300),
    size=sizes, padding=st.integers(0, 300), strength=st.sampled_from([0.5, 1.0]),
)  # fmt: skip
def test_a_region_always_contains_the_mask(left, top, width, height, size, padding, strength) -> None:
    masked = Rect(left, top, width, height).intersection(PICTURE)
    seen = region(masked, size, mask_padding=padding, strength=strength)
    assert seen.union(masked) == seen
    scale_x, scale_y = size.width / seen.width, size.height / seen.height
    assert abs(scale_x - scale_y) * max(seen.width, seen.height) <= 1.01 * max(scale_x, scale_y), "not distorted"


def test_a_very_long_picture_costs_no_more_than_it_has_pixels() -> None:
    picture, mask = noise(20_000, 3), mask_of(20_000, 3, Rect(0, 0, 20_000, 3))
    plan = a_plan(picture, mask, Size(64, 64))
    finished, unchanged = put_back(plan, plan.seen)
    assert finished.shape == picture.shape
    assert unchanged == 0


# --- what is under the mask ---


def test_the_surroundings_are_spread_under_the_mask() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, :50], picture[:, 50:] = (200, 40, 40), (40, 40, 200)
    disc = mask_of(100, 100, Rect(30, 30, 40, 40))
    picture[disc > 0] = (0, 255, 0)
    spread = filled(frozen_pixels(picture), disc)
    assert np.array_equal(spread[disc == 0], picture[disc == 0])
    assert spread[disc > 0][:, 1].max() < 90, "nothing of what was there is left"
    assert spread[50, 35, 0] > 150 > spread[50, 35, 2], "the edge goes on between both colours"
    assert spread[50, 65, 2] > 150 > spread[50, 65, 0]


@pytest.mark.parametrize("side", [10, 3000])
def test_nothing_is_left_of_what_was_under_the_mask_at_any_scale(side: int) -> None:
    picture = np.full((side, side, 3), 180, np.uint8)
    edge = max(1, side // 1000)
    mask = mask_of(side, side, Rect(edge, edge, side - 2 * edge, side - 2 * edge))
    picture[mask > 0] = 0
    assert np.abs(filled(frozen_pixels(picture), mask).astype(int) - 180).max() <= 2


def test_with_nothing_around_it_the_mask_is_filled_with_grey() -> None:
    assert np.unique(filled(noise(16, 16), mask_of(16, 16, Rect(0, 0, 16, 16)))).tolist() == [127]


def test_grey_mixes_both() -> None:
    picture = np.full((20, 20, 3), 100, np.uint8)
    mask = mask_of(20, 20, Rect(5, 5, 10, 10), value=51)
    picture[mask > 0] = 200
    assert filled(frozen_pixels(picture), mask)[10, 10].tolist() == [180, 180, 180]


def test_the_plan_shows_the_filled_picture_only_if_asked() -> None:
    picture, mask = noise(64, 64), mask_of(64, 64, Rect(20, 20, 24, 24))
    original = a_plan(picture, mask, Size(64, 64), area=InpaintArea.WHOLE)
    fill = a_plan(picture, mask, Size(64, 64), area=InpaintArea.WHOLE, masked_content=MaskedContent.FILL)
    assert np.array_equal(original.seen, picture)
    assert np.array_equal(fill.seen[fill.denoise == 0], picture[fill.denoise == 0])
    assert not np.array_equal(fill.seen, picture)


# --- previews ---


def test_a_preview_lies_in_its_place_in_a_small_picture() -> None:
    picture = frozen_pixels(np.zeros((600, 1200, 3), np.uint8))
    mask = mask_of(1200, 600, Rect(600, 300, 200, 200))
    plan = a_plan(picture, mask, Size(64, 64), mask_blur=0)
    shown = PreviewPaste(plan)(frozen_pixels(np.full((8, 8, 3), 255, np.uint8)))
    assert shown.shape == (256, 512, 3)
    white = mask_bounds(frozen_pixels((shown[:, :, 0] > 127).astype(np.uint8)))
    assert (white.left, white.top) == (256, 128)
    assert abs(white.width - 85) <= 1
    assert abs(white.height - 85) <= 1
