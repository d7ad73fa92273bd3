"""Pictures by their content."""

from __future__ import annotations

import numpy as np
import pytest

from studio.core.errors import SourceMissing
from studio.core.sources import MemorySources, image_ref


def test_a_reference_tells_the_size_and_depends_on_every_pixel() -> None:
    pixels = np.zeros((3, 5, 3), np.uint8)
    changed = pixels.copy()
    changed[2, 4, 2] = 1
    assert (image_ref(pixels).width, image_ref(pixels).height) == (5, 3)
    assert image_ref(pixels) == image_ref(pixels.copy())
    assert image_ref(pixels) != image_ref(changed)


def test_the_same_bytes_in_another_shape_are_another_picture() -> None:
    row = np.zeros((2, 6, 3), np.uint8)
    assert image_ref(row).sha256 != image_ref(row.reshape(6, 2, 3)).sha256
    assert image_ref(np.zeros((2, 6), np.uint8)).sha256 != image_ref(np.zeros((2, 2, 3), np.uint8)).sha256


def test_what_is_put_in_comes_out_and_cannot_be_changed() -> None:
    sources = MemorySources()
    pixels, mask = np.full((4, 4, 3), 7, np.uint8), np.full((4, 4), 255, np.uint8)
    image, over = sources.put_image(pixels), sources.put_mask(mask)
    assert np.array_equal(sources.image(image), pixels)
    assert np.array_equal(sources.mask(over), mask)
    with pytest.raises(ValueError, match="read-only"):
        sources.image(image)[0, 0] = 1


def test_what_was_never_put_in_is_missing() -> None:
    ref = image_ref(np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(SourceMissing):
        MemorySources().image(ref)
    with pytest.raises(SourceMissing):
        MemorySources().mask(ref)
