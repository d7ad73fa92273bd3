"""The page that compares pictures: how on top, the pictures, and below them what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from studio.core.language import tr, trn
from studio.ui.compare.compare_view import LETTERS, CompareMode, CompareView
from studio.ui.compare.differences import Fact
from studio.ui.compare.fact_table import FactTable
from studio.ui.controls import icon_button, label, mode_button, separator
from studio.ui.theme import px

_PAN = 48
"""Pixels of the design that an arrow moves the pictures by."""
_DIVIDER = 0.05
_MODES = {
    CompareMode.SIDE_BY_SIDE: ("1", tr("All pictures beside each other, under one zoom")),
    CompareMode.SLIDER: ("2", tr("One beside the other, at a line that can be moved")),
    CompareMode.FLICKER: ("3", tr("One after the other, in the same place: what differs moves")),
    CompareMode.DIFFERENCE: ("4", tr("Black where they are alike, bright where they differ")),
}


class ComparePage(QWidget):
    """
    Signals:
        difference_asked(int): how the first picture differs from the one at this place is to be shown.
        close_asked()
    """

    difference_asked = Signal(int)
    close_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Compare pictures"))
        self.view = CompareView()
        self.facts = FactTable()
        self.modes = {mode: self._mode_button(mode) for mode in CompareMode}
        self._group = QButtonGroup(self)
        for button in self.modes.values():
            self._group.addButton(button)
        self.state = label("", "muted")
        self.next_other = QToolButton()
        self.next_other.setToolTip(tr("Compare the first picture with the next one  (N)"))
        self.next_other.setAccessibleName(tr("Compare with the next picture"))
        self.play = QToolButton()
        self.play.setToolTip(tr("Turn by themselves, or by hand with Space  (P)"))
        self._close = icon_button("close", tr("Back to the picture  (Esc)"), tr("Close the comparison"))
        self._count = 0
        self._told = ""
        self._lay_out()
        self._connect()

    def show_pictures(self, images: Sequence[QImage], facts: Sequence[Fact]) -> None:
        """Two to four, and what their settings say."""
        self._count = len(images)
        self._told = ""
        self.view.show_images(images)
        self.facts.show_facts(facts, len(images))
        self._choose(self.view.mode)

    def show_difference(self, image: QImage, told: str) -> None:
        """`told` says in words how much differs."""
        self._told = told
        self.view.show_difference(image)
        self._show_state()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
            return
        super().keyPressEvent(event)

    def _choose(self, mode: CompareMode) -> None:
        self.modes[mode].setChecked(True)
        self.view.set_mode(mode)
        self._ask_for_difference()

    def _choose_other(self, step: int) -> None:
        if self._count > 2:
            self.view.choose_other(step)
            self._ask_for_difference()

    def _ask_for_difference(self) -> None:
        if self.view.mode is CompareMode.DIFFERENCE:
            self.show_difference(QImage(), tr("Comparing…"))
            self.difference_asked.emit(self.view.other)

    def _toggle_turning(self) -> None:
        if self.view.mode is CompareMode.FLICKER:
            self.view.set_turning(turning=not self.view.is_turning)
            self._show_state()

    def _turn(self) -> None:
        """By hand: from then on it is the user who turns."""
        self.view.set_turning(turning=False)
        self.view.turn()

    def _show_state(self) -> None:
        view = self.view
        pair = tr("A and {letter}", letter=LETTERS[view.other])
        is_pair = view.mode is not CompareMode.SIDE_BY_SIDE
        self.next_other.setVisible(is_pair and self._count > 2)
        self.next_other.setText(pair)
        self.play.setVisible(view.mode is CompareMode.FLICKER)
        self.play.setText(tr("Stop") if view.is_turning else tr("Turn"))
        texts = {
            CompareMode.SIDE_BY_SIDE: trn("{n} picture", "{n} pictures", self._count),
            CompareMode.SLIDER: pair,
            CompareMode.FLICKER: tr("{pair}: {letter} is seen", pair=pair, letter=LETTERS[view.on_top]),
            CompareMode.DIFFERENCE: self._told,
        }
        self.state.setText(texts[view.mode])
        view.setAccessibleDescription(f"{view.mode.value}: {texts[view.mode]}")

    # --- how it is put together ---

    def _mode_button(self, mode: CompareMode) -> QToolButton:
        key, tip = _MODES[mode]
        return mode_button(mode.value, tip, key, partial(self._choose, mode))

    def _connect(self) -> None:
        view = self.view
        view.turned.connect(self._show_state)
        self.next_other.clicked.connect(lambda: self._choose_other(1))
        self.play.clicked.connect(self._toggle_turning)
        self._close.clicked.connect(self.close_asked)
        anywhere: dict[str, Callable[[], None]] = {
            **{_MODES[mode][0]: partial(self._choose, mode) for mode in CompareMode},
            "N": partial(self._choose_other, 1),
            "Shift+N": partial(self._choose_other, -1),
            "P": self._toggle_turning,
            "[": partial(view.move_divider, -_DIVIDER),
            "]": partial(view.move_divider, _DIVIDER),
            "+": partial(view.zoom.by, 1),
            "-": partial(view.zoom.by, -1),
            "Ctrl+0": view.zoom.fit,
            "Ctrl+1": view.zoom.show_actual_size,
        }
        on_pictures: dict[str, Callable[[], None]] = {  # buttons and lists have their own use for these
            "Space": self._turn,
            "Left": lambda: view.zoom.pan(px(_PAN), 0),
            "Right": lambda: view.zoom.pan(-px(_PAN), 0),
            "Up": lambda: view.zoom.pan(0, px(_PAN)),
            "Down": lambda: view.zoom.pan(0, -px(_PAN)),
        }
        _bind(self, anywhere, Qt.ShortcutContext.WidgetWithChildrenShortcut)
        _bind(view, on_pictures, Qt.ShortcutContext.WidgetShortcut)

    def _lay_out(self) -> None:
        self.state.setContentsMargins(px(16), px(12), px(16), 0)
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(8), px(8), px(8))
        head.setSpacing(px(8))
        for button in self.modes.values():
            head.addWidget(button)
        for button in (self.next_other, self.play):
            button.setObjectName("mode")
            button.setFixedHeight(px(32))
            head.addWidget(button)
        head.addStretch()
        fit = icon_button("fit", tr("All of each picture  (Ctrl+0)"), tr("Fit"))
        fit.clicked.connect(self.view.zoom.fit)
        actual = icon_button("actual_size", tr("100 %  (Ctrl+1)"), tr("Actual size"))
        actual.clicked.connect(self.view.zoom.show_actual_size)
        for button in (fit, actual, self._close):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(separator())
        column.addWidget(self.view, 1)
        column.addWidget(separator())
        column.addWidget(self.state)
        column.addWidget(self.facts)


def _bind(widget: QWidget, keys: Mapping[str, Callable[[], None]], context: Qt.ShortcutContext) -> None:
    for key, act in keys.items():
        shortcut = QShortcut(QKeySequence(key), widget)
        shortcut.setContext(context)
        shortcut.activated.connect(act)
