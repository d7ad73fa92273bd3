"""The table of families."""

from __future__ import annotations

import pytest

from studio.core.checkpoint import ModelFamily
from studio.core.family import family_traits


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
