"""The one place that says whether anything may move by itself."""

from __future__ import annotations

from PySide6.QtWidgets import QStyle, QWidget


def motion_is_wanted(widget: QWidget) -> bool:
    """False under reduced motion: the desktop's, as `apply_theme` was told of it, or the style's own."""
    return widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, widget) > 0
