"""The page of the circuit diagram about the desktop: what it shows of the program while nobody looks at the window."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from studio.app import session_bus
from studio.app.awake import Awake, system_inhibitor
from studio.app.kept_settings import KeptSettings
from studio.app.update_announcement import Update
from studio.app.update_watch import UpdateWatch
from studio.core.errors import StudioError
from studio.core.job import JobId
from studio.core.language import tr
from studio.core.progress import Progress, StepProgress
from studio.ui.main_window import MainWindow
from studio.ui.native_look import NativeLook, native_look
from studio.ui.notice_bar import Notice
from studio.ui.tray import Tray
from studio.worker.generation_service import GenerationService

if TYPE_CHECKING:
    from studio.app.desktop_portal import DesktopPortal


class DesktopWiring:
    """Everything about the desktop. `start` comes after the window is there."""

    def __init__(
        self,
        window: MainWindow,
        service: GenerationService,
        settings: KeptSettings,
        is_idle: Callable[[], bool],
        announce: Callable[[StudioError], None],
    ) -> None:
        self._window = window
        self._settings = settings
        self._is_idle = is_idle
        self._tray: Tray | None = None
        self._shown: float | None = None
        self.awake = Awake(window, lambda: not is_idle(), system_inhibitor(), self._tell_end)
        self.updates = UpdateWatch(window.notices, announce, _find_update)
        self.look: DesktopPortal | NativeLook | None = None
        service.queue_changed.connect(self.awake.look)
        service.queue_changed.connect(self._on_queue_changed)
        service.progressed.connect(self._on_progressed)
        commands = window.commands
        commands.tray.setChecked(settings.value.desktop.tray)
        commands.update_check.setChecked(settings.value.updates.check)
        commands.hold_queue.toggled.connect(service.set_held)
        commands.tray.toggled.connect(self._on_tray_wanted)
        commands.update_check.toggled.connect(self._on_updates_wanted)

    def start(self) -> None:
        self._follow_look()
        if self._settings.value.desktop.tray:
            self._show_tray()
        if self._settings.value.updates.check:
            self.updates.look(tell_all=False)

    def _follow_look(self) -> None:
        """Not before the window is there: importing what asks a desktop takes a while, and so does its answer."""
        self.look = _watch_over_look(self._window)
        if self.look is not None:
            self.look.changed.connect(self._settings.follow_desktop)
        if isinstance(self.look, NativeLook):
            self.look.ask()

    def close(self) -> None:
        self._show_progress(None)
        self.awake.close()
        self.updates.close()
        if self.look is not None:
            self.look.close()
        if self._tray is not None:
            self._tray.hide()

    def _on_progressed(self, _job_id: JobId, progress: Progress) -> None:
        if isinstance(progress, StepProgress):
            self._show_progress(progress.fraction)

    def _on_queue_changed(self) -> None:
        if self._is_idle():
            self._show_progress(None)

    def _show_progress(self, fraction: float | None) -> None:
        if fraction == self._shown:
            return
        self._shown = fraction
        if session_bus.is_there():
            session_bus.show_progress(fraction)
        if self._tray is not None:
            self._tray.show_progress(fraction)

    def _tell_end(self, window: QWidget) -> None:
        """A long run has ended unseen."""
        QApplication.alert(window)
        title, text = tr("Your pictures are made"), tr("Nothing waits in the queue any more.")
        if self._tray is not None:
            self._tray.showMessage(title, text, self._tray.icon())
        elif session_bus.is_there():
            session_bus.notify(title, text)

    def _on_tray_wanted(self, wanted: bool) -> None:
        self._settings.set_tray(wanted)
        if wanted:
            self._show_tray()
        elif self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None

    def _show_tray(self) -> None:
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = Tray(self._window)
            self._tray.show()
        else:
            text = tr("The icon will be there as soon as the program starts on a desktop that has one.")
            self._window.notices.show_notice(Notice(tr("This desktop has no tray"), text, key="tray"))

    def _on_updates_wanted(self, wanted: bool) -> None:
        self._settings.set_update_check(wanted)
        if wanted:
            self.updates.look(tell_all=True)


def _watch_over_look(window: QWidget) -> DesktopPortal | NativeLook | None:
    """None on a Linux without a session bus: nobody could say anything."""
    if not sys.platform.startswith("linux"):
        return NativeLook(window, native_look)
    if not session_bus.is_there():
        return None
    from studio.app.desktop_portal import DesktopPortal

    return DesktopPortal()


async def _find_update() -> Update | None:
    from studio.app import update_check

    return await update_check.find_update(update_check.UPDATE_ADDRESS, update_check.PUBLIC_KEYS)
