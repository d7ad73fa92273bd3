"""Pictures in an order, of which a hundred thousand are no slower than ten: each is found by its row, and each row by
its picture."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from studio.core.picture_id import PictureId


class PictureRows(Sequence[PictureId]):
    """Rows are numbered from 0; one picture has one row.

    Each picture keeps a number for as long as it is here. Numbers rise with the rows, and those that are gone are
    remembered, so that nothing is counted anew when a picture comes first or goes.
    """

    def __init__(self, pictures: Iterable[PictureId] = ()) -> None:
        """This alone takes time that grows with their number."""
        self._pictures = list(pictures)
        self._numbers = {picture: number for number, picture in enumerate(self._pictures)}
        self._first = 0
        self._gone: list[int] = []  # rising

    def row_of(self, picture: PictureId) -> int | None:
        number = self._numbers.get(picture)
        return None if number is None else number - self._first - bisect_left(self._gone, number)

    def put_first(self, picture: PictureId) -> None:
        """A picture that is not here yet becomes row 0."""
        self._first -= 1
        self._numbers[picture] = self._first
        self._pictures.insert(0, picture)

    def remove(self, row: int) -> None:
        insort(self._gone, self._numbers.pop(self._pictures.pop(row)))

    @overload
    def __getitem__(self, index: int) -> PictureId: ...
    @overload
    def __getitem__(self, index: slice) -> list[PictureId]: ...
    def __getitem__(self, index: int | slice) -> PictureId | list[PictureId]:
        return self._pictures[index]

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> Iterator[PictureId]:
        return iter(self._pictures)

    def __contains__(self, picture: object) -> bool:
        return picture in self._numbers
