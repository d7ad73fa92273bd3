"""Beside the list: everything about the model that is chosen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label, on_one_baseline
from studio.ui.flow_layout import FlowLayout
from studio.ui.model_manager.model_row import ModelAction, ModelRow
from studio.ui.model_manager.model_thumbnail import card_side, model_thumbnail
from studio.ui.theme import px


class ModelCard(QScrollArea):
    """Shows one row; questions are asked in it and not in a dialog.

    Signals:
        action_asked(ModelAction, str): for the row with this key.
    """

    action_asked = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("About this model"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._row: ModelRow | None = None
        self.picture = QLabel()
        self._title = label("", "title")
        self._sentence = label("")
        self._state = label("", "muted")
        self._fault = label("", "fault")
        self._facts = QGridLayout()
        self._buttons = QWidget()
        self._actions = FlowLayout(self._buttons, spacing=px(8))
        self.buttons: dict[ModelAction, QPushButton] = {}
        self.question = Question()
        self._lay_out()
        self.show_row(None)

    @property
    def row(self) -> ModelRow | None:
        return self._row

    def show_row(self, row: ModelRow | None) -> None:
        """Show `row`, or nothing. A question about another model goes away."""
        if row is None or self._row is None or row.key != self._row.key:
            self.question.hide()
        rebuild = row is None or self._row is None or (row.actions, row.facts) != (self._row.actions, self._row.facts)
        self._row = row
        self._show_picture(row)
        self._title.setText(row.name if row else "")
        self._sentence.setText(row.sentence if row else "")
        self._sentence.setVisible(bool(row and row.sentence))
        self._state.setText((row.progress_text or row.state.label) if row else tr("Choose a model on the left."))
        self._fault.setText(row.fault if row else "")
        self._fault.setVisible(bool(row and row.fault))
        if rebuild:
            self._show_facts(row.facts if row else ())
            self._show_actions(row.actions if row else ())

    def ask(self, text: str, answer: str, act: Callable[[], None]) -> None:
        """Ask something about the shown model; `act` is called if the user presses `answer`."""
        self.question.ask(text, answer, act)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(8))
        self._facts.setHorizontalSpacing(px(12))
        self._facts.setVerticalSpacing(px(4))
        self._facts.setColumnStretch(1, 1)
        self.picture.setFixedSize(card_side())
        column.addWidget(self.picture)
        for text in (self._title, self._sentence, self._state, self._fault):
            text.setWordWrap(True)
            column.addWidget(text)
        column.addSpacing(px(8))
        column.addWidget(self._buttons)
        column.addWidget(self.question)
        column.addSpacing(px(8))
        column.addLayout(self._facts)
        column.addStretch()
        self.setWidget(content)

    def _show_picture(self, row: ModelRow | None) -> None:
        file = row.thumbnail if row else None
        pixmap = QPixmap()
        if file is not None:
            pixmap = model_thumbnail(file, card_side().width(), self.devicePixelRatioF())
        self.picture.setPixmap(pixmap)
        self.picture.setVisible(not pixmap.isNull())
        if row is not None:
            self.picture.setAccessibleName(tr("A picture made with {name}", name=row.name))

    def _show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        while item := self._facts.takeAt(0):
            if widget := item.widget():
                widget.hide()  # it is deleted a little later, and must not be painted meanwhile
                widget.deleteLater()
        for number, (name, value) in enumerate(facts):
            heading, text = label(name, "muted"), label(value, "facts", selectable=True)
            text.setWordWrap(True)
            on_one_baseline(heading, text)
            self._facts.addWidget(heading, number, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(text, number, 1)

    def _show_actions(self, actions: tuple[ModelAction, ...]) -> None:
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self._buttons.isAncestorOf(focused)
        self._actions.clear()
        self.buttons = {}
        for number, action in enumerate(actions):
            button = QPushButton(action.label)
            button.setToolTip(f"{action.label}: {action.tip}")
            button.setAccessibleDescription(action.tip)
            button.setMinimumHeight(px(32))
            button.setEnabled(not action.is_done)
            if number == 0:
                button.setObjectName("accept")
            button.clicked.connect(partial(self._on_pressed, action))
            self._actions.addWidget(button)
            self.buttons[action] = button
        if had_focus:
            self._keep_focus()

    def _keep_focus(self) -> None:
        """The button that was pressed is gone: the keyboard goes on at the next one, or here."""
        next((button for button in self.buttons.values() if button.isEnabled()), self).setFocus()

    def _on_pressed(self, action: ModelAction, _checked: bool = False) -> None:
        if self._row is not None:
            self.action_asked.emit(action, self._row.key)


class Question(QFrame):
    """A sentence with two answers: what it asks about, and to leave it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._text = label("")
        self._text.setWordWrap(True)
        self.yes = QPushButton()
        self.no = QPushButton(tr("Leave it"))
        self._act: Callable[[], None] = lambda: None
        buttons = QWidget()
        row = FlowLayout(buttons, spacing=px(8))
        for button in (self.yes, self.no):
            button.setMinimumHeight(px(32))
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(12), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(self._text)
        column.addWidget(buttons)
        self.yes.clicked.connect(self._on_yes)
        self.no.clicked.connect(self.hide)
        self.hide()

    def ask(self, text: str, answer: str, act: Callable[[], None]) -> None:
        self._text.setText(text)
        self.yes.setText(answer)
        self._act = act
        self.setAccessibleName(text)
        self.show()
        self.no.setFocus()

    def _on_yes(self) -> None:
        self.hide()
        self._act()
