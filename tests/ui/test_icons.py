"""Icons are drawn once, in the colour of each theme."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from studio.app.window_imports import import_for_window
from studio.settings.model import Theme
from studio.ui import icons
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


def test_the_window_reads_no_drawing_while_it_paints(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read behind it, right after the start."""
    icons._drawing.cache_clear()
    icons._renderer.cache_clear()
    import_for_window()
    reads: list[str] = []
    read_bytes = Path.read_bytes

    def told(path: Path) -> bytes:
        reads.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", told)
    assert not icon("polygon").pixmap(23, 23).isNull()
    assert reads == []
