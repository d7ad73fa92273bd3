"""What a picture was made from, and what was made from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from studio.core.picture_id import PictureId
from studio.gallery.record import PictureRecord

MOST_ANCESTORS = 16
MOST_CHILDREN = 100


@dataclass(frozen=True, slots=True)
class Family:
    """Of one picture, as far as its relatives are in the gallery: the first of its ancestors is the oldest, the first
    of its children the newest."""

    picture: PictureRecord
    ancestors: tuple[PictureRecord, ...] = ()
    children: tuple[PictureRecord, ...] = ()

    @property
    def is_alone(self) -> bool:
        return not self.ancestors and not self.children


def parent_of(record: PictureRecord) -> PictureId | None:
    """The picture that this one was made from."""
    return None if record.parameters is None else record.parameters.parent


def family_of(
    record: PictureRecord,
    find: Callable[[PictureId], PictureRecord | None],
    children: Callable[[PictureId], Sequence[PictureId]],
) -> Family:
    """`find` tells of a picture, or that it is not there; `children` are the newest first."""
    found = (find(child) for child in islice(children(record.id), MOST_CHILDREN))
    return Family(record, _ancestors(record, find), tuple(child for child in found if child is not None))


def _ancestors(record: PictureRecord, find: Callable[[PictureId], PictureRecord | None]) -> tuple[PictureRecord, ...]:
    """Files can be forged: a picture that is its own ancestor ends the line."""
    line: list[PictureRecord] = []
    seen = {record.id}
    parent = parent_of(record)
    while parent is not None and parent not in seen and len(line) < MOST_ANCESTORS:
        seen.add(parent)
        ancestor = find(parent)
        if ancestor is None:
            break
        line.insert(0, ancestor)
        parent = parent_of(ancestor)
    return tuple(line)
