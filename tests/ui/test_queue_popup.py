"""What waits: shown in order, and changed with keys, buttons and the mouse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from studio.core.job import Job, JobId
from studio.core.job_queue import JobQueue
from studio.ui.queue_popup import QueuePopup
from tests.helpers.fake_session import a_request


class Waiting:
    """A real queue behind the popup, connected as the program does it."""

    def __init__(self, popup: QueuePopup) -> None:
        self._popup = popup
        self._queue = JobQueue(Job(JobId(name), a_request(name)) for name in "abcd")
        popup.move_requested.connect(lambda job_id, position: self._change(self._queue.move(job_id, position)))
        popup.drop_requested.connect(lambda job_id: self._change(self._queue.drop(job_id)))
        popup.clear_requested.connect(lambda: self._change(self._queue.clear()))
        popup.show_jobs(self._queue.waiting)

    def _change(self, _answer: object) -> None:
        self._popup.show_jobs(self._queue.waiting)

    @property
    def names(self) -> str:
        return "".join(job.id for job in self._queue.waiting)

    @property
    def shown(self) -> str:
        rows = self._popup.rows
        return "".join(rows.item(row).text()[0] for row in range(rows.count()))

    @property
    def selected(self) -> str:
        return self._popup.rows.currentItem().text()[0]


@pytest.fixture
def popup(qtbot: QtBot) -> QueuePopup:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.show()
    popup = QueuePopup(ground)
    popup.show_above(QPoint(600, 600))
    popup.ground = ground  # type: ignore[attr-defined]
    return popup


@pytest.fixture
def waiting(popup: QueuePopup) -> Waiting:
    return Waiting(popup)


def press(popup: QueuePopup, name: str) -> None:
    [button] = [
        button for button in popup.findChildren(QAbstractButton) if name in (button.text(), button.accessibleName())
    ]
    button.click()


def test_rows_say_what_waits(popup: QueuePopup) -> None:
    popup.show_jobs(
        (Job(JobId("x"), a_request("a panda", seed=7, steps=9, batch_size=3)), Job(JobId("y"), a_request("")))
    )
    assert popup.rows.item(0).text() == "3 × a panda  ·  9 steps"
    assert "seed 7" in popup.rows.item(0).toolTip()
    assert popup.rows.item(1).text().startswith("(empty prompt)")


def test_rows_that_would_be_alike_say_what_sets_them_apart(popup: QueuePopup) -> None:
    def job(name: str, text: str, seed: int, scale: float) -> Job:
        request = a_request(text, seed=seed, steps=9)
        return Job(JobId(name), replace(request, sampling=replace(request.sampling, guidance_scale=scale)))

    popup.show_jobs(
        (job("a", "a cat", 7, 2), job("b", "a cat", 7, 5.5), job("c", "a dog", 7, 2), job("d", "a cat", 8, 2))
    )
    assert [popup.rows.item(row).text() for row in range(4)] == [
        "a cat  ·  9 steps  ·  CFG 2  ·  seed 7",
        "a cat  ·  9 steps  ·  CFG 5.5  ·  seed 7",
        "a dog  ·  9 steps",
        "a cat  ·  9 steps  ·  CFG 2  ·  seed 8",
    ]
    popup.show_jobs((job("a", "a cat", 7, 2), job("b", "a cat", 9, 2)))
    assert [popup.rows.item(row).text() for row in range(2)] == [
        "a cat  ·  9 steps  ·  seed 7",
        "a cat  ·  9 steps  ·  seed 9",
    ]


def test_rows_are_made_when_somebody_looks(popup: QueuePopup) -> None:
    """A long queue changes with every picture."""
    popup.hide()
    popup.show_jobs((Job(JobId("x"), a_request("a panda", steps=9)),))
    assert popup.rows.count() == 0
    popup.show_above(QPoint(600, 600))
    assert popup.rows.item(0).text() == "a panda  ·  9 steps"


def test_alt_arrows_move_and_the_selection_stays_with_its_job(popup: QueuePopup, waiting: Waiting) -> None:
    popup.rows.setCurrentRow(2)
    QTest.keyClick(popup.rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert (waiting.names, waiting.selected) == ("acbd", "c")
    QTest.keyClick(popup.rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(popup.rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert (waiting.names, waiting.selected) == ("abdc", "c")
    QTest.keyClick(popup.rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert (waiting.names, waiting.selected) == ("abdc", "c")
    assert waiting.shown == waiting.names


def test_delete_drops_and_the_neighbour_is_selected(popup: QueuePopup, waiting: Waiting) -> None:
    popup.rows.setCurrentRow(2)
    QTest.keyClick(popup.rows, Qt.Key.Key_Delete)
    assert (waiting.names, waiting.selected) == ("abd", "d")
    QTest.keyClick(popup.rows, Qt.Key.Key_Delete)
    assert (waiting.names, waiting.selected) == ("ab", "b")
    assert waiting.shown == "ab"


def test_buttons_do_the_same(popup: QueuePopup, waiting: Waiting) -> None:
    popup.rows.setCurrentRow(1)
    press(popup, "Earlier")
    assert waiting.names == "bacd"
    press(popup, "Later")
    assert waiting.names == "abcd"
    press(popup, "Drop")
    assert waiting.names == "acd"
    press(popup, "Clear the queue")
    assert waiting.names == ""


@pytest.mark.parametrize(("start", "gap", "result"), [(0, 3, "bcad"), (3, 1, "adbc"), (1, 4, "acdb")])
def test_a_dragged_row_lands_where_it_was_dropped(
    popup: QueuePopup, waiting: Waiting, start: int, gap: int, result: str
) -> None:
    """`gap` is the place between the rows before anything moved: what a drop inside the list asks of the model."""
    popup.rows.setCurrentRow(start)
    assert popup.rows.model().moveRow(QModelIndex(), start, QModelIndex(), gap)
    assert waiting.names == result
    assert waiting.shown == result


def test_an_empty_queue_says_how_to_fill_it(popup: QueuePopup, waiting: Waiting) -> None:
    press(popup, "Clear the queue")
    assert not popup.rows.isVisible()
    assert not any(button.isEnabled() for button in popup.findChildren(QAbstractButton))
    QTest.keyClick(popup, Qt.Key.Key_Delete)
    QTest.keyClick(popup, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert waiting.names == ""


def test_it_is_as_high_as_what_waits_and_keeps_its_foot(popup: QueuePopup, waiting: Waiting) -> None:
    height, foot = popup.height(), popup.geometry().bottom()
    press(popup, "Drop")
    assert popup.height() == height - popup.rows.sizeHintForRow(0)
    assert popup.geometry().bottom() == foot
    popup.show_jobs(tuple(Job(JobId(str(number)), a_request(str(number))) for number in range(50)))
    assert popup.rows.height() < 9 * popup.rows.sizeHintForRow(0)
    assert popup.geometry().bottom() == foot
