"""Seeds as the index keeps them: 64 bits without a sign, as SQLite's signed numbers of 64 bits."""

from __future__ import annotations

_HALF = 2**63


def stored_seed(seed: int) -> int:
    """The number in the table for a seed from 0 to 2**64 - 1."""
    return seed if seed < _HALF else seed - 2 * _HALF


def seed_of(stored: int) -> int:
    """The seed that is kept as this number."""
    return stored % (2 * _HALF)
