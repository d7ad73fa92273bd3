"""What a search can be for: the values that pictures of the gallery have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from studio.core.scheduler import SchedulerName
from studio.gallery.database import Row, Value
from studio.gallery.search.query import Field
from studio.gallery.stored_seed import seed_of

_MOST: Final = 200
"""Values of a field."""
_BY_COUNT: Final = f"ORDER BY count(*) DESC LIMIT {_MOST}"
_FROM_INDEX: Final = "FROM pictures INDEXED BY pictures_by_date"
_LATE: Final = 20_000
"""Pictures: numbers are those of the newest ones, as each walk through all takes its time."""
_LATELY: Final = f"{_FROM_INDEX} ORDER BY created_at DESC LIMIT {_LATE}"
_LONGEST_NOTE: Final = 40
"""Characters; a longer one is looked for by its words."""
_MONTHS: Final = f"""
    WITH RECURSIVE newest(moment) AS (
        SELECT max(created_at) {_FROM_INDEX}
        UNION ALL
        SELECT (SELECT max(created_at) {_FROM_INDEX} WHERE created_at < 1000000 * CAST(
            strftime('%s', moment / 1000000, 'unixepoch', 'localtime', 'start of month', 'utc') AS INTEGER
        )) FROM newest WHERE moment IS NOT NULL LIMIT {_MOST}
    )
    SELECT strftime('%Y-%m', moment / 1000000, 'unixepoch', 'localtime') AS month FROM newest WHERE month IS NOT NULL
"""
"""From each month's newest picture to that of the one before, however many pictures there are."""


def _numbers(column: str) -> str:
    return f"SELECT {column} FROM (SELECT {column} {_LATELY}) WHERE {column} IS NOT NULL GROUP BY {column} {_BY_COUNT}"


_SQL: Final = {
    Field.MODEL: f"SELECT checkpoint {_FROM_INDEX} WHERE checkpoint IS NOT NULL GROUP BY checkpoint {_BY_COUNT}",
    Field.SAMPLER: f"SELECT scheduler {_FROM_INDEX} WHERE scheduler IS NOT NULL GROUP BY scheduler {_BY_COUNT}",
    Field.SIZE: f"SELECT width || 'x' || height {_FROM_INDEX} GROUP BY width, height {_BY_COUNT}",
    Field.STEPS: _numbers("steps"),
    Field.CFG: _numbers("guidance"),
    Field.WIDTH: _numbers("width"),
    Field.HEIGHT: _numbers("height"),
    Field.SEED: f"SELECT DISTINCT seed FROM (SELECT seed {_LATELY}) WHERE seed IS NOT NULL LIMIT {_MOST}",
    Field.DATE: _MONTHS,
    Field.NOTE: f"SELECT note FROM user.mark WHERE note <> '' AND length(note) <= {_LONGEST_NOTE}"
    f" AND instr(note, char(10)) = 0 GROUP BY note {_BY_COUNT}",
    Field.LORA: f"SELECT name FROM picture_lora GROUP BY name {_BY_COUNT}",
    Field.TAG: f"SELECT name FROM user.tag GROUP BY name {_BY_COUNT}",
    Field.ALBUM: f"SELECT name FROM user.album WHERE query IS NULL ORDER BY name COLLATE NOCASE LIMIT {_MOST}",
    Field.FROM: "SELECT path FROM pictures WHERE id IN (SELECT DISTINCT parent FROM pictures WHERE parent IS NOT NULL)"
    f" ORDER BY created_at DESC LIMIT {_MOST}",
    Field.LIKE: f"SELECT path FROM pictures ORDER BY created_at DESC LIMIT {_MOST}",
}


@dataclass(frozen=True, slots=True)
class KnownValues:
    """Those of each field; the most frequent first, albums by their names, pictures, seeds and months by their age."""

    of: Mapping[Field, tuple[str, ...]] = field(default_factory=dict[Field, tuple[str, ...]])


NOTHING_KNOWN = KnownValues()


def known_values(read: Callable[[str], Sequence[Row]]) -> KnownValues:
    """Ask the index, with `user.db` attached; each query walks at most one index."""
    shown: dict[Field, Callable[[Value], str]] = {
        Field.SAMPLER: _label,
        Field.FROM: _stem,
        Field.LIKE: _stem,
        Field.CFG: _number,
        Field.SEED: _seed,
    }
    return KnownValues(
        {about: tuple(shown.get(about, str)(value) for (value,) in read(sql)) for about, sql in _SQL.items()}
    )


def _label(value: Value) -> str:
    return next((name.label for name in SchedulerName if name.value == value), str(value))


def _stem(path: Value) -> str:
    return PurePosixPath(str(path)).stem


def _number(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _seed(value: Value) -> str:
    return str(seed_of(value)) if isinstance(value, int) else str(value)
