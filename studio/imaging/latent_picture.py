"""Latents as pictures without a network: one matrix product, as the engine's previews are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studio.core.pixels import frozen_pixels
from studio.core.trajectory import LatentColours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.core.pixels import MaskPixels, Pixels
    from studio.core.trajectory import Latents


def latent_picture(latents: Latents, colours: LatentColours) -> Pixels:
    """One pixel for each of the VAE's cells. FLUX.2 puts squares of four cells together in one of four times the
    channels; they are taken apart first.
    """
    factors = np.asarray(colours.factors, np.float32)
    cells = _cells(latents, colours)
    if colours.soft_limit is not None:
        cells = np.tanh(cells / colours.soft_limit) * colours.soft_limit
    rgb = np.moveaxis(cells, 0, -1) @ factors + np.asarray(colours.bias, np.float32)
    return frozen_pixels(np.clip(np.round(rgb * 127.5 + 127.5), 0, 255).astype(np.uint8))


def change_picture(change: Latents, colours: LatentColours | None) -> Pixels:
    """What a difference of latents does to the colours, mid-grey where nothing: strong enough to be seen, whatever its
    size. Without colours the first channel.
    """
    if colours is None:
        rgb = np.repeat(change[0].astype(np.float32)[:, :, None], 3, axis=2)
    else:
        rgb = np.moveaxis(_cells(change, colours), 0, -1) @ np.asarray(colours.factors, np.float32)
    strongest = float(np.percentile(np.abs(rgb), 99.5))
    seen = np.clip(rgb / strongest if strongest > 0 else rgb, -1, 1)
    return frozen_pixels(np.round(seen * 127.5 + 127.5).astype(np.uint8))


def strength_of(change: Latents) -> NDArray[np.float32]:
    """How much of a difference there is in each cell: (height, width), the root mean square of the channels."""
    return np.sqrt(np.square(change, dtype=np.float32).mean(axis=0))


def channel_picture(channel: NDArray[np.floating]) -> MaskPixels:
    """One channel (height, width) in grey: its least value black, its greatest white."""
    values = channel.astype(np.float32)
    least, span = float(values.min()), float(np.ptp(values))
    grey = (values - least) * (255 / span if span > 0 else 0)
    return frozen_pixels(np.round(grey).astype(np.uint8))


def whole_cells(pixels: Pixels, multiple: int) -> Pixels:
    """Without what is left over at the right and the bottom when the sides are divided by `multiple`."""
    height, width, _ = pixels.shape
    return frozen_pixels(pixels[: height - height % multiple, : width - width % multiple])


def _cells(latents: Latents, colours: LatentColours) -> NDArray[np.float32]:
    cells = latents.astype(np.float32)
    return _taken_apart(cells) if len(cells) == 4 * len(colours.factors) else cells


def _taken_apart(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """`torch.nn.functional.pixel_shuffle` by 2."""
    channels, height, width = cells.shape
    squares = cells.reshape(channels // 4, 2, 2, height, width)
    return squares.transpose(0, 3, 1, 4, 2).reshape(channels // 4, 2 * height, 2 * width)
