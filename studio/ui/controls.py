"""Small controls that several panels use, each with one look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCursor, QKeySequence, QShortcut, QTextLayout
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QProxyStyle,
    QPushButton,
    QStyle,
    QStyleOption,
    QToolButton,
    QWidget,
)

from studio.core.language import spoken_language, tr
from studio.ui.glossary import Entry
from studio.ui.icons import icon
from studio.ui.theme import px


def label(text: str, look: str = "", *, selectable: bool = False) -> QLabel:
    """Plain text only: a QLabel would guess HTML in a prompt."""
    widget = QLabel(text)
    widget.setTextFormat(Qt.TextFormat.PlainText)
    if look:
        widget.setObjectName(look)
    if selectable:
        widget.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return widget


_HIGH_LETTERS = {"ja": "永", "zh_CN": "永"}
"""Their fonts are higher than the one that has the letter g."""


def two_lines(text: QLabel) -> None:
    """Room for two lines, whatever it says: what stands below does not move."""
    text.ensurePolished()  # its font is that of the style from now on
    text.setWordWrap(True)
    text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    says = text.text()
    letters = _HIGH_LETTERS.get(spoken_language(), "g")
    text.setText(f"{letters}\n{letters}")
    text.setFixedHeight(text.sizeHint().height())
    text.setText(says)


def on_one_baseline(*texts: QLabel) -> None:
    """The first lines of a row of labels stand at one height, whatever their fonts and scripts are."""
    for text in texts:
        text.ensurePolished()  # its font is that of the style from now on
        text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    lowest = max(map(_first_baseline, texts))
    for text in texts:
        text.setContentsMargins(0, lowest - _first_baseline(text), 0, 0)


def _first_baseline(text: QLabel) -> int:
    """Below its upper edge, with the fonts of other scripts that stand in for its own."""
    layout = QTextLayout(text.text(), text.font())
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    return round(line.ascent()) if line.isValid() else text.fontMetrics().ascent()


def section(text: str) -> QLabel:
    """The heading of a group of controls."""
    return label(text.upper(), "section")


def prepare_search(field: QLineEdit, placeholder: str, tip: str) -> None:
    """Make `field` one to search with: a magnifier, and a button that clears it, as large as its text."""
    field.setStyle(_SearchStyle(field))
    field.setStyleSheet("QLineEdit {}")  # without one, a widget with a style of its own misses the application's later
    field.setPlaceholderText(placeholder)
    field.setAccessibleName(placeholder)
    field.setToolTip(tip)
    field.setClearButtonEnabled(True)
    field.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)


class _SearchStyle(QProxyStyle):
    """Qt's icons in a line of text have 16 pixels at any size of the text."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__("Fusion")
        self.setParent(field)

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric == QStyle.PixelMetric.PM_LineEditIconSize:
            return px(16)
        return super().pixelMetric(metric, option, widget)


def separator() -> QFrame:
    line = QFrame()
    line.setObjectName("separator")
    return line


def icon_button(name: str, tip: str, accessible_name: str = "") -> QToolButton:
    """A 32 x 32 button that shows only an icon."""
    button = QToolButton()
    button.setObjectName("icon")
    button.setIcon(icon(name))
    button.setIconSize(QSize(px(20), px(20)))
    button.setFixedSize(px(32), px(32))
    button.setToolTip(tip)
    button.setAccessibleName(accessible_name or tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def offer_menu(button: QToolButton, menu: QMenu) -> None:
    """Open `menu` from the button.

    Qt does not tell a button that the pointer left it while its menu was open: it would look pointed at until the
    pointer comes by again.
    """
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)

    def look_again() -> None:
        if not button.rect().contains(button.mapFromGlobal(QCursor.pos())):
            button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
            button.update()

    menu.aboutToHide.connect(lambda: QTimer.singleShot(0, button, look_again))


