"""Keys as they are written on the keyboard in front of a person."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence


def keys_text(keys: str | QKeySequence) -> str:
    """ "Ctrl+K" as the system and the language of the window have it: "Strg+K", "⌘K"."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
