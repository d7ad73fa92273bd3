"""What a search can be for: the values that pictures of the gallery have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from studio.core.scheduler import SchedulerName
from studio.gallery.database import Row, Value
from studio.gallery.search.query import Field

_MOST: Final = 200
"""Values of a field."""
_BY_COUNT: Final = f"ORDER BY count(*) DESC LIMIT {_MOST}"
_FROM_INDEX: Final = "FROM pictures INDEXED BY pictures_by_date"
_SQL: Final = {
    Field.MODEL: f"SELECT checkpoint {_FROM_INDEX} WHERE checkpoint IS NOT NULL GROUP BY checkpoint {_BY_COUNT}",
    Field.SAMPLER: f"SELECT scheduler {_FROM_INDEX} WHERE scheduler IS NOT NULL GROUP BY scheduler {_BY_COUNT}",
    Field.SIZE: f"SELECT width || 'x' || height {_FROM_INDEX} GROUP BY width, height {_BY_COUNT}",
    Field.LORA: f"SELECT name FROM picture_lora GROUP BY name {_BY_COUNT}",
    Field.TAG: f"SELECT name FROM user.tag GROUP BY name {_BY_COUNT}",
    Field.ALBUM: f"SELECT name FROM user.album WHERE query IS NULL ORDER BY name COLLATE NOCASE LIMIT {_MOST}",
    Field.FROM: "SELECT path FROM pictures WHERE id IN (SELECT DISTINCT parent FROM pictures WHERE parent IS NOT NULL)"
    f" ORDER BY created_at DESC LIMIT {_MOST}",
    Field.LIKE: f"SELECT path FROM pictures ORDER BY created_at DESC LIMIT {_MOST}",
}


@dataclass(frozen=True, slots=True)
class KnownValues:
    """Those of each field; the most frequent first, albums by their names, pictures by their age."""

    of: Mapping[Field, tuple[str, ...]] = field(default_factory=dict[Field, tuple[str, ...]])


NOTHING_KNOWN = KnownValues()


def known_values(read: Callable[[str], Sequence[Row]]) -> KnownValues:
    """Ask the index, with `user.db` attached; each query walks at most one index."""
    shown: dict[Field, Callable[[Value], str]] = {Field.SAMPLER: _label, Field.FROM: _stem, Field.LIKE: _stem}
    return KnownValues(
        {about: tuple(shown.get(about, str)(value) for (value,) in read(sql)) for about, sql in _SQL.items()}
    )


def _label(value: Value) -> str:
    return next((name.label for name in SchedulerName if name.value == value), str(value))


def _stem(path: Value) -> str:
    return PurePosixPath(str(path)).stem
