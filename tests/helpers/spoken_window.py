"""What the window says, page by page, and what of it has no room.

    python -m tests.helpers.spoken_window LANGUAGE HOME

Prints JSON: a list of `{"page", "text", "where", "cut"}`. LANGUAGE is a code, or `pseudo`: then each text that was
looked up stands in brackets and is a third longer, so that what was not looked up is seen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop, QRect, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QToolButton,
    QWidget,
)

from studio.core import language

SIZE = QSize(1280, 720)
PATIENCE_MS = 20_000


class PseudoTranslations(NullTranslations):
    """Says ⟦text~~~⟧: in brackets, and a third longer."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}{'~' * (len(message) // 3)}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def speak(wanted: str) -> None:
    if wanted == "pseudo":
        language._spoken.texts = PseudoTranslations()
    else:
        language.speak(wanted)


def texts_of(widget: QWidget) -> Iterator[tuple[str, str]]:
    """What it shows, and what it tells a pointer or a screen reader."""
    match widget:
        case QLabel() | QAbstractButton():
            yield "text", widget.text()
        case QComboBox():
            yield from (("item", widget.itemText(row)) for row in range(widget.count()))
        case QLineEdit() | QPlainTextEdit():
            yield "placeholder", widget.placeholderText()
        case QMenu():
            yield "menu", widget.title()
        case _:
            pass
    if isinstance(widget, QDialog):
        yield "title", widget.windowTitle()
    yield "tip", widget.toolTip()
    yield "name", widget.accessibleName()
    yield "description", widget.accessibleDescription()
    for action in widget.actions():
        yield from texts_of_action(action)


def texts_of_action(action: QAction) -> Iterator[tuple[str, str]]:
    yield "action", action.text()
    yield "action tip", action.toolTip()


def is_cut(widget: QWidget) -> bool:
    """Its text needs more room than it has."""
    if not widget.isVisible() or widget.visibleRegion().isEmpty():
        return False
    match widget:
        case QLabel():
            return is_cut_label(widget)
        case QPushButton() | QToolButton() if widget.text() and shows_text(widget):
            return widget.sizeHint().width() > widget.width() + 1
        case QComboBox():
            return widget.fontMetrics().horizontalAdvance(widget.currentText()) > text_room(widget).width() + 1
        case QLineEdit() if not widget.text():
            return widget.fontMetrics().horizontalAdvance(widget.placeholderText()) > placeholder_room(widget) + 1
        case _:
            return False


def is_cut_label(label: QLabel) -> bool:
    from studio.ui.elided_label import ElidedLabel  # which looks up its texts

    if isinstance(label, ElidedLabel) or label.text().startswith("<"):
        return False  # the tooltip of the first tells the rest
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 1
    needed = max(label.fontMetrics().horizontalAdvance(line) for line in label.text().split("\n"))
    return needed > label.contentsRect().width() + 1


def shows_text(button: QPushButton | QToolButton) -> bool:
    return isinstance(button, QPushButton) or button.toolButtonStyle() is not Qt.ToolButtonStyle.ToolButtonIconOnly


def text_room(box: QComboBox) -> QRect:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, box)


def placeholder_room(field: QLineEdit) -> int:
    """Behind what stands before its text."""
    from studio.ui.theme import px

    option = QStyleOptionFrame()
    field.initStyleOption(option)
    room = field.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, field).width()
    before = field.width() // 2  # the button that clears it goes with the text
    signs = [sign.width() for sign in field.findChildren(QToolButton) if sign.x() < before]
    return room - sum(signs) - len(signs) * px(16) // 4 - 2 * 2  # as Qt counts, which does not tell


class Reader:
    """Collects what is said on each page."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self.found: list[dict[str, object]] = []

    def read(self, page: str) -> None:
        settle()
        tops = [top for top in QApplication.topLevelWidgets() if top.isVisible() and top is not self._window]
        for top in (self._window, *tops):
            for widget in (top, *top.findChildren(QWidget)):
                if widget.isVisibleTo(top):
                    self._read_widget(page, widget)

    def read_actions(self, page: str, actions: tuple[QAction, ...]) -> None:
        for action in actions:
            for where, text in texts_of_action(action):
                self._add(page, text, where, cut=False)

    def _read_widget(self, page: str, widget: QWidget) -> None:
        cut = is_cut(widget)
        for where, text in texts_of(widget):
            self._add(
                page,
                text,
                f"{type(widget).__name__} {widget.objectName()} {where}",
                cut=cut and where in {"text", "placeholder"},
            )
        if cut and isinstance(widget, QComboBox):
            self._add(page, widget.currentText(), f"{type(widget).__name__} {widget.objectName()} chosen", cut=True)

    def _add(self, page: str, text: str, where: str, *, cut: bool) -> None:
        if text.strip():
            self.found.append({"page": page, "text": text, "where": where, "cut": cut})


def settle() -> None:
    """Until there is nothing left to do: layouts included."""
    for _ in range(5):
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def wait_until(done: object) -> None:
    assert callable(done)
    deadline = QDeadlineTimer(PATIENCE_MS)
    while not done():
        assert not deadline.hasExpired(), "what was waited for did not come"
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def main(wanted: str, home: Path) -> None:
    speak(wanted)
    from tests.helpers.spoken_visit import visit  # which imports the window: after the language is known

    application = QApplication([])
    if wanted == "pseudo":
        application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    sys.stdout.write(json.dumps(visit(application, home, SIZE)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
