"""A progress bar that waits its turn."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar


class ProgressBar(QProgressBar):
    """`QProgressBar.setValue` paints at once, and with it all that is out of date in the window, at each step of a
    picture. This one is painted with the rest."""

    def setValue(self, value: int) -> None:
        self.setUpdatesEnabled(False)
        super().setValue(value)
        self.setUpdatesEnabled(True)
