"""A few questions at the end of a chapter. Whatever is chosen, the answer is explained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label
from studio.ui.guide.chapters import Question
from studio.ui.theme import px


class SelfCheck(QWidget):
    """
    Signals:
        answered(): each question has its right answer chosen.
    """

    answered = Signal()

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__()
        self.asked = tuple(_Asked(question) for question in questions)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(24))
        heading = label(tr("What do you remember?"), "hero")
        column.addWidget(heading)
        for asked in self.asked:
            asked.chosen.connect(self._on_chosen)
            column.addWidget(asked)
        column.addStretch()

    def _on_chosen(self) -> None:
        if all(asked.is_right for asked in self.asked):
            self.answered.emit()


class _Asked(QWidget):
    """
    Signals:
        chosen()
    """

    chosen = Signal()

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self.is_right = False
        self.group = QButtonGroup(self)
        self.explanation = label("", "muted")
        self.explanation.setWordWrap(True)
        text = label(question.text, "title")
        text.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(text)
        for number, answer in enumerate(question.answers):
            choice = QRadioButton(answer)
            choice.setToolTip(tr("Choose this answer; it is explained at once"))
            choice.setAccessibleDescription(question.text)
            choice.clicked.connect(partial(self._on_clicked, number))
            self.group.addButton(choice, number)
            column.addWidget(choice)
        column.addWidget(self.explanation)

    def _on_clicked(self, number: int, _checked: bool = True) -> None:
        self.is_right = number == self._question.right
        verdict = (
            tr("Right.")
            if self.is_right
            else tr("Not quite: “{answer}”.", answer=self._question.answers[self._question.right])
        )
        self.explanation.setText(f"{verdict} {self._question.why}")
        self.chosen.emit()