def mode_button(name: str, tip: str, key: str, choose: Callable[[], None]) -> QToolButton:
    """One of several ways to look at the same thing; `key` is its shortcut, if it has one, told in the tooltip."""
    button = QToolButton()
    button.setObjectName("mode")
    button.setText(name)
    button.setToolTip(f"{name}: {tip}" + (f"  ({key})" if key else ""))
    button.setAccessibleName(name)
    button.setCheckable(True)
    button.setFixedHeight(px(32))

    def chosen(_checked: bool) -> None:
        choose()

    button.clicked.connect(chosen)
    return button


def small_icon_button(name: str, tip: str) -> QToolButton:
    """A 24 x 24 button for the line of a heading. What stands before a colon of the tip is its name."""
    button = icon_button(name, tip, name_in(tip))
    button.setIconSize(QSize(px(16), px(16)))
    button.setFixedSize(px(24), px(24))
    return button


def name_in(tip: str) -> str:
    """What stands before the colon, in any script and with the space that French has there."""
    return re.split("[:：]", tip, maxsplit=1)[0].strip()


def action_button(action: QAction) -> QToolButton:
    """An icon button for a command: name, tooltip, shortcut and enabled state come from it."""
    button = icon_button("more", action.toolTip(), action.text())
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button


def accept_or_cancel(dialog: QDialog, text: str = tr("Save")) -> tuple[QPushButton, QHBoxLayout]:
    """The last row of a dialog: the button that accepts it (also on Enter), and the row with Cancel beside it."""
    accept, cancel = QPushButton(text), QPushButton(tr("Cancel"))
    accept.setObjectName("accept")
    accept.setDefault(True)
    accept.clicked.connect(dialog.accept)
    cancel.clicked.connect(dialog.reject)
    row = QHBoxLayout()
    row.setSpacing(px(8))
    row.addStretch()
    row.addWidget(cancel)
    row.addWidget(accept)
    return accept, row


def pressed_by_enter(button: QPushButton) -> None:
    """The button hears Enter while it has the focus, in a dialog without a default button: its fields want Enter."""
    button.setAutoDefault(False)
    shortcut = QShortcut(button)
    shortcut.setKeys([QKeySequence(key) for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)])
    shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
    shortcut.activated.connect(button.click)


def describe(widget: QWidget, entry: Entry) -> None:
    """Give a control its tooltip and its name and description for screen readers."""
    widget.setToolTip(f"{entry.title}: {entry.sentence}")
    widget.setAccessibleName(entry.title)
    widget.setAccessibleDescription(entry.sentence)


def show_reason(controls: Iterable[QWidget], entry: Entry, reason: str, note: QLabel) -> None:
    """Grey controls that mean nothing now, and say why in `note` and their tooltips; an empty reason ungreys them."""
    for control in controls:
        control.setEnabled(not reason)
        describe(control, entry)
        if reason:
            control.setToolTip(f"{entry.title}: {reason}")
            control.setAccessibleDescription(reason)
    note.setWordWrap(True)
    note.setText(reason)
    note.setVisible(bool(reason))


def fit_height_to_rows(rows: QListWidget, most: int) -> None:
    """Make the list as high as its rows, but no more than `most` of them; the rest is scrolled to."""
    count = min(rows.count(), most)
    rows.setFixedHeight(count * rows.sizeHintForRow(0) + 2 * rows.frameWidth())


def shrink_to_content(popup: QWidget) -> None:
    """Make a popup of fixed width as low as its layout allows, also while it is shown (`adjustSize` stops at 100)."""
    layout = popup.layout()
    assert layout is not None
    layout.activate()  # else the least height of what was in it before still holds
    width = popup.width()
    height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
    popup.resize(width, height)


class HelpButton(QToolButton):
    """The "?" of a control.

    Signals:
        asked(Entry, QWidget): show the card of the entry beside this button.
    """

    asked = Signal(object, object)

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.setObjectName("icon")
        self.setIcon(icon("help"))
        self.setIconSize(QSize(px(16), px(16)))
        self.setFixedSize(px(24), px(24))
        self.setToolTip(tr("What is “{name}”?", name=entry.name))
        self.setAccessibleName(tr("Help: {title}", title=entry.title))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(lambda: self.asked.emit(entry, self))
