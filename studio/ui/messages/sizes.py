"""Sizes for people."""

from __future__ import annotations


def readable_bytes(count: int) -> str:
    """A size for people: 1536 -> "1.5 kB" (powers of 1024, as file managers show them)."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"
