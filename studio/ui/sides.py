"""Both sides of the window: shown or hidden by the user, and put aside while one thing needs all of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


class Sides(QObject):
    """
    Signals:
        changed(): the user showed or hid one.
    """

    changed = Signal()

    def __init__(self, left: QWidget, toggle_left: QAction, right: QWidget, toggle_right: QAction) -> None:
        super().__init__()
        self._sides = ((left, toggle_left), (right, toggle_right))
        self._wanted = [True, True]
        toggle_left.triggered.connect(self.show_left)
        toggle_right.triggered.connect(self.show_right)

    @property
    def wanted(self) -> tuple[bool, bool]:
        """Left and right, as the user has them; what is put aside counts as shown."""
        return self._wanted[0], self._wanted[1]

    def show_left(self, shown: bool) -> None:
        self._show(0, shown)
        self.changed.emit()

    def show_right(self, shown: bool) -> None:
        self._show(1, shown)
        self.changed.emit()

    def restore(self, left: bool, right: bool) -> None:
        """As they were kept."""
        self._show(0, left)
        self._show(1, right)

    def toggle_both(self) -> None:
        """Hide what is there; with nothing there show both."""
        shown = not any(side.isVisible() for side, _ in self._sides)
        self.show_left(shown)
        self.show_right(shown)

    def put_aside(self, *, aside: bool) -> None:
        """Hide both for a while, or bring back those that the user wants."""
        for (side, toggle), wanted in zip(self._sides, self._wanted, strict=True):
            side.setVisible(wanted and not aside)
            toggle.setChecked(wanted and not aside)

    def _show(self, which: int, shown: bool) -> None:
        side, toggle = self._sides[which]
        self._wanted[which] = shown
        side.setVisible(shown)
        toggle.setChecked(shown)
