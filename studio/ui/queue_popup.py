"""What waits: to be reordered, dropped or cleared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.job import Job, JobId
from studio.core.language import tr
from studio.core.request import GenerationRequest
from studio.core.task import TextToImage
from studio.ui.controls import fit_height_to_rows, icon_button, label, section, shrink_to_content
from studio.ui.popup import Popup
from studio.ui.theme import px

_JOB_ID = Qt.ItemDataRole.UserRole
_MOST_ROWS = 8


class QueuePopup(Popup):
    """A popup over the job bar. Rows are dragged, or moved with Alt+Up and Alt+Down; Delete drops one.

    Signals:
        move_requested(JobId, int): put this job at that place among the waiting ones.
        drop_requested(JobId)
        clear_requested()
    """

    move_requested = Signal(object, int)
    drop_requested = Signal(object)
    clear_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Queue"))
        self.setFixedWidth(px(400))
        self._bottom_right = QPoint()
        self._waiting: tuple[Job, ...] = ()
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Waiting pictures"))
        self.rows.setToolTip(tr("What waits: drag a row to change the order, Delete drops it"))
        self.rows.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.model().rowsMoved.connect(self._on_row_dragged)
        self._heading = section(tr("Waiting"))
        self._empty = label(
            tr("Nothing waits. Press Ctrl+Enter while a picture is being made to add the next one."), "muted"
        )
        self._empty.setWordWrap(True)
        self._buttons = self._make_buttons()
        self._lay_out()
        for keys, change in (("Alt+Up", -1), ("Alt+Down", 1)):
            QShortcut(QKeySequence(keys), self, partial(self._move_selected, change))
        QShortcut(QKeySequence("Del"), self, self._drop_selected)

    def show_jobs(self, waiting: tuple[Job, ...]) -> None:
        """Show these jobs in this order; the selection stays with its job, or goes to what took its place."""
        self._waiting = waiting
        if self.isVisible():
            self._show_waiting()

    def show_above(self, bottom_right: QPoint) -> None:
        self._bottom_right = bottom_right
        self._show_waiting()
        self.show()
        self.rows.setFocus()

    def _show_waiting(self) -> None:
        waiting = self._waiting
        selected, place = self._selected_id(), max(0, self.rows.currentRow())
        self.rows.clear()
        for job, text in zip(waiting, row_texts(waiting), strict=True):
            self.rows.addItem(_row(job, text))
            if job.id == selected:
                self.rows.setCurrentRow(self.rows.count() - 1)
        if self.rows.currentRow() < 0 and waiting:
            self.rows.setCurrentRow(min(place, len(waiting) - 1))
        self._heading.setText(tr("WAITING  {n}", n=len(waiting)) if waiting else tr("WAITING"))
        self.rows.setVisible(bool(waiting))
        self._empty.setVisible(not waiting)
        for button in self._buttons:
            button.setEnabled(bool(waiting))
        if waiting:
            fit_height_to_rows(self.rows, _MOST_ROWS)
        self._stand()

    def _stand(self) -> None:
        """As high as what is in it, growing upwards from its place."""
        shrink_to_content(self)
        self.move(self._bottom_right - QPoint(self.width(), self.height() + px(4)))

    def _make_buttons(self) -> tuple[QWidget, ...]:
        up = icon_button("up", tr("Earlier  (Alt+Up)"), tr("Earlier"))
        down = icon_button("down", tr("Later  (Alt+Down)"), tr("Later"))
        drop = icon_button("close", tr("Drop  (Del)"), tr("Drop"))
        clear = QPushButton(tr("Clear the queue"))
        clear.setToolTip(tr("Drop everything that waits; the running picture goes on"))
        up.clicked.connect(lambda: self._move_selected(-1))
        down.clicked.connect(lambda: self._move_selected(1))
        drop.clicked.connect(self._drop_selected)
        clear.clicked.connect(self.clear_requested)
        return up, down, drop, clear

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(px(4))
        for button in self._buttons[:-1]:
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self._buttons[-1])
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(12), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(self._heading)
        column.addWidget(self.rows)
        column.addWidget(self._empty)
        column.addLayout(buttons)

    def _selected_id(self) -> JobId | None:
        item: QListWidgetItem | None = self.rows.currentItem()
        return item.data(_JOB_ID) if item else None

    def _move_selected(self, change: int) -> None:
        job_id = self._selected_id()
        if job_id is not None:
            self.move_requested.emit(job_id, self.rows.currentRow() + change)

    def _drop_selected(self) -> None:
        job_id = self._selected_id()
        if job_id is not None:
            self.drop_requested.emit(job_id)

    def _on_row_dragged(self, _parent: QModelIndex, start: int, _end: int, _to: QModelIndex, row: int) -> None:
        position = row if row < start else row - 1
        self.move_requested.emit(self.rows.item(position).data(_JOB_ID), position)


def row_texts(waiting: Sequence[Job]) -> list[str]:
    """What the rows say. Those that would be alike, such as the cells of a grid, also say what sets them apart."""
    alike: dict[str, list[Job]] = {}
    for job in waiting:
        alike.setdefault(_text(job.request), []).append(job)
    apart = {job.id: facts for jobs in alike.values() for job, facts in zip(jobs, _differing(jobs), strict=True)}
    return ["  ·  ".join((_text(job.request), *apart[job.id])) for job in waiting]


def _text(request: GenerationRequest) -> str:
    count = f"{request.batch_size} × " if request.batch_size > 1 else ""
    return tr(
        "{count}{prompt}  ·  {steps} steps",
        count=count,
        prompt=request.prompt.text or tr("(empty prompt)"),
        steps=request.sampling.num_inference_steps,
    )


def _differing(jobs: Sequence[Job]) -> list[tuple[str, ...]]:
    """Of each job the facts that are not those of all."""
    columns = list(zip(*(_facts(job.request) for job in jobs), strict=True))
    differing = [column for column in columns if len(set(column)) > 1]
    return [tuple(column[row] for column in differing if column[row]) for row in range(len(jobs))]


def _facts(request: GenerationRequest) -> tuple[str, ...]:
    """What is not in a row anyway; empty what a request does not have."""
    sampling, task = request.sampling, request.task
    negative = tr("without “{negative}”", negative=request.prompt.negative) if request.prompt.negative else ""
    return (
        f"CFG {sampling.guidance_scale:g}",
        sampling.scheduler.label,
        "" if isinstance(task, TextToImage) else tr("strength {strength:g}", strength=task.strength),
        f"{request.size.width} × {request.size.height}",
        request.checkpoint.name,
        tr("seed {seed}", seed=sampling.seed),
        negative,
    )


def _row(job: Job, text: str) -> QListWidgetItem:
    request = job.request
    item = QListWidgetItem(text)
    item.setToolTip(
        tr("{prompt}\nseed {seed}, {size}", prompt=request.prompt.text, seed=request.sampling.seed, size=request.size)
    )
    item.setData(_JOB_ID, job.id)
    return item
