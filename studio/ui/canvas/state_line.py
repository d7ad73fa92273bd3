"""What the canvas says of itself, to everyone who reads the status line or hears a screen reader."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QWidget

_EVERY_MS = 100


class StateLine(QObject):
    """Tells `text` as the accessible description of `view`, when it is another one; at most ten times a second.

    Signals:
        changed(str)
    """

    changed = Signal(str)

    def __init__(self, view: QWidget, text: Callable[[], str]) -> None:
        super().__init__(view)
        self._view = view
        self._text = text
        self._timer = QTimer(self, singleShot=True, interval=_EVERY_MS)
        self._timer.timeout.connect(self._tell)

    def may_have_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        text = self._text()
        if text != self._view.accessibleDescription():
            self._view.setAccessibleDescription(text)
            QAccessible.updateAccessibility(QAccessibleEvent(self._view, QAccessible.Event.DescriptionChanged))
            self.changed.emit(text)
