"""What the user did with a picture, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

AlbumId = NewType("AlbumId", str)

HIGHEST_RATING = 5


@dataclass(frozen=True, slots=True)
class PictureMarks:
    """Of one picture. `rating` is 0 (none) to 5; tags are in alphabetical order, alike in any case."""

    rating: int = 0
    favourite: bool = False
    note: str = ""
    tags: tuple[str, ...] = ()
    albums: tuple[AlbumId, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.rating <= HIGHEST_RATING:
            raise ValueError(f"a rating of {self.rating}")


@dataclass(frozen=True, slots=True)
class Album:
    """A collection of pictures; with a `query` what that search finds, whenever it is looked at."""

    id: AlbumId
    name: str
    query: str | None = None


NO_MARKS = PictureMarks()
