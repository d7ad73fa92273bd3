"""Starts the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app import crash, session_bus
from studio.app.application import DesktopApplication
from studio.app.engine_factory import create_session
from studio.app.log import install_qt_bridge
from studio.app.preload import SWITCH_INTERVAL_SECONDS, collector_paused
from studio.app.single_instance import SingleInstance, hand_over
from studio.app.spoken import translate_qt
from studio.app.wiring import Studio
from studio.core.errors import AlreadyRunning, NoScreen
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from studio.app.smoke import Smoke


def run_window(
    paths: UserPaths,
    last_crash: crash.CrashReport | None,
    *,
    smoke: bool = False,
    safe: bool = False,
    files: Sequence[Path] = (),
) -> int:
    """Show the window until it is closed, with `files` opened; returns the exit code. If there is a window already, it
    opens them and comes to the front. `safe`: with the settings of a first start, without changing yours.

    Log and crash hooks must have been started.

    Raises:
        NoScreen: there is no desktop.
        AlreadyRunning: another instance uses these paths, and does not answer.
        StudioError: a store cannot be used.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    _check_screen()
    application = DesktopApplication(sys.argv[:1])
    application.setApplicationName("Latent Studio")
    application.setDesktopFileName(session_bus.desktop_entry())
    translate_qt(application)
    install_qt_bridge()
    try:
        instance = SingleInstance(paths)
    except AlreadyRunning:
        if not smoke and hand_over(paths, files):
            return 0
        raise
    with collector_paused():
        studio = Studio(application, paths, create_session, safe=safe)
    if last_crash is not None:
        studio.announcements.wait_with_crash(last_crash)
    studio.open_files(files)
    instance.asked.connect(studio.come_to_front)
    application.asked.connect(studio.come_to_front)
    check = _smoke(studio) if smoke else None
    application.setQuitOnLastWindowClosed(True)
    studio.show()
    exit_code = application.exec()
    stopped = studio.close()
    instance.close()
    if not stopped:  # a thread hangs in a library: everything is saved, so leave without waiting for it
        os._exit(exit_code)
    return check.exit_code if check is not None else exit_code


def _check_screen() -> None:
    """Without a screen Qt would abort the process."""
    ways = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in ways):
        raise NoScreen


def _smoke(studio: Studio) -> Smoke:
    from studio.app.smoke import Smoke

    return Smoke(studio)
