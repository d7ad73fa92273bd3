"""Fixtures for the tests of this folder."""

from __future__ import annotations

from tests.helpers.trash import trash_home

__all__ = ["trash_home"]
