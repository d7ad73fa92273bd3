"""The menu of the languages that the window can speak."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.language import AS_SYSTEM, LANGUAGES, tr
from studio.ui.icons import icon


class LanguageMenu(QMenu):
    """Each language has its own name, so that it is found by those who cannot read the others.

    Signals:
        chosen(str): a key of LANGUAGES, or AS_SYSTEM.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Language"), parent)
        self.setIcon(icon("text"))
        self.menuAction().setToolTip(tr("Language: what the window speaks from its next start"))
        self._group = QActionGroup(self)
        self._actions = {code: self._add(code, name) for code, name in language_names().items()}

    def show_chosen(self, code: str) -> None:
        self._actions[code].setChecked(True)

    def choose(self, code: str) -> None:
        """As the user does."""
        self._actions[code].trigger()

    def _add(self, code: str, name: str) -> QAction:
        action = self.addAction(name, partial(self.chosen.emit, code))
        action.setCheckable(True)
        action.setActionGroup(self._group)
        return action


def language_names() -> dict[str, str]:
    """What can be chosen, each with its own name."""
    return {AS_SYSTEM: tr("As the system"), **LANGUAGES}
