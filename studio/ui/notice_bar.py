"""Notices: small messages at the foot of the middle of the window that never block anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from studio.core.language import tr
from studio.ui.controls import icon_button, label
from studio.ui.motion import motion_is_wanted
from studio.ui.theme import px

MILLISECONDS_SHOWN = 6000
MILLISECONDS_OFFERED = 15000
"""For a notice whose answers need not be given."""
_MOST_AT_ONCE = 3
_MOST_KEPT = 100
_MOST_STEPS = 50


class AnswerKind(StrEnum):
    NEEDED = "needed"
    OFFERED = "offered"
    UNDO = "undo"
    """Takes back what the notice tells of; `NoticeBar.undo_newest` does that, too."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A button of a notice: pressing it calls `act` and closes the notice."""

    text: str
    act: Callable[[], None]
    kind: AnswerKind = AnswerKind.NEEDED


@dataclass(frozen=True, slots=True)
class Notice:
    """A message with a few answers or none. A grave one, one that needs an answer, and one of what `goes_on` stay until
    they are closed.

    `key` names what it is about: a newer notice with the same key takes its place.
    """

    title: str
    text: str
    answers: tuple[Answer, ...] = ()
    grave: bool = False
    key: str = ""
    goes_on: bool = False

    @property
    def milliseconds_shown(self) -> int | None:
        """None: until it is closed."""
        if self.grave or self.goes_on or any(answer.kind is AnswerKind.NEEDED for answer in self.answers):
            return None
        return MILLISECONDS_OFFERED if self.answers else MILLISECONDS_SHOWN


@dataclass(frozen=True, slots=True)
class PastNotice:
    at: datetime
    notice: Notice


