"""What Windows and macOS say about looks, beside light and dark: asked at the start, and when the theme changes."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.desktop_look import PLAIN_LOOK, DesktopLook

_FUSIONS_OWN_ACCENT = "#308cc6"


class NativeLook(QObject):
    """Listens at `window`.

    Signals:
        changed(DesktopLook): the desktop was asked, and something is not as before.
    """

    changed = Signal(object)

    def __init__(self, window: QWidget, read: Callable[[], DesktopLook]) -> None:
        super().__init__(window)
        self._window = window
        self._read = read
        self._look = PLAIN_LOOK
        window.installEventFilter(self)

    def ask(self) -> None:
        look = self._read()
        if look != self._look:
            self._look = look
            self.changed.emit(look)

    def close(self) -> None:
        self._window.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ThemeChange:
            self.ask()
        return False


def native_look() -> DesktopLook:
    """As Qt and the system know it. Whether macOS wants less motion cannot be asked through Qt."""
    return DesktopLook(_accent(), _is_still())


def _accent() -> str | None:
    """The application's palette covers that of the desktop, so it is taken away for a moment."""
    ours = QPalette(QApplication.palette())
    QApplication.setPalette(QPalette())
    accent = QApplication.palette().color(QPalette.ColorRole.Accent).name()
    QApplication.setPalette(ours)
    return None if accent == _FUSIONS_OWN_ACCENT else accent


def _is_still() -> bool:
    """The choice "Animation effects" of Windows."""
    if sys.platform != "win32":
        return False
    import ctypes

    wanted = ctypes.c_int(1)
    ctypes.windll.user32.SystemParametersInfoW(0x1042, 0, ctypes.byref(wanted), 0)  # SPI_GETCLIENTAREAANIMATION
    return wanted.value == 0
