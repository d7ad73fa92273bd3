"""The page of the guide: the chapters on the left, their screens beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.ui.controls import icon_button, label, separator
from studio.ui.guide.chapters import Chapter, Screen
from studio.ui.guide.figure_view import FigureView
from studio.ui.guide.glossary_screen import GlossaryScreen
from studio.ui.guide.places import Place
from studio.ui.guide.reading_text import reading_text
from studio.ui.guide.self_check import SelfCheck
from studio.ui.icons import icon
from studio.ui.theme import px

_LINE_WIDTH = 640
"""Pixels: longer lines are hard to read."""


class GuidePage(QWidget):
    """
    Signals:
        tried(str): the action of a "Try it".
        finished(int): the self-check of the chapter with this number (from 0) is right.
        close_asked()
    """

    tried = Signal(str)
    finished = Signal(int)
    close_asked = Signal()

    def __init__(self, chapters: Sequence[Chapter], done: Collection[int]) -> None:
        """`done` are the numbers of the chapters that were finished before."""
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Guide"))
        self._chapters = chapters
        self._screen = 0
        self._widgets: tuple[QWidget, ...] = ()
        self.check = SelfCheck(())
        self.list = QListWidget()
        self.screens = QStackedWidget()
        self.back = QPushButton(tr("Back"))
        self.next = QPushButton(tr("Next"))
        self.place = label("", "muted")
        self._close = icon_button("close", tr("Back to the picture  (Esc)"), tr("Close the guide"))
        self._lay_out()
        for number, chapter in enumerate(chapters):
            self.list.addItem(QListWidgetItem(f"{number + 1}  {chapter.title}"))
            self.set_done(number, done=number in done)
        self.list.addItem(QListWidgetItem(icon("list"), tr("Glossary")))
        self.list.currentRowChanged.connect(self._on_chapter)
        self.list.setCurrentRow(next((number for number in range(len(chapters)) if number not in done), 0))

    @property
    def chapter(self) -> int:
        """The number of the one that is shown, from 0; the glossary comes after the last one."""
        return self.list.currentRow()

    def set_done(self, number: int, *, done: bool) -> None:
        """Tick a chapter."""
        item = self.list.item(number)
        item.setIcon(icon("check" if done else "circle"))
        item.setToolTip(
            tr("{title} (finished)", title=self._chapters[number].title) if done else self._chapters[number].title
        )

    def show_place(self, place: Place) -> None:
        """Read on there."""
        self.list.setCurrentRow(place.chapter - 1)
        self._show_screen(place.screen - 1)

    # --- turning pages ---

    def turn(self, by: int) -> None:
        """Go on by so many screens; after the last one of a chapter comes the first one of the next."""
        target = self._screen + by
        if 0 <= target < self.screens.count():
            self._show_screen(target)
        elif 0 <= self.chapter + by < len(self._chapters):
            self.list.setCurrentRow(self.chapter + by)
            if by < 0:
                self._show_screen(self.screens.count() - 1)

    def _on_chapter(self, number: int) -> None:
        for old in self._widgets:
            self.screens.removeWidget(old)
            old.deleteLater()
        if number == len(self._chapters):
            self._show_glossary()
            return
        chapter = self._chapters[number]
        self.check = SelfCheck(chapter.questions)
        self.check.answered.connect(partial(self._on_answered, number))
        texts = (
            self._text_screen(chapter.title if place == 0 else "", screen)
            for place, screen in enumerate(chapter.screens)
        )
        self._widgets = (*texts, _scrolled(self.check))
        for widget in self._widgets:
            self.screens.addWidget(widget)
        self._show_screen(0)

    def _show_glossary(self) -> None:
        glossary = GlossaryScreen([chapter.title for chapter in self._chapters])
        glossary.place_asked.connect(self.show_place)
        self._widgets = (_scrolled(glossary),)
        self.screens.addWidget(self._widgets[0])
        self._show_screen(0)

    def _on_answered(self, number: int) -> None:
        self.set_done(number, done=True)
        self.finished.emit(number)

    def _show_screen(self, screen: int) -> None:
        self._screen = screen
        self.screens.setCurrentIndex(screen)
        is_first, is_last = self.chapter == 0 and screen == 0, screen == self.screens.count() - 1
        is_end = is_last and self.chapter >= len(self._chapters) - 1
        self.back.setEnabled(not is_first)
        self.next.setEnabled(not is_end)
        self.next.setText(tr("Next chapter") if is_last and not is_end else tr("Next"))
        self.place.setText(tr("{screen} of {screens}", screen=screen + 1, screens=self.screens.count()))

    # --- Qt events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        elif event.key() in {Qt.Key.Key_Right, Qt.Key.Key_PageDown}:
            self.turn(1)
        elif event.key() in {Qt.Key.Key_Left, Qt.Key.Key_PageUp}:
            self.turn(-1)
        else:
            super().keyPressEvent(event)

    # --- how it is put together ---

    def _text_screen(self, title: str, screen: Screen) -> QWidget:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        column.addWidget(reading_text(f"## {title}\n\n{screen.text}" if title else screen.text))
        for figure in screen.figures:
            column.addWidget(FigureView(figure))
        for each in screen.tries:
            button = QPushButton(tr("Try it: {what}", what=each.text))
            button.setObjectName("accept")
            button.setToolTip(tr("Sets up the real program, and does it"))
            button.clicked.connect(partial(self._on_tried, each.action))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()
        return _scrolled(inner)

    def _on_tried(self, action: str, _checked: bool = False) -> None:
        self.tried.emit(action)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(8), px(8), px(8))
        head.addWidget(label(tr("Guide"), "title"))
        head.addStretch()
        head.addWidget(self._close)
        self._close.clicked.connect(self.close_asked)
        self.list.setObjectName("rows")
        self.list.setAccessibleName(tr("Chapters"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setWordWrap(True)
        self.list.setSpacing(px(2))
        self.list.setMinimumWidth(px(264))
        self.list.setMaximumWidth(px(320))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back.setToolTip(tr("The screen before  (Left)"))
        self.next.setToolTip(tr("Go on  (Right)"))
        self.back.clicked.connect(partial(self._on_turned, -1))
        self.next.clicked.connect(partial(self._on_turned, 1))
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(self.back)
        foot.addWidget(self.place, 1, Qt.AlignmentFlag.AlignCenter)
        foot.addWidget(self.next)
        right = QVBoxLayout()
        right.setContentsMargins(px(32), px(32), px(32), px(24))
        right.setSpacing(px(16))
        right.addWidget(self.screens, 1)
        right.addWidget(_in_a_column(foot))
        reading = QWidget()
        reading.setLayout(right)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setHandleWidth(1)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.list)
        parts.addWidget(reading)
        parts.setStretchFactor(1, 1)
        parts.setSizes([px(304), px(976)])  # most titles have room in one line
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(separator())
        column.addWidget(parts, 1)
        self.setFocusProxy(self.list)

    def _on_turned(self, by: int, _checked: bool = False) -> None:
        self.turn(by)


def _in_a_column(layout: QVBoxLayout | QHBoxLayout) -> QWidget:
    """No wider than a line that is easy to read, in the middle."""
    layout.setContentsMargins(0, 0, 0, 0)
    inner = QWidget()
    inner.setLayout(layout)
    inner.setMaximumWidth(px(_LINE_WIDTH))
    outer = QWidget()
    row = QHBoxLayout(outer)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(inner, 100)
    row.addStretch(1)
    return outer


def _scrolled(inner: QWidget) -> QWidget:
    area = QScrollArea()
    area.setAccessibleName(tr("This page of the guide"))
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(inner)
    column = QVBoxLayout()
    column.addWidget(area)
    return _in_a_column(column)
