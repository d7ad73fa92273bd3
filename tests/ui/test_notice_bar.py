"""Notices at the foot of the picture: which pass, which stay, and in which order they give way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, QPropertyAnimation, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.ui import notice_bar
from studio.ui.notice_bar import Answer, AnswerKind, Notice, NoticeBar


def nothing() -> None:
    """An answer that changes nothing."""


@pytest.fixture
def ground(qtbot: QtBot) -> QWidget:
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.resize(800, 600)
    ground.show()
    return ground


@pytest.fixture
def bar(ground: QWidget) -> NoticeBar:
    return NoticeBar(ground)


@pytest.fixture
def passing_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_bar, "MILLISECONDS_SHOWN", 20)


def titles(bar: NoticeBar) -> list[str]:
    return [notice.title for notice in bar.shown]


def frames(ground: QWidget) -> list[QFrame]:
    """The visible notices, from top to bottom."""
    return sorted((frame for frame in ground.findChildren(QFrame, "notice") if frame.isVisible()), key=QFrame.y)


@pytest.mark.usefixtures("passing_quickly")
def test_a_notice_goes_by_itself_and_can_be_read_again(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.show_notice(Notice("Saved", "apple.png"))
    qtbot.waitUntil(lambda: bar.shown == ())
    assert [past.notice.title for past in bar.past] == ["Saved"]


@pytest.mark.usefixtures("passing_quickly")
@pytest.mark.parametrize(
    "lasting",
    [Notice("Deleted", "", (Answer("Undo", nothing),)), Notice("Failed", "", grave=True)],
    ids=["answer", "grave"],
)
def test_what_asks_something_or_is_grave_stays(bar: NoticeBar, qtbot: QtBot, lasting: Notice) -> None:
    bar.show_notice(lasting)
    bar.show_notice(Notice("Saved", ""))
    qtbot.waitUntil(lambda: "Saved" not in titles(bar))
    assert bar.shown == (lasting,)


@pytest.mark.usefixtures("passing_quickly")
@pytest.mark.parametrize("kind", [AnswerKind.OFFERED, AnswerKind.UNDO])
def test_what_needs_no_answer_goes_too_and_first(
    bar: NoticeBar, qtbot: QtBot, kind: AnswerKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar.show_notice(Notice("Exported", "", (Answer("Show", nothing, kind),)))
    for title in ("Replace it?", "Continue?", "Use it?"):
        bar.show_notice(Notice(title, "", (Answer("Yes", nothing),)))
    assert titles(bar) == ["Replace it?", "Continue?", "Use it?"]
    monkeypatch.setattr(notice_bar, "MILLISECONDS_OFFERED", 20)
    bar.show_notice(Notice("Deleted", "", (Answer("Undo", nothing, kind),)))
    qtbot.waitUntil(lambda: titles(bar) == ["Replace it?", "Continue?", "Use it?"])


def test_step_by_step_the_newest_is_taken_back_with_and_without_its_notice(bar: NoticeBar) -> None:
    done: list[str] = []
    told: list[bool] = []
    bar.undo_changed.connect(told.append)
    for name in ("rated", "tagged", "renamed"):
        undo = Answer("Undo", lambda name=name: done.append(name), AnswerKind.UNDO)
        bar.show_notice(Notice(name, "", (undo,), key="" if name == "renamed" else "marks"))
    assert titles(bar) == ["tagged", "renamed"]
    bar.undo_newest()
    assert (done, titles(bar)) == (["renamed"], ["tagged"])
    bar.undo_newest()
    bar.undo_newest()
    bar.undo_newest()
    assert (done, titles(bar)) == (["renamed", "tagged", "rated"], [])
    assert told[-1] is False


def test_what_was_taken_back_by_its_button_is_not_taken_back_twice(bar: NoticeBar, ground: QWidget) -> None:
    done: list[str] = []
    for name in ("first", "second"):
        undo = Answer(f"Undo {name}", lambda name=name: done.append(name), AnswerKind.UNDO)
        bar.show_notice(Notice(name, "", (undo,)))
    [second] = [button for button in ground.findChildren(QPushButton) if button.text() == "Undo second"]
    second.click()
    bar.undo_newest()
    bar.undo_newest()
    assert done == ["second", "first"]


@pytest.mark.usefixtures("passing_quickly")
def test_time_stands_still_while_the_pointer_is_on_a_notice(bar: NoticeBar, ground: QWidget, qtbot: QtBot) -> None:
    bar.show_notice(Notice("Read me", ""))
    [frame] = frames(ground)
    QApplication.sendEvent(frame, QEnterEvent(QPointF(1, 1), QPointF(1, 1), QPointF(1, 1)))
    bar.show_notice(Notice("Saved", ""))
    qtbot.waitUntil(lambda: "Saved" not in titles(bar))
    assert titles(bar) == ["Read me"]
    QApplication.sendEvent(frame, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: bar.shown == ())


def test_a_newer_notice_about_the_same_takes_the_place_of_the_older(bar: NoticeBar) -> None:
    bar.show_notice(Notice("1 picture is not saved", "", key="unsaved"))
    bar.show_notice(Notice("2 pictures are not saved", "", key="unsaved"))
    assert titles(bar) == ["2 pictures are not saved"]
    bar.dismiss("unsaved")
    assert titles(bar) == []


def test_the_oldest_that_needs_no_answer_gives_way_to_a_fourth(bar: NoticeBar) -> None:
    for title in ("question", "first", "second", "third"):
        answers = (Answer("Undo", nothing),) if title == "question" else ()
        bar.show_notice(Notice(title, "", answers))
    assert titles(bar) == ["question", "second", "third"]


def test_no_question_is_pushed_away(bar: NoticeBar) -> None:
    for number in range(5):
        bar.show_notice(Notice(str(number), "", (Answer("Undo", nothing),)))
    assert titles(bar) == ["0", "1", "2", "3", "4"]


def test_an_answer_acts_once_and_closes_its_notice(bar: NoticeBar, ground: QWidget) -> None:
    acted: list[str] = []
    bar.show_notice(Notice("Deleted", "", (Answer("Undo", lambda: acted.append("undo")),)))
    [button] = [button for button in ground.findChildren(QPushButton) if button.text() == "Undo"]
    button.click()
    assert acted == ["undo"]
    assert bar.shown == ()


def test_an_answer_may_announce_the_same_again(bar: NoticeBar, ground: QWidget) -> None:
    again = Notice("Still full", "", key="disk")
    bar.show_notice(Notice("Full", "", (Answer("Try again", lambda: bar.show_notice(again)),), key="disk"))
    [button] = [button for button in ground.findChildren(QPushButton) if button.text() == "Try again"]
    button.click()
    assert bar.shown == (again,)


def test_the_cross_closes(bar: NoticeBar, ground: QWidget) -> None:
    bar.show_notice(Notice("Failed", "", grave=True))
    [cross] = ground.findChildren(QToolButton)
    cross.click()
    assert bar.shown == ()


def test_notices_stack_upwards_without_touching_and_follow_the_size(bar: NoticeBar, ground: QWidget) -> None:
    for title in ("first", "second"):
        bar.show_notice(Notice(title, "a longer text " * 20, grave=True))
    ground.resize(420, 700)
    QApplication.sendPostedEvents()
    first, second = frames(ground)
    assert (first.accessibleName(), second.accessibleName()) == ("first", "second")
    assert first.geometry().bottom() < second.geometry().top()
    assert ground.rect().contains(second.geometry())
    assert second.geometry().bottom() > 700 - 40


def test_two_notices_at_once_do_not_end_on_top_of_each_other(bar: NoticeBar, ground: QWidget, qtbot: QtBot) -> None:
    bar.show_notice(Notice("One", "", (Answer("Go", nothing),)))
    bar.show_notice(Notice("Two", "", (Answer("Go", nothing),)))

    def have_arrived() -> bool:
        sliding = [one for frame in frames(ground) for one in frame.findChildren(QPropertyAnimation)]
        return all(one.state() is QPropertyAnimation.State.Stopped for one in sliding)

    qtbot.waitUntil(have_arrived)
    upper, lower = frames(ground)
    assert upper.geometry().bottom() < lower.y()
    assert lower.geometry().bottom() < ground.height()


def test_the_list_of_past_notices_is_bounded(bar: NoticeBar) -> None:
    for number in range(120):
        bar.show_notice(Notice(str(number), ""))
    assert [past.notice.title for past in bar.past] == [str(number) for number in range(20, 120)]


def test_how_far_something_is_is_told_in_the_same_notice(bar: NoticeBar, ground: QWidget) -> None:
    bar.show_notice(Notice("Exporting", "0 of 9", (Answer("Cancel", nothing),), key="export"))
    [before] = frames(ground)
    bar.retell("export", "4 of 9")
    assert frames(ground) == [before]
    assert "4 of 9" in {label.text() for label in before.findChildren(QLabel)}
    assert len(bar.past) == 1


@pytest.mark.parametrize("is_still_there", [True, False])
def test_the_keys_go_back_to_where_they_were_before_the_answer(
    bar: NoticeBar, ground: QWidget, qtbot: QtBot, is_still_there: bool
) -> None:
    field, other = QLineEdit(ground), QLineEdit(ground)
    for part in (other, field):
        part.show()
    field.setFocus()
    bar.show_notice(Notice("Deleted", "", (Answer("Undo", nothing),)))
    [frame] = frames(ground)
    [undo] = [button for button in frame.findChildren(QPushButton) if button.text() == "Undo"]
    undo.setFocus()
    field.setVisible(is_still_there)

    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)

    assert field.hasFocus() == is_still_there
