"""How a settings file of an older version becomes one of the current version.

To change the format: append to `MIGRATIONS` a pure function that turns a document of the version before into one of
the new version, and add a stored example of the old version to its test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

Document: TypeAlias = dict[str, object]
Migration: TypeAlias = Callable[[Document], Document]

MIGRATIONS: tuple[Migration, ...] = ()
"""`MIGRATIONS[i]` turns version i + 1 into version i + 2."""

FIRST_VERSION = 1


def current_version(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    return FIRST_VERSION + len(migrations)


def migrate(document: Document, version: int, migrations: Sequence[Migration] = MIGRATIONS) -> Document:
    """The document of the current version that says the same as `document` of `version` (1 to current)."""
    for step in migrations[version - FIRST_VERSION :]:
        document = step(document)
    return {**document, "version": current_version(migrations)}
