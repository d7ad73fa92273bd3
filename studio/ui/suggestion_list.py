"""The list of what could follow, below the caret. It never has the focus: typing goes on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.ui.controls import fit_height_to_rows
from studio.ui.theme import current_tokens, px

_MOST_ROWS = 8
_WIDTH = 264
_MARGIN = 8
"""To the edge of the window."""
_HINT = Qt.ItemDataRole.UserRole
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
_TAKING_KEYS = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab}


class SuggestionList(QFrame):
    """Lies over the window of `field`, to which the keys go.

    Signals:
        chosen(str): a name was clicked, or taken with a key.
    """

    chosen = Signal(str)

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field
        self.setObjectName("popup")
        self.setAccessibleName(tr("Suggestions"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows = QListWidget()
        self.rows.setObjectName("rows")
        self.rows.setAccessibleName(tr("Names that fit"))
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setItemDelegate(_WithHint(self.rows))
        self.rows.itemClicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(4), px(4), px(4), px(4))
        column.addWidget(self.rows)
        self.hide()

    @property
    def is_open(self) -> bool:
        return self.isVisible()

    @property
    def current(self) -> str | None:
        """The name that Enter takes; None while none is chosen."""
        row = self.rows.currentRow()
        return self.rows.item(row).text() if row >= 0 else None

    def offer(
        self,
        names: Sequence[str],
        caret: QRect,
        *,
        first_is_current: bool,
        hints: Sequence[str] = (),
        colours: Sequence[str] = (),
    ) -> None:
        """Show these names below `caret`, a place in the field; hide where there are none. `hints` say in a few words
        what each is for; `colours`, as #rrggbb or nothing, stand before them."""
        if not names:
            self.hide()
            return
        self.rows.clear()
        self.rows.addItems(names)
        for row, name in enumerate(names):
            hint = hints[row] if hints else ""
            self.rows.item(row).setToolTip(f"{name}  {hint}" if hint else name)
            self.rows.item(row).setData(_HINT, hint)
            if colours and colours[row]:
                self.rows.item(row).setIcon(swatch(colours[row], self.devicePixelRatioF()))
        self.rows.setCurrentRow(0 if first_is_current else -1)
        self._stand_at(caret)

    def move_by(self, rows: int) -> None:
        """Choose another name, around the ends for single steps."""
        count, row = self.rows.count(), self.rows.currentRow()
        if abs(rows) == 1:
            row = (row + rows) % count if row >= 0 else (0 if rows > 0 else count - 1)
        else:
            row = max(0, min(row + rows, count - 1))
        self.rows.setCurrentRow(row)

    def use_key(self, event: QKeyEvent) -> bool:
        """What a key means while names are suggested; False: what it always means."""
        key = Qt.Key(event.key())
        if not self.is_open or without_keypad(event):
            return False
        if key in _STEPS:
            self.move_by(_STEPS[key])
        elif key == Qt.Key.Key_Escape:
            self.hide()
        elif key in _TAKING_KEYS and (self.current is not None or key == Qt.Key.Key_Tab):
            self.chosen.emit(self.current or self.rows.item(0).text())
        else:
            return False
        return True

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.text())

    def _stand_at(self, caret: QRect) -> None:
        """Below the caret, or above it where there is no room; never beyond the window's edge."""
        window = self._field.window()
        if self.parent() is not window:
            self.setParent(window)
        self.setFixedWidth(min(px(_WIDTH), window.width()))
        fit_height_to_rows(self.rows, _MOST_ROWS)
        self.setFixedHeight(self.rows.height() + 2 * px(4))
        below = self._field.mapTo(window, caret.bottomLeft()) + QPoint(0, px(4))
        if below.y() + self.height() > window.height():
            below.setY(self._field.mapTo(window, caret.topLeft()).y() - px(4) - self.height())
        below.setX(max(0, min(below.x(), window.width() - self.width() - px(_MARGIN))))
        self.move(below)
        self.show()
        self.raise_()


class _WithHint(QStyledItemDelegate):
    """The hint stands at the right end of the row, where there is room."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        hint = str(index.data(_HINT) or "")
        if hint:
            place: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
            painter.save()
            painter.setPen(QColor(current_tokens().muted))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(place.adjusted(0, 0, -px(8), 0), right, hint)
            painter.restore()


def swatch(colour: str, ratio: float) -> QIcon:
    """A spot of the colour (#rrggbb), with an edge that shows on any ground; `ratio`: pixels of the screen for one of
    the window."""
    tokens, side = current_tokens(), px(16)
    pixmap = QPixmap(QSize(side, side) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(tokens.control))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(1.5, 1.5, side - 3, side - 3))
    painter.end()
    return QIcon(pixmap)


def without_keypad(event: QKeyEvent) -> Qt.KeyboardModifier:
    """The modifiers without that of the keypad, which macOS also reports for its arrow keys."""
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
