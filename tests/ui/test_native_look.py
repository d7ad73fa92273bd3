"""What Windows and macOS say about their looks. Here Qt's own palette stands for theirs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.settings.model import Theme
from studio.ui.desktop_look import PLAIN_LOOK, DesktopLook
from studio.ui.native_look import NativeLook, native_look
from studio.ui.theme import DARK, apply_theme, current_tokens


def test_the_desktop_is_asked_whenever_its_theme_changes(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    says = [PLAIN_LOOK]
    heard: list[DesktopLook] = []
    look = NativeLook(window, lambda: says[-1])
    look.changed.connect(heard.append)
    look.ask()
    assert heard == []
    says.append(DesktopLook("#ed5b00"))
    for _ in range(2):
        QApplication.sendEvent(window, QEvent(QEvent.Type.ThemeChange))
    assert heard == [says[-1]]
    look.close()
    says.append(PLAIN_LOOK)
    QApplication.sendEvent(window, QEvent(QEvent.Type.ThemeChange))
    assert len(heard) == 1


def test_asking_leaves_the_windows_own_colours(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    apply_theme(qapp, Theme.DARK)
    assert native_look() == PLAIN_LOOK
    assert current_tokens() is DARK

    desktops = QPalette()
    desktops.setColor(QPalette.ColorRole.Accent, QColor("#ed5b00"))
    put = QApplication.setPalette
    monkeypatch.setattr(QApplication, "setPalette", lambda palette: put(desktops if palette == QPalette() else palette))
    assert native_look() == DesktopLook("#ed5b00")
    assert current_tokens() is DARK
