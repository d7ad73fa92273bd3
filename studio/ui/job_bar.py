"""The running job: what it does, how far it is, how long it takes, what waits."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from studio.core.job import Job
from studio.core.language import tr
from studio.core.progress import StepProgress
from studio.ui.commands import Commands
from studio.ui.controls import label
from studio.ui.elided_label import ElidedLabel
from studio.ui.progress_bar import ProgressBar
from studio.ui.theme import px

_BAR_STEPS = 1000
_ANNOUNCE_EVERY = 10
"""Per cent between two announcements to a screen reader."""


class JobBar(QWidget):
    """One line that is always there, so that nothing jumps when a job begins or ends."""

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.setAccessibleName(tr("Running picture"))
        self.status = ElidedLabel(tr("Ready"))
        self.time_left = label("", "muted")
        self.context = label("", "muted")
        self.bar = ProgressBar()
        self.bar.setRange(0, _BAR_STEPS)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(px(4))
        self.bar.setAccessibleName(tr("Progress"))
        self.queue_button = QToolButton()
        self.queue_button.setObjectName("link")
        self.queue_button.setToolTip(commands.show_queue.toolTip())
        self.queue_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.queue_button.clicked.connect(commands.show_queue.trigger)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setToolTip(commands.cancel.toolTip())
        self.cancel.clicked.connect(commands.cancel.trigger)
        self._announced = 0
        self._lay_out()
        self.show_idle(tr("Ready"))
        self.show_waiting(0)
        self.show_context("")

    def show_idle(self, text: str) -> None:
        """Nothing runs; `text` says how the last thing ended or what is being prepared."""
        self.status.set_text(text)
        self.time_left.clear()
        self.bar.setValue(0)
        self.cancel.setVisible(False)

    def show_started(self, job: Job) -> None:
        self.status.set_text(
            tr("Starting “{prompt}”", prompt=job.request.prompt.text or tr("a picture without a prompt"))
        )
        self.time_left.clear()
        self.bar.setValue(0)
        self.cancel.setEnabled(True)
        self.cancel.setVisible(True)
        self._announced = 0

    def show_loading(self, checkpoint_name: str) -> None:
        self.status.set_text(tr("Loading {model} …", model=checkpoint_name))

    def show_plan(self, text: str) -> None:
        self.status.set_text(text)

    def show_step(self, progress: StepProgress) -> None:
        text = tr("Step {step} / {steps}", step=progress.step, steps=progress.steps)
        if progress.batch_size > 1:
            text += tr("  ·  picture {index} of {batch_size}", index=progress.index + 1, batch_size=progress.batch_size)
        self.status.set_text(text)
        self.time_left.setText(time_left_text(progress.seconds_left))
        self.bar.setValue(round(progress.fraction * _BAR_STEPS))
        self._announce(round(progress.fraction * 100))

    def show_cancelling(self) -> None:
        self.status.set_text(tr("Cancelling …"))
        self.cancel.setEnabled(False)

    def show_context(self, text: str) -> None:
        """What the canvas says of itself: tool, size, zoom, mask. Empty while it is not shown."""
        self.context.setText(text)
        self.context.setVisible(bool(text))

    def show_waiting(self, count: int, *, held: bool = False) -> None:
        """`held`: nothing of it begins until the user goes on."""
        waiting = tr("{count} waiting", count=count)
        self.queue_button.setText(tr("{waiting}, paused", waiting=waiting) if held else waiting)
        self.queue_button.setVisible(count > 0 or held)

    def queue_anchor(self) -> QPoint:
        """The global position above which the queue opens: the bar's right end."""
        return self.mapToGlobal(QPoint(self.width() - px(12), 0))

    def _announce(self, percent: int) -> None:
        if percent >= self._announced + _ANNOUNCE_EVERY:
            self._announced = percent - percent % _ANNOUNCE_EVERY
            self.setAccessibleDescription(tr("{percent} per cent", percent=self._announced))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(px(16), 0, px(16), 0)
        row.setSpacing(px(12))
        row.addWidget(self.status, 1)
        row.addWidget(self.time_left)
        row.addWidget(self.context)
        row.addWidget(self.queue_button)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(row, 1)
        self.setFixedHeight(px(48))


def time_left_text(seconds: float | None) -> str:
    """ "12 s left", "3 min left"; nothing while it is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return tr("{seconds} s left", seconds=max(0, math.ceil(seconds)))
    return tr("{minutes} min left", minutes=math.ceil(seconds / 60))
