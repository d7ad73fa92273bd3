"""Results that wait over the canvas for an answer: which there are, and which one is looked at."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord


class Candidates:
    """Results in the order in which they came. What is looked at is one of them, or the picture on the canvas."""

    def __init__(self, records: Iterable[PictureRecord] = ()) -> None:
        self._records = list(records)
        self._position: int | None = None

    @property
    def records(self) -> tuple[PictureRecord, ...]:
        return tuple(self._records)

    @property
    def ids(self) -> tuple[PictureId, ...]:
        return tuple(record.id for record in self._records)

    @property
    def current(self) -> PictureRecord | None:
        """The one that is looked at; None while it is the picture on the canvas."""
        return None if self._position is None else self._records[self._position]

    @property
    def position(self) -> int | None:
        """Its place, from 0."""
        return self._position

    def add(self, record: PictureRecord) -> None:
        """A new result, which is looked at from now on."""
        self._records.append(record)
        self._position = len(self._records) - 1

    def look_at(self, position: int | None) -> None:
        """Look at a result (clamped to those there are), or with None at the picture on the canvas."""
        if position is None or not self._records:
            self._position = None
        else:
            self._position = max(0, min(position, len(self._records) - 1))

    def step(self, by: int) -> None:
        """Go on by so many; the picture on the canvas comes before the first."""
        place = (-1 if self._position is None else self._position) + by
        self.look_at(None if place < 0 else place)

    def discard(self) -> PictureRecord | None:
        """Take away the one that is looked at and return it; the next one takes its place."""
        if self._position is None:
            return None
        record = self._records.pop(self._position)
        self.look_at(self._position)
        return record

    def remove(self, picture: PictureId) -> None:
        """Take away a result that was deleted elsewhere."""
        if picture in self.ids:
            looked_at = self.current
            self._records = [record for record in self._records if record.id != picture]
            self._position = None
            if looked_at is not None and looked_at.id != picture:
                self._position = self.ids.index(looked_at.id)

    def clear(self) -> tuple[PictureRecord, ...]:
        """Take away and return all."""
        cleared, self._records, self._position = tuple(self._records), [], None
        return cleared