class NoticeBar(QObject):
    """Shows notices over the lower edge of `ground`, newest at the bottom; the oldest gives way to a fourth.

    Signals:
        undo_changed(bool): whether there is something that `undo_newest` would take back.
    """

    undo_changed = Signal(bool)

    def __init__(self, ground: QWidget) -> None:
        super().__init__(ground)
        self._ground = ground
        self._frames: list[_NoticeFrame] = []
        self._past: list[PastNotice] = []
        self._steps: list[Answer] = []
        self._foot = 0
        self._came_from: QWidget | None = None
        """What the keys were in before they went into a notice."""
        ground.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    @property
    def past(self) -> tuple[PastNotice, ...]:
        """What was announced since the start, oldest first."""
        return tuple(self._past)

    @property
    def shown(self) -> tuple[Notice, ...]:
        return tuple(frame.notice for frame in self._frames)

    def show_notice(self, notice: Notice) -> None:
        self._past = [*self._past[1 - _MOST_KEPT :], PastNotice(datetime.now().astimezone(), notice)]
        if notice.key:
            self.dismiss(notice.key)
        self._make_room()
        frame = _NoticeFrame(notice, self._ground)
        frame.closed.connect(lambda: self._remove(frame))
        frame.answered.connect(self.forget_undo)
        self._steps += [answer for answer in notice.answers if answer.kind is AnswerKind.UNDO]
        del self._steps[:-_MOST_STEPS]
        self.undo_changed.emit(bool(self._steps))
        self._frames.append(frame)
        self._arrange()  # before it is seen: where it is made, the pointer may be, and would stop its time
        frame.show()
        frame.slide_in()

    def undo_newest(self) -> None:
        """Take back what was told of last and can be, also after its notice is gone."""
        if self._steps:
            newest = self._steps[-1]
            self.forget_undo(newest)
            for frame in [frame for frame in self._frames if any(one is newest for one in frame.notice.answers)]:
                self._remove(frame)
            newest.act()

    def forget_undo(self, answer: Answer) -> None:
        """It was taken back in another way."""
        self._steps = [step for step in self._steps if step is not answer]
        self.undo_changed.emit(bool(self._steps))

    def retell(self, key: str, text: str) -> None:
        """Another text, of one line, in the notice about `key`, if it is still shown: how far something is."""
        for frame in [frame for frame in self._frames if frame.notice.key == key]:
            frame.tell(text)

    def dismiss(self, key: str) -> None:
        """Take back the notice about `key`, if it is still shown."""
        for frame in [frame for frame in self._frames if frame.notice.key == key]:
            self._remove(frame)

    def stand_above(self, foot: int) -> None:
        """Leave so many pixels at the lower edge free: a row of things that are worked with."""
        self._foot = foot
        self._arrange()

    def come_to_front(self) -> None:
        """Another page lies over the ground now."""
        for frame in self._frames:
            frame.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._ground and event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    def _make_room(self) -> None:
        """What has no answers goes first, then what needs none; more than three that need one stay."""
        passing = [frame for frame in self._frames if not frame.notice.answers]
        offering = [frame for frame in self._frames if frame.notice.milliseconds_shown is not None]
        if len(self._frames) >= _MOST_AT_ONCE and (passing or offering):
            self._remove((passing or offering)[0])

    def _remove(self, frame: _NoticeFrame) -> None:
        self._frames.remove(frame)
        self._give_back_focus(frame)
        frame.closed.disconnect()  # hiding it lets the pointer leave, which lets its time run again
        frame.hide()
        frame.deleteLater()
        self._arrange()

    def _on_focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if self._is_in_notice(now) and before is not None and not self._is_in_notice(before):
            self._came_from = before

    def _is_in_notice(self, widget: QWidget | None) -> bool:
        return widget is not None and any(frame.isAncestorOf(widget) for frame in self._frames)

    def _give_back_focus(self, frame: _NoticeFrame) -> None:
        """Whoever answered goes on where he was, and not at what happens to come next."""
        focus, before = QApplication.focusWidget(), self._came_from
        if focus is None or before is None or not frame.isAncestorOf(focus):
            return
        if isValid(before) and before.isVisible():
            before.setFocus()

    def _arrange(self) -> None:
        width = min(px(520), self._ground.width() - px(32))
        bottom = self._ground.height() - self._foot - px(16)
        for frame in reversed(self._frames):
            frame.setFixedWidth(width)
            height = frame.heightForWidth(width)
            frame.resize(width, height)
            frame.put(QPoint((self._ground.width() - width) // 2, bottom - height))
            bottom -= height + px(8)


class _NoticeFrame(QFrame):
    """One notice. Its time stands still while the pointer is on it."""

    closed = Signal()
    answered = Signal(object)

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setObjectName("notice")
        self.setProperty("grave", notice.grave)
        self.setAccessibleName(notice.title)
        self.setAccessibleDescription(notice.text)
        self._sliding = QPropertyAnimation(self, b"pos", self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.closed)
        self._lay_out()
        self._let_time_run()

    def tell(self, text: str) -> None:
        """Another text in place of the first."""
        self._text.setText(text)
        self.setAccessibleDescription(text)

    def put(self, position: QPoint) -> None:
        """Be there at once, also while sliding in to another place."""
        self._sliding.stop()
        self.move(position)

    def slide_in(self) -> None:
        """Come up from below; at once under reduced motion."""
        if not motion_is_wanted(self):
            return
        self._sliding.setDuration(140)
        self._sliding.setStartValue(self.pos() + QPoint(0, px(16)))
        self._sliding.setEndValue(self.pos())
        self._sliding.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._sliding.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._let_time_run()
        super().leaveEvent(event)

    def _let_time_run(self) -> None:
        shown = self.notice.milliseconds_shown
        if shown is not None:
            self._timer.start(shown)

    def _lay_out(self) -> None:
        title = label(self.notice.title)
        font = title.font()
        font.setWeight(font.Weight.DemiBold)
        title.setFont(font)
        self._text = label(self.notice.text, "muted", selectable=True)
        for part in (title, self._text):
            part.setWordWrap(True)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addWidget(title)
        texts.addWidget(self._text)
        if self.notice.answers:
            texts.addSpacing(px(4))
            texts.addLayout(self._answers())
        close = icon_button("close", tr("Close this notice"))
        close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(12), px(8), px(12))
        row.setSpacing(px(8))
        row.addLayout(texts, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def _answers(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(px(8))
        for answer in self.notice.answers:
            button = QPushButton(answer.text)
            button.clicked.connect(partial(self._answer, answer))
            row.addWidget(button)
        row.addStretch()
        return row

    def _answer(self, answer: Answer, _checked: bool = False) -> None:
        self.answered.emit(answer)
        self.closed.emit()
        answer.act()
