"""What the program needs of the binding to Qt that is installed."""

from __future__ import annotations

import sys

from PySide6.QtCore import QRectF


def test_a_call_that_returns_nothing_takes_no_reference_away() -> None:
    """PySide6 6.12.0 does, which below Python 3.12 ends in "Fatal Python error: deallocating None"."""
    rect = QRectF()
    before = sys.getrefcount(None)
    for _ in range(500):
        rect.setX(1.0)
    assert abs(sys.getrefcount(None) - before) < 250, (
        "install another version: pip install 'PySide6-Essentials!=6.12.0'"
    )
