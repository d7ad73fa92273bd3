"""The menu of files that were opened lately."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.language import tr
from studio.ui.icons import icon


class RecentFiles(QMenu):
    """
    Signals:
        chosen(Path): it is to be opened again.
        cleared(): they are to be forgotten.
    """

    chosen = Signal(object)
    cleared = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Open recent"), parent)
        self.setIcon(icon("history"))
        self.setToolTipsVisible(True)
        self.menuAction().setToolTip(tr("Open recent: what you started from lately, and canvases"))
        self.show_files(())

    def show_files(self, files: Sequence[Path]) -> None:
        """The latest first. Two of one name are told apart by their folders, which the tooltips tell of all."""
        self.clear()
        names = [file.name for file in files]
        for file in files:
            text = file.name if names.count(file.name) == 1 else f"{file.name}  ·  {file.parent.name}"
            action = self.addAction(text.replace("&", "&&"), partial(self.chosen.emit, file))
            action.setToolTip(str(file))
        if files:
            self.addSeparator()
            self.addAction(tr("Forget these"), self.cleared.emit)
        self.menuAction().setEnabled(bool(files))
