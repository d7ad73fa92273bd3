"""Something that is asked for again and again is done at once, and then no more often than it has to be."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle:
    """Lives in the window's thread, as long as its `owner`. What was asked for last is always done."""

    def __init__(self, owner: QObject, act: Callable[[], None], milliseconds: int) -> None:
        """`act` at most once in so many milliseconds."""
        self._act = act
        self._asked = False
        self._rest = QTimer(owner, singleShot=True, interval=milliseconds)
        self._rest.timeout.connect(self._on_rested)

    def ask(self) -> None:
        self._asked = True
        if not self._rest.isActive():
            self._do()

    def _on_rested(self) -> None:
        if self._asked:
            self._do()

    def _do(self) -> None:
        self._asked = False
        self._rest.start()
        self._act()
