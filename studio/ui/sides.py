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
        self._aside = False
        self._right_gives_way = False
        self._right_is_insisted_on = False
        """The user has shown it although it gave way."""
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
        """As they were kept; what is put aside stays there."""
        self._wanted = [left, right]
        for which in range(len(self._sides)):
            self._follow(which)

    def toggle_both(self) -> None:
        """Hide what is there; with nothing there show both."""
        shown = not any(side.isVisible() for side, _ in self._sides)
        self.show_left(shown)
        self.show_right(shown)

    def put_aside(self, *, aside: bool) -> None:
        """Hide both for a while, or bring back those that the user wants."""
        if aside != self._aside:
            self._aside = aside
            for which in range(len(self._sides)):
                self._follow(which)

    def let_right_give_way(self, *, gives_way: bool) -> None:
        """Hide the right one while there is little room, unless the user shows it all the same."""
        if gives_way != self._right_gives_way:
            self._right_gives_way, self._right_is_insisted_on = gives_way, False
            self._follow(1)

    def _show(self, which: int, shown: bool) -> None:
        self._wanted[which] = shown
        if which == 1:
            self._right_is_insisted_on = shown
        self._set_visible(which, visible=shown)

    def _follow(self, which: int) -> None:
        gives_way = which == 1 and self._right_gives_way and not self._right_is_insisted_on
        self._set_visible(which, visible=self._wanted[which] and not self._aside and not gives_way)

    def _set_visible(self, which: int, *, visible: bool) -> None:
        side, toggle = self._sides[which]
        side.setVisible(visible)
        toggle.setChecked(visible)
