"""A noise predictor that learns while one looks: its loss falls, and pictures come out of the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import icon_button, label, section, separator
from studio.ui.process.picture_pane import PicturePane
from studio.ui.process.step_chart import Line, StepChart
from studio.ui.progress_bar import ProgressBar
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.lesson import Learned
    from studio.core.pixels import Pixels

_TEXT = tr(
    "A new network of 400,000 weights, each of them random, learns from these four pictures, made small: a picture, a "
    "timestep and noise are drawn by chance, it guesses the noise, and is corrected. All of it happens here and now, "
    "on the processor; nothing of it is kept."
)
_CHART_HEIGHT = 144
_NO_SAMPLE = tr("It is made of noise while it learns.")
_NO_LOSS = tr("The better it guesses the noise, the lower the curve falls.")


class LearningPage(QWidget):
    """
    Signals:
        begin_asked(), stop_asked()
        close_asked()
    """

    begin_asked = Signal()
    stop_asked = Signal()
    close_asked = Signal()

    def __init__(self, pictures: Sequence[Pixels], seconds: float) -> None:
        """It learns from `pictures`, for at most `seconds`."""
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("How it learns"))
        self._seconds = seconds
        self.shown = [PicturePane(tr("Picture {number}", number=number)) for number in range(1, len(pictures) + 1)]
        for pane, picture in zip(self.shown, pictures, strict=True):
            pane.show_exact(picture)
        self.samples = [PicturePane(tr("Noise {number}", number=number)) for number in range(1, len(pictures) + 1)]
        self.losses = StepChart(tr("Loss"), first=1)
        self.begin = QPushButton(tr("Begin to learn"))
        self.begin.setObjectName("accept")
        self.begin.setToolTip(tr("Train it now, for {seconds:.0f} seconds", seconds=seconds))
        self.stop = QPushButton(tr("Stop"))
        self.stop.setToolTip(tr("Stop at once; what was learned can still be seen"))
        self.time = ProgressBar()
        self.time.setTextVisible(False)
        self.time.setRange(0, round(1000 * seconds))
        self.time.setAccessibleName(tr("Time that has passed"))
        self.told = label("", "muted")
        self._close = icon_button("close", tr("Back to the guide  (Esc)"), tr("Back to the guide"))
        self._lay_out()
        self.begin.clicked.connect(self.begin_asked)
        self.stop.clicked.connect(self.stop_asked)
        self._close.clicked.connect(self.close_asked)
        self.setFocusProxy(self.begin)
        self._show_nothing_yet()
        self.end("")

    def start(self) -> None:
        """It is about to learn."""
        had_focus = self.begin.hasFocus()
        self.stop.show()
        if had_focus:  # else they go to what is next, and that closes the page
            self.stop.setFocus()
        self.begin.hide()
        self.time.setValue(0)
        self._show_nothing_yet()
        self.told.setText(tr("The network is made. If pictures are being made, it comes after them."))

    def show_learned(self, learned: Learned) -> None:
        """How far it is."""
        for pane, pixels in zip(self.samples, learned.samples, strict=False):
            pane.show_smooth(pixels)
        if learned.losses:
            self.losses.show_lines([Line("loss", learned.losses)])
            self.losses.set_current(len(learned.losses) - 1)
        self.time.setValue(min(round(1000 * learned.seconds), self.time.maximum()))
        self.told.setText(learned_text(learned))

    def _show_nothing_yet(self) -> None:
        self.losses.show_nothing(_NO_LOSS)
        for pane in self.samples:
            pane.show_nothing(_NO_SAMPLE)

    def finish(self) -> None:
        """It came to its end."""
        self.time.setValue(self.time.maximum())
        self.end(tr("Done. {learned}", learned=self.told.text()))

    def end(self, told: str) -> None:
        """It does not learn any more; `told` says why, if it did not come to its end."""
        had_focus = self.stop.hasFocus()
        self.stop.hide()
        self.begin.show()
        if had_focus:
            self.begin.setFocus()
        if told:
            self.told.setText(told)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(8), px(8), px(8))
        head.addWidget(label(tr("How it learns"), "title"))
        head.addStretch()
        head.addWidget(self._close)
        text = label(_TEXT, "muted")
        text.setWordWrap(True)
        act = QHBoxLayout()
        act.setSpacing(px(16))
        act.addWidget(self.begin)
        act.addWidget(self.stop)
        act.addWidget(self.time, 1)
        self.begin.setFixedHeight(px(32))
        self.stop.setFixedHeight(px(32))
        self.time.setFixedHeight(px(8))
        self.losses.setFixedHeight(px(_CHART_HEIGHT))
        body = QVBoxLayout()
        body.setContentsMargins(px(24), px(16), px(24), px(16))
        body.setSpacing(px(8))
        body.addWidget(text)
        body.addWidget(section(tr("What it is shown")))
        body.addLayout(_row(self.shown), 1)
        body.addWidget(section(tr("What it makes of the same noise by now")))
        body.addLayout(_row(self.samples), 1)
        body.addLayout(act)
        body.addWidget(self.told)
        body.addWidget(section(tr("Loss: the mean squared error of the guessed noise, of ten steps each")))
        body.addWidget(self.losses)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(separator())
        column.addLayout(body, 1)


def _row(panes: Sequence[PicturePane]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(px(16))
    for pane in panes:
        row.addWidget(pane)
    return row


def learned_text(learned: Learned) -> str:
    """ "120 steps in 21 s: loss 0.214"."""
    if not learned.losses:
        return tr("Nothing is learned yet: the network's guesses are as random as its weights.")
    return tr(
        "{step} steps in {seconds:.0f} s: loss {loss:.3f}",
        step=learned.step,
        seconds=learned.seconds,
        loss=learned.losses[-1],
    )
