"""Parts of the process page that lie over each other, one of them in front."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStackedLayout, QWidget


def bring_forward(parts: QStackedLayout, part: QWidget, holder: QWidget, keys: QWidget) -> None:
    """Show `part`. The keys of `holder`, in which it lies, are for `keys` from now on, and go there if they were in
    `holder`: what is hidden would lose them to nobody.
    """
    focus = QApplication.focusWidget()
    had_focus = focus is not None and holder.isAncestorOf(focus)
    parts.setCurrentWidget(part)
    holder.setFocusProxy(keys)
    if had_focus:
        holder.setFocus()
