"""The words of a prompt to choose one from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QScrollArea, QWidget

from studio.core.language import tr
from studio.ui.flow_layout import FlowLayout
from studio.ui.theme import px

_HEIGHT = 26
_MOST_ROWS = 3


class WordChips(QScrollArea):
    """In the order of the prompt; one of them is always chosen. The arrow keys go to the next. Rows beyond the third
    are scrolled to.

    Signals:
        chosen(int): the user chose this one.
    """

    chosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its buttons have it
        self.buttons: list[QPushButton] = []
        self._words: tuple[str, ...] = ()
        self._group = QButtonGroup(self)
        self._row = QWidget()
        self._flow = FlowLayout(self._row, spacing=px(4))
        self.setWidget(self._row)

    @property
    def current(self) -> int:
        """The place of the chosen one; -1 where there is none."""
        return self._group.checkedId()

    def show_words(self, words: Sequence[str]) -> None:
        """In place of those before; the same word stays chosen if it is still in its place, else the first is."""
        words, before = tuple(words), self.current
        if words == self._words:
            return
        stays = before if 0 <= before < len(words) and self._words[before] == words[before] else 0
        self._words = words
        for button in self.buttons:
            self._group.removeButton(button)
        self._flow.clear()
        self.buttons = [self._button(place, word) for place, word in enumerate(words)]
        if self.buttons:
            self.buttons[stays].setChecked(True)
        self._fit_height()

    def choose(self, place: int) -> None:
        """As the user does."""
        self.buttons[place].setChecked(True)
        self.ensureWidgetVisible(self.buttons[place])
        self.chosen.emit(place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        rows = self._flow.heightForWidth(self.viewport().width())
        self.setFixedHeight(min(rows, _MOST_ROWS * px(_HEIGHT) + (_MOST_ROWS - 1) * px(4)))

    def _button(self, place: int, word: str) -> QPushButton:
        button = QPushButton(word.replace("&", "&&"))
        button.setObjectName("chip")
        button.setAccessibleName(word)
        button.setToolTip(tr("Where “{word}” acts", word=word))
        button.setCheckable(True)
        button.setFixedHeight(px(_HEIGHT))
        self._group.addButton(button, place)
        button.clicked.connect(partial(self._on_clicked, place))
        self._flow.addWidget(button)
        button.show()
        return button

    def _on_clicked(self, place: int, _checked: bool = False) -> None:
        self.choose(place)
