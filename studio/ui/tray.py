"""The icon in the system's tray, for those who want one: how far a run is, and what is done most while one waits."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from studio.core.language import tr
from studio.ui.icons import application_icon
from studio.ui.main_window import MainWindow
from studio.ui.theme import current_tokens

_SIDE = 64
_LINE = 8


class Tray(QSystemTrayIcon):
    """Its menu has the window's own commands, so that both always say the same."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(application_icon(), window)
        self._menu = QMenu(window)
        show = QAction(tr("Show the window"), self._menu)
        show.triggered.connect(window.come_to_front)
        self._menu.addAction(show)
        self._menu.addSeparator()
        commands = window.commands
        self._menu.addActions([commands.hold_queue, commands.cancel])
        self._menu.addSeparator()
        self._menu.addAction(commands.quit)
        self.setContextMenu(self._menu)
        self.activated.connect(self._on_activated)
        self._window = window
        self.show_progress(None)

    def show_progress(self, fraction: float | None) -> None:
        """0 to 1, as an arc around the icon and as words; None: nothing runs."""
        name = "Latent Studio"
        self.setIcon(application_icon() if fraction is None else _with_arc(fraction))
        self.setToolTip(name if fraction is None else f"{name}: {fraction:.0%}")

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._window.come_to_front()


def _with_arc(fraction: float) -> QIcon:
    pixmap = QPixmap(_SIDE, _SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    application_icon().paint(painter, pixmap.rect().adjusted(_LINE, _LINE, -_LINE, -_LINE))
    tokens = current_tokens()
    frame = QRectF(pixmap.rect()).adjusted(_LINE / 2, _LINE / 2, -_LINE / 2, -_LINE / 2)
    for colour, turned in ((tokens.control, 1.0), (tokens.accent, fraction)):
        painter.setPen(QPen(QColor(colour), _LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawArc(frame, 90 * 16, round(-360 * 16 * turned))
    painter.end()
    return QIcon(pixmap)
