"""Sizes of pictures and rectangles in them, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from studio.core.errors import InvalidSize


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a picture in pixels: multiples of 8 (one latent cell) from 64 to 4096.

    Some families of models make multiples of 16 only (`studio.core.family`).

    Raises:
        InvalidSize: for any other value.
    """

    MULTIPLE: ClassVar[int] = 8
    LOWEST: ClassVar[int] = 64
    HIGHEST: ClassVar[int] = 4096

    width: int
    height: int

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if side % self.MULTIPLE or not self.LOWEST <= side <= self.HIGHEST:
                raise InvalidSize(self.width, self.height, self.MULTIPLE, self.LOWEST, self.HIGHEST)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of pixels: `left` and `top` belong to it, `right` and `bottom` do not. May be empty."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def grown(self, by: int) -> Rect:
        """The rectangle with `by` pixels more on each side."""
        return Rect(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)

    def clipped(self, width: int, height: int) -> Rect:
        """The part that lies within a picture of this size."""
        return self.intersection(Rect(0, 0, width, height))

    def intersection(self, other: Rect) -> Rect:
        """What both share; an empty rectangle if that is nothing."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    def union(self, other: Rect) -> Rect:
        """The smallest rectangle around both; an empty one adds nothing."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        left, top = min(self.left, other.left), min(self.top, other.top)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return Rect(left, top, right - left, bottom - top)
