"""Icons are drawn once, in the colour of each theme."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from studio.settings.model import Theme
from studio.ui.icons import icon
from studio.ui.theme import apply_theme


def test_an_icon_is_drawn_once_for_each_look(qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)
    dark = icon("search").pixmap(24, 24)
    assert icon("search").pixmap(24, 24).cacheKey() == dark.cacheKey()
    others = (icon("search").pixmap(24, 24, QIcon.Mode.Disabled), icon("sort").pixmap(24, 24))
    apply_theme(qapp, Theme.LIGHT)
    light = icon("search").pixmap(24, 24)
    apply_theme(qapp, Theme.DARK)
    assert icon("search").pixmap(24, 24).cacheKey() == dark.cacheKey()
    assert dark.toImage() not in [other.toImage() for other in (*others, light)]
