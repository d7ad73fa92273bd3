"""What is kept beside the prompt: its history and the styles, in a book that their popups change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QWidget

from studio.core.request import Prompt
from studio.settings.prompt_book import PromptBook, PromptStyle
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.ui.prompt_editor.styles_popup import StylesPopup


class PromptShelf(QObject):
    """Holds the prompt book of the running program.

    Signals:
        changed(PromptBook): to be saved.
        prompt_chosen(Prompt): put this prompt into the panel.
            styles_changed(): others are in use, or what they say is another.
        style_deleted(PromptStyle): can be put back.
    """

    changed = Signal(object)
    prompt_chosen = Signal(object)
    styles_changed = Signal()
    style_deleted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._book = PromptBook()
        self._styles_popup: StylesPopup | None = None

    @property
    def book(self) -> PromptBook:
        return self._book

    def open(self, book: PromptBook) -> None:
        """Begin with this book, which was on disk. A picture may have been made before it was read."""
        for prompt in reversed(self._book.history):
            book = book.remembering(prompt)
        self._book = book
        self.styles_changed.emit()

    def remember(self, prompt: Prompt) -> None:
        """A picture is made of this prompt."""
        self._change(self._book.remembering(prompt))

    def forget(self, prompt: Prompt) -> None:
        """This prompt is no more wanted in the history."""
        self._change(self._book.forgetting(prompt))

    def apply(self, name: str) -> None:
        """The style of this name goes around the prompt, after those in use."""
        self._change(self._book.applying(name, apply=True))

    def take_off(self, name: str) -> None:
        """The style of this name is no more in use."""
        self._change(self._book.applying(name, apply=False))

    def take_all_off(self) -> None:
        """No style is in use any more."""
        self._change(self._book.without_applied())

    def delete(self, name: str) -> None:
        """The style of this name is gone; it can be put back."""
        style = self._book.style(name)
        self._change(self._book.without_style(name))
        if self._styles_popup is not None:
            self._styles_popup.show_book(self._book)
        if style is not None:
            self.style_deleted.emit(style)

    def put_back(self, style: PromptStyle) -> None:
        """A deleted style is there again."""
        self._change(self._book.with_style(style))

    # What only opens when asked is imported then: the window is painted without it.

    def show_history(self, below: QWidget) -> None:
        from studio.ui.prompt_editor.history_popup import HistoryPopup

        popup = HistoryPopup(self._parent, self._book.history)
        popup.chosen.connect(self.prompt_chosen)
        popup.forgotten.connect(self.forget)
        popup.show_at(_below(below))

    def show_styles(self, below: QWidget) -> None:
        from studio.ui.prompt_editor.styles_popup import StylesPopup

        popup = StylesPopup(self._parent, self._book)
        popup.ticked.connect(self._on_ticked)
        popup.add_requested.connect(self._add_style)
        popup.change_requested.connect(self._change_style)
        popup.delete_requested.connect(self.delete)
        popup.destroyed.connect(self._forget_popup)
        self._styles_popup = popup
        popup.show_at(_below(below))

    def _on_ticked(self, name: str, apply: bool) -> None:
        self._change(self._book.applying(name, apply=apply))

    def _add_style(self) -> None:
        self._ask_for_style(None, self._on_added)

    def _on_added(self, style: PromptStyle) -> None:
        """Who writes a style wants to use it."""
        self._change(self._book.with_style(style).applying(style.name, apply=True))

    def _change_style(self, name: str) -> None:
        style = self._book.style(name)
        self._ask_for_style(style, lambda changed: self._change(self._book.with_style(changed, instead_of=name)))

    def _ask_for_style(self, style: PromptStyle | None, decided: Callable[[PromptStyle], None]) -> None:
        from studio.ui.prompt_editor.style_dialog import StyleDialog

        if self._styles_popup is not None:
            self._styles_popup.close()
        dialog = StyleDialog(self._parent, style, [other.name for other in self._book.styles if other != style])
        dialog.decided.connect(decided)
        dialog.open()

    def _change(self, book: PromptBook) -> None:
        if book == self._book:
            return
        styles_before = self._book.applied_styles
        self._book = book
        self.changed.emit(book)
        if book.applied_styles != styles_before:
            self.styles_changed.emit()

    def _forget_popup(self) -> None:
        self._styles_popup = None


def _below(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(QPoint(0, widget.height() + px(4)))
