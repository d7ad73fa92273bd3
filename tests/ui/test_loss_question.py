"""The question before something would be lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.loss_question import LossQuestion


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def question(window: QWidget) -> LossQuestion:
    return LossQuestion(window, "Replace it?", "All of it would be lost.", "Replace it")


def test_it_says_what_would_be_lost_and_has_a_sign(question: LossQuestion) -> None:
    shown = question.findChildren(QLabel)
    assert [label.text() for label in shown if label.text()] == ["Replace it?", "All of it would be lost."]
    assert any(not label.pixmap().isNull() for label in shown)
    assert question.accessibleDescription() == "All of it would be lost."
    assert all(button.icon().isNull() for button in (question.keep_button, question.give_up_button))


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_keys_pressed_without_thought_keep_it(question: LossQuestion, key: Qt.Key) -> None:
    QTimer.singleShot(0, lambda: QTest.keyClick(question.focusWidget() or question, key))
    assert not question.is_agreed()


@pytest.mark.parametrize("key", [Qt.Key.Key_Enter, Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_any_key_presses_the_button_that_was_gone_to(question: LossQuestion, key: Qt.Key) -> None:
    def answer() -> None:
        QTest.keyClick(question, Qt.Key.Key_Backtab)
        QTest.keyClick(question.give_up_button, key)

    QTimer.singleShot(0, answer)
    assert question.is_agreed()


def test_only_the_button_that_says_so_gives_it_up(question: LossQuestion) -> None:
    QTimer.singleShot(0, question.give_up_button.click)
    assert question.is_agreed()
