"""Sizes of pictures, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from studio.core.errors import InvalidSize


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a picture in pixels: multiples of 8 (one latent cell) from 64 to 4096.

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
