"""The page of the process: how a picture came out of noise, how noise is added to one, and the latent between."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QScrollArea,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.ui.commands import Commands
from studio.ui.controls import action_button, icon_button, mode_button, separator
from studio.ui.elided_label import ElidedLabel
from studio.ui.process.forward_tab import ForwardTab
from studio.ui.process.inside_tab import InsideTab
from studio.ui.process.invitation import Invitation
from studio.ui.process.latent_tab import LatentTab
from studio.ui.process.parts import bring_forward
from studio.ui.process.reverse_tab import ReverseTab
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.progress import PreviewFrame
    from studio.ui.process.shown_process import ShownProcess


class ProcessMode(Enum):
    REVERSE = tr("Out of noise")
    FORWARD = tr("Into noise")
    LATENT = tr("Latent space")
    INSIDE = tr("Inside a step")


_TIPS = {
    ProcessMode.REVERSE: ("1", tr("the reverse process, step by step: how this picture was made")),
    ProcessMode.FORWARD: ("2", tr("the forward process: add the noise that the model learned to remove")),
    ProcessMode.LATENT: ("3", tr("what the model works on instead of pixels, and what of them comes back")),
    ProcessMode.INSIDE: ("4", tr("what CFG does in a step, and where in the picture each word acts")),
}


class ProcessPage(QWidget):
    """
    Signals:
        mode_changed(ProcessMode)
        example_asked(): make a picture, so that there is something to see.
        open_asked(): look at a picture file instead of the gallery's picture.
        close_asked()
    """

    mode_changed = Signal(object)
    example_asked = Signal()
    open_asked = Signal()
    close_asked = Signal()

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Process"))
        self.mode = ProcessMode.REVERSE
        self.reverse = ReverseTab()
        self.forward = ForwardTab()
        self.latent = LatentTab()
        self.inside = InsideTab()
        self.inside.step_changed.connect(self.reverse.go_to)
        self.reverse.step_changed.connect(self.inside.go_to)
        self.reverse.inside_asked.connect(partial(self.set_mode, ProcessMode.INSIDE))
        self.invitation = Invitation(
            tr("From noise to picture"),
            tr("Run the example"),
            tr("Make a picture now, and see how it comes out of noise"),
        )
        self.invitation.accepted.connect(self.example_asked)
        self._without_picture = (
            self.forward.nothing,
            self.latent.nothing,
            self.latent.between.nothing,
            self.inside.nothing,
        )
        for nothing in self._without_picture:
            nothing.example_asked.connect(self.example_asked)
            nothing.open_asked.connect(self.open_asked)
        self._of_reverse: QWidget = self.invitation
        self.subject = ElidedLabel(look="muted", lines=2)
        self._group = QButtonGroup(self)
        self.modes = {mode: self._mode_button(mode) for mode in ProcessMode}
        self.modes[self.mode].setChecked(True)
        self.open = icon_button("folder", tr("Look at a picture file"), tr("Open a picture"))
        self.open.clicked.connect(self.open_asked)
        self._save = action_button(commands.save_steps)
        self._close = icon_button("close", tr("Back to the picture  (Esc)"), tr("Close the process"))
        self._close.clicked.connect(self.close_asked)
        self._lay_out()
        self.set_mode(self.mode)

    def set_mode(self, mode: ProcessMode) -> None:
        """Show this side of it."""
        self.modes[mode].setChecked(True)
        self.open.setVisible(mode in {ProcessMode.FORWARD, ProcessMode.LATENT})
        self._save.setVisible(mode is ProcessMode.REVERSE)
        is_new = mode is not self.mode
        self.mode = mode
        self._bring_forward()
        if is_new:
            self.mode_changed.emit(mode)

    def show_subject(self, subject: str) -> None:
        """What is looked at, in words."""
        self.subject.set_text(subject)

    def show_process(self, process: ShownProcess, step: int | None = None) -> None:
        """How the picture came about, at this step; None: the last one."""
        self.reverse.show_process(process, step)
        self._show_in_reverse(self.reverse)

    def show_live(self, frame: PreviewFrame | None) -> None:
        """A picture that is being made, as far as it can be seen; None: nothing of it yet."""
        if frame is None:
            self.reverse.await_process()
        else:
            self.reverse.show_live(frame)
        self._show_in_reverse(self.reverse)

    def invite(self, why: str) -> None:
        """No steps can be seen, and why."""
        self.invitation.why.setText(why)
        self._show_in_reverse(self.invitation)

    def show_waiting(self, *, waits: bool) -> None:
        """Whether a picture is being made where there is none to look at."""
        for nothing in self._without_picture:
            nothing.show_waiting(waits=waits)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
            return
        super().keyPressEvent(event)

    def _show_in_reverse(self, part: QWidget) -> None:
        self._of_reverse = part
        self._bring_forward()

    def _bring_forward(self) -> None:
        parts: Mapping[ProcessMode, QWidget] = {
            ProcessMode.REVERSE: self._of_reverse,
            ProcessMode.FORWARD: self.forward,
            ProcessMode.LATENT: self.latent,
            ProcessMode.INSIDE: self.inside,
        }
        part = parts[self.mode]
        bring_forward(self._parts, self._views[part], self, part)

    def _mode_button(self, mode: ProcessMode) -> QToolButton:
        key, tip = _TIPS[mode]
        button = mode_button(mode.value, tip, key, partial(self.set_mode, mode))
        self._group.addButton(button)
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(partial(self.set_mode, mode))
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(8), px(8), px(8))
        head.setSpacing(px(8))
        for button in self.modes.values():
            head.addWidget(button)
        head.addSpacing(px(8))
        head.addWidget(self.subject, 1)
        for button in (self.open, self._save, self._close):
            head.addWidget(button)
        parts = QWidget()
        self._parts = QStackedLayout(parts)
        each = (self.invitation, self.reverse, self.forward, self.latent, self.inside)
        self._views: dict[QWidget, QScrollArea] = {part: _Scrolling(part) for part in each}
        for view in self._views.values():
            self._parts.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(separator())
        column.addWidget(parts, 1)


class _Scrolling(QScrollArea):
    """`part` has all the room; where that is less than the least it needs, the rest is scrolled to: with large text a
    screen may be too low for it.

    Qt's own way of resizing what is inside would give it the height that it likes best, and not the least one.
    """

    def __init__(self, part: QWidget) -> None:
        super().__init__()
        self._part = part
        self.setWidget(part)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def minimumSizeHint(self) -> QSize:
        """As wide as the part needs it."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._part.minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
            self.updateGeometry()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        part, room = self._part, self.viewport().size()
        part.resize(room.width(), max(room.height(), part.minimumSizeHint().height()))
