"""Fixtures for the tests of this folder."""

from __future__ import annotations

from tests.helpers.memory_keyring import ring
from tests.helpers.trash import trash_home

__all__ = ["ring", "trash_home"]
