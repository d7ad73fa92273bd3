"""What a picture starts from: ranges, and how many steps are run."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InvalidMaskSetting, InvalidStrength, MaskUnusable
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage, Inpaint, steps_run

IMAGE = ImageRef("a" * 64, 100, 80)
MASK = ImageRef("b" * 64, 100, 80)


@pytest.mark.parametrize("strength", [0.0, -0.5, 1.01, math.nan, math.inf])
def test_an_impossible_strength_is_refused_with_the_possible_ones(strength: float) -> None:
    with pytest.raises(InvalidStrength) as refusal:
        ImageToImage(image=IMAGE, strength=strength)
    assert (refusal.value.lowest, refusal.value.highest) == (0.01, 1.0)


@pytest.mark.parametrize(
    ("name", "value", "highest"),
    [("mask_padding", 1025, 1024), ("mask_blur", 257, 256), ("mask_grow", 257, 256), ("mask_grow", -1, 256)],
)
def test_an_impossible_length_is_refused(name: str, value: int, highest: int) -> None:
    with pytest.raises(InvalidMaskSetting) as refusal:
        Inpaint(image=IMAGE, mask=MASK, strength=1.0, **{name: value})
    assert (refusal.value.value, refusal.value.highest) == (value, highest)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(MaskUnusable, match="100 x 81"):
        Inpaint(image=IMAGE, mask=ImageRef("b" * 64, 100, 81), strength=1.0)


def test_half_the_strength_runs_half_the_steps_and_never_none() -> None:
    assert steps_run(20, 0.5) == 10
    assert steps_run(20, 1.0) == 20
    assert steps_run(20, 0.01) == 1


@given(st.integers(1, 150), st.floats(0.01, 1.0))
def test_the_steps_that_run_are_some_of_the_steps(steps: int, strength: float) -> None:
    assert 1 <= steps_run(steps, strength) <= steps
