"""The table of families."""

from __future__ import annotations

import pytest

from studio.core.checkpoint import ModelFamily
from studio.core.family import family_traits
from studio.core.session import DeviceInfo


@pytest.mark.parametrize("family", ModelFamily)
def test_every_family_has_traits_that_fit_together(family: ModelFamily) -> None:
    traits = family_traits(family)
    assert traits.recommended.size.width % traits.size_multiple == 0
    assert traits.text_encoders


@pytest.mark.parametrize(
    ("family", "weights"),
    [(ModelFamily.STABLE_DIFFUSION, True), (ModelFamily.STABLE_DIFFUSION_XL, True), (ModelFamily.FLUX, False)],
)
def test_weights_of_words_mean_something_only_to_clip(family: ModelFamily, *, weights: bool) -> None:
    assert family_traits(family).weights_words is weights


def test_families_that_were_trained_in_bfloat16_outgrow_float16() -> None:
    outgrow = {family for family in ModelFamily if family_traits(family).outgrows_float16}
    assert outgrow == {ModelFamily.FLUX, ModelFamily.FLUX_2, ModelFamily.Z_IMAGE, ModelFamily.QWEN_IMAGE}


@pytest.mark.parametrize(("wide", "dtype"), [("bfloat16", "bfloat16"), ("float32", "float32"), (None, "float16")])
def test_a_device_computes_such_a_family_in_wider_numbers(wide: str | None, dtype: str) -> None:
    device = DeviceInfo("cuda (a card)", "float16", wide_dtype=wide)
    assert device.suited_to(ModelFamily.Z_IMAGE).dtype == dtype
    assert device.suited_to(ModelFamily.STABLE_DIFFUSION_XL) == device
