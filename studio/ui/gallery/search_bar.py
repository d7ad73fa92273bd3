"""Where pictures are looked for and sorted: above the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QActionGroup, QColor, QInputMethodEvent, QTextCharFormat
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.gallery.search.query import Fault, FaultReason
from studio.gallery.search.sql import PictureOrder
from studio.ui.controls import icon_button, label, offer_menu, prepare_search
from studio.ui.gallery.order_names import ORDER_NAMES
from studio.ui.gallery.search_field import SearchField
from studio.ui.messages import search_fault_text
from studio.ui.theme import current_tokens, px

_MILLISECONDS_TO_WAIT = 80
"""While somebody types."""
_MILLISECONDS_OF_THOUGHT = 1200
"""After which what is being typed is no longer taken for begun."""
_UNFINISHED = {FaultReason.VALUE_MISSING, FaultReason.QUOTE_UNCLOSED}
_TIP = tr(
    "Words of the prompt, or filters: model: lora: sampler: steps:>20 cfg: seed: size:512x512 rating:>=4 is:favourite "
    "tag: note: album: made:inpaint date:2026-11 from: colour:orange like:  ·  “-” before one: without it, OR: either  "
    "(Ctrl+Shift+F)"
)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is typed, and how it shall be sorted."""

    text: str = ""
    order: PictureOrder = PictureOrder.NEWEST

    @property
    def is_whole_gallery(self) -> bool:
        """Whether a new picture comes first, whatever it is."""
        return not self.text.strip() and self.order is PictureOrder.NEWEST


class SearchBar(QWidget):
    """A field and a button for the order; what is not understood is underlined and said below.

    What is still being typed is let be for a moment: `date:20` is begun, not wrong.

    Signals:
        asked(SearchRequest): another search, when the typing has stopped for a moment.
    """

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.field = SearchField()
        prepare_search(self.field, tr("Search"), _TIP)  # in the smallest window there is no room for more
        self.field.setAccessibleName(tr("Search pictures"))
        self.order_button = icon_button("sort", tr("Sort the pictures"))
        offer_menu(self.order_button, self._order_menu())
        self.albums_button = icon_button("album", tr("Albums and kept searches"))
        self._fault = label("", "fault")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._order = PictureOrder.NEWEST
        self._typing = QTimer(self, singleShot=True, interval=_MILLISECONDS_TO_WAIT)
        self._typing.timeout.connect(self._ask)
        self._faults: Sequence[Fault] = ()
        self._is_typing = False
        self._thinking = QTimer(self, singleShot=True, interval=_MILLISECONDS_OF_THOUGHT)
        self._thinking.timeout.connect(self._on_pause)
        self.field.textEdited.connect(self._on_edited)
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self._ask)
        self.field.editingFinished.connect(self._on_finished)
        self.field.cursorPositionChanged.connect(self._on_caret_moved)
        self._lay_out()

    @property
    def request(self) -> SearchRequest:
        return SearchRequest(self.field.text(), self._order)

    @property
    def is_waiting(self) -> bool:
        """What is being typed may still become right."""
        return self._thinking.isActive()

    def sort(self, order: PictureOrder) -> None:
        """Sort by this at once."""
        self._menu_actions[order].trigger()

    def search(self, text: str) -> None:
        """Look for this at once."""
        self._is_typing = False
        self.field.setText(text)
        self.field.home(False)  # what it is comes first, not the end of a long name
        self._ask()

    def clear(self) -> None:
        """Back to all pictures, newest first."""
        self.sort(PictureOrder.NEWEST)
        self.search("")

    def show_faults(self, faults: Sequence[Fault]) -> None:
        """Of the text as it is."""
        self._faults = faults
        told = [fault for fault in faults if not self._is_begun(fault)]
        self._tell(told)
        if len(told) < len(faults):
            self._thinking.start()

    def _is_begun(self, fault: Fault) -> bool:
        end = len(self.field.text()) if fault.reason is FaultReason.QUOTE_UNCLOSED else fault.end
        return self._is_typing and fault.start <= self.field.cursorPosition() <= end

    def _tell(self, faults: Sequence[Fault]) -> None:
        self._underline(faults)
        self._fault.setText(search_fault_text(faults[0], self.field.text()) if faults else "")
        self._fault.setVisible(bool(faults))

    def _on_edited(self) -> None:
        self._is_typing = True

    def _on_typed(self) -> None:
        self._thinking.stop()
        self.show_faults(())
        self._typing.start()

    def _on_pause(self) -> None:
        """What lacks its end waits for that, however long it takes; a wrong value is told."""
        self._tell([fault for fault in self._faults if fault.reason not in _UNFINISHED])

    def _on_finished(self) -> None:
        self._thinking.stop()
        self._is_typing = False
        self.show_faults(self._faults)

    def _on_caret_moved(self) -> None:
        if self._faults:
            self.show_faults(self._faults)

    def _ask(self) -> None:
        self._typing.stop()
        self.asked.emit(self.request)

    def _choose_order(self, order: PictureOrder, _checked: bool = True) -> None:
        if order is not self._order:
            self._order = order
            self.order_button.setToolTip(tr("Sort the pictures: {order}", order=ORDER_NAMES[order]))
            self._ask()

    def _order_menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        self._menu_actions = {order: menu.addAction(name) for order, name in ORDER_NAMES.items()}
        for order, action in self._menu_actions.items():
            action.setCheckable(True)
            action.setActionGroup(group)
            action.triggered.connect(partial(self._choose_order, order))
        self._menu_actions[PictureOrder.NEWEST].setChecked(True)
        return menu

    def _underline(self, faults: Sequence[Fault]) -> None:
        """A QLineEdit shows formats in its text only where an input method sets them."""
        style = QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(QColor(current_tokens().danger))
        kind, cursor = QInputMethodEvent.AttributeType.TextFormat, self.field.cursorPosition()
        attributes = [
            QInputMethodEvent.Attribute(kind, fault.start - cursor, fault.end - fault.start, style) for fault in faults
        ]
        QCoreApplication.sendEvent(self.field, QInputMethodEvent("", attributes))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(px(4))
        row.addWidget(self.field, 1)
        row.addWidget(self.albums_button)
        row.addWidget(self.order_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addWidget(self._fault)
