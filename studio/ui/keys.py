"""Keys as they are written on the keyboard in front of a person, and keys that a widget wants for itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence


def keys_text(keys: str | QKeySequence) -> str:
    """ "Ctrl+K" as the system and the language of the window have it: "Strg+K", "⌘K"."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def claims_painting_keys(event: QEvent) -> bool:
    """Called first in `event` of what is painted on: Space and Ctrl+Z are its own while it has the focus, whatever
    else in the window wants them. True if that was the question; it is answered then."""
    if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride:
        return False
    if not event.matches(QKeySequence.StandardKey.Undo) and event.key() != Qt.Key.Key_Space:
        return False
    event.accept()
    return True
