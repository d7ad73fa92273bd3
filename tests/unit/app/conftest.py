"""A trash of its own for every test: nothing reaches the user's."""

from __future__ import annotations

from tests.unit.checkpoints.conftest import trash_home

__all__ = ["trash_home"]
