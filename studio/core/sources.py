"""Pictures and masks that a request starts from: named by their content, so that requests stay small, can be compared,
stored and sent, and can never mean other pixels than they did when they were made.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from studio.core.errors import SourceMissing
from studio.core.pixels import frozen_pixels

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels


_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A picture or a mask of `width` x `height` pixels by the hash of its content (`image_ref` makes one)."""

    sha256: str
    width: int
    height: int


def image_ref(pixels: Pixels | MaskPixels) -> ImageRef:
    """sha256 over "height x width x channels" in ASCII and the bytes of the rows."""
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    digest = hashlib.sha256(f"{height}x{width}x{channels}:".encode())
    digest.update(pixels.data)
    return ImageRef(digest.hexdigest(), width, height)


def sources_named_in(text: str) -> set[str]:
    """Every hash in a text, such as a request as JSON: what it refers to is among them, whatever its version."""
    return set(_SHA256.findall(text))


class PixelSource(Protocol):
    """Where the engine finds what a request refers to. May be called from any thread.

    Both raise SourceMissing for what was never put in, or is gone.
    """

    def image(self, ref: ImageRef) -> Pixels: ...

    def mask(self, ref: ImageRef) -> MaskPixels: ...


class MemorySources:
    """A `PixelSource` that lives as long as its object: for calls from Python and for tests."""

    def __init__(self) -> None:
        self._images: dict[str, Pixels] = {}
        self._masks: dict[str, MaskPixels] = {}

    def put_image(self, pixels: Pixels) -> ImageRef:
        ref = image_ref(pixels)
        self._images[ref.sha256] = frozen_pixels(pixels)
        return ref

    def put_mask(self, mask: MaskPixels) -> ImageRef:
        ref = image_ref(mask)
        self._masks[ref.sha256] = frozen_pixels(mask)
        return ref

    def image(self, ref: ImageRef) -> Pixels:
        try:
            return self._images[ref.sha256]
        except KeyError:
            raise SourceMissing(ref.sha256) from None

    def mask(self, ref: ImageRef) -> MaskPixels:
        try:
            return self._masks[ref.sha256]
        except KeyError:
            raise SourceMissing(ref.sha256) from None
