"""The array types that cross package boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    # numpy is imported where arrays are made: the window starts without it.
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]
    """uint8, shape (height, width, 3), RGB, C-contiguous and read-only."""
    MaskPixels: TypeAlias = NDArray[np.uint8]
    """uint8, shape (height, width), C-contiguous and read-only; 255 = repaint, 0 = keep."""


def frozen_pixels(array: Pixels) -> Pixels:
    """Return `array` as C-contiguous and read-only, so that it can be shared between threads without a copy."""
    import numpy as np

    frozen = np.ascontiguousarray(array)
    frozen.setflags(write=False)
    return frozen
