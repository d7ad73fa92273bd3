"""While pictures are made the computer stays awake; when a long run ends unseen, the window asks for attention."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QProcess
from PySide6.QtWidgets import QApplication, QWidget

from studio.app import session_bus

_log = logging.getLogger("studio.app")
_WHO, _WHY = "Latent Studio", "A picture is being made"
_LONG_SECONDS = 10.0
"""Whoever waits for less is still looking."""


class Inhibitor(Protocol):
    """Both may be called again without effect. It ends with the program, however that ends."""

    def hold(self) -> None: ...

    def release(self) -> None: ...

    def close(self) -> None:
        """Release it, and wait until it is."""
        ...


class InhibitorProcess:
    """A program of the system holds the computer awake until its input is closed."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._process: QProcess | None = None
        self._ending: QProcess | None = None
        self._is_missing = False

    def hold(self) -> None:
        if self._process is None and not self._is_missing:
            self._process = QProcess()
            self._process.errorOccurred.connect(self._on_error)
            self._process.start(self._command[0], list(self._command[1:]))

    def release(self) -> None:
        if self._process is not None:
            self._process.closeWriteChannel()
            self._ending, self._process = self._process, None

    def close(self) -> None:
        self.release()
        if self._ending is not None:
            self._ending.waitForFinished(1000)

    def _on_error(self, error: QProcess.ProcessError) -> None:
        self._is_missing = error is QProcess.ProcessError.FailedToStart
        _log.info("the computer may fall asleep while pictures are made: %s: %s", self._command[0], error.name)


class DesktopInhibitor:
    """The desktop is asked over its bus, where the system has no program for it: in Flatpak, or without systemd."""

    def __init__(self) -> None:
        self._is_held = False

    def hold(self) -> None:
        if not self._is_held:
            self._is_held = True
            session_bus.inhibit_sleep(_WHO, _WHY)

    def release(self) -> None:
        if self._is_held:
            self._is_held = False
            session_bus.allow_sleep()

    def close(self) -> None:
        self.release()


class WindowsInhibitor:
    """`SetThreadExecutionState`: what it sets holds until the thread, that of the window, sets it back or ends."""

    _CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001

    def hold(self) -> None:
        self._set(self._CONTINUOUS | self._SYSTEM_REQUIRED)

    def release(self) -> None:
        self._set(self._CONTINUOUS)

    def close(self) -> None:
        self.release()

    def _set(self, state: int) -> None:
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.SetThreadExecutionState(state)


def system_inhibitor() -> Inhibitor:
    """What this system does it with."""
    if sys.platform == "win32":
        return WindowsInhibitor()
    if sys.platform == "darwin":
        return InhibitorProcess(("caffeinate", "-i", "cat"))
    is_sandboxed = "FLATPAK_ID" in os.environ
    if session_bus.is_there() and (is_sandboxed or shutil.which("systemd-inhibit") is None):
        return DesktopInhibitor()
    who_and_why = (f"--who={_WHO}", f"--why={_WHY}", "--mode=block")
    return InhibitorProcess(("systemd-inhibit", "--what=idle:sleep", *who_and_why, "cat"))


class Awake(QObject):
    """Looks at the queue whenever it is told that it changed."""

    def __init__(
        self,
        window: QWidget,
        is_busy: Callable[[], bool],
        inhibitor: Inhibitor,
        alert: Callable[[QWidget], None] = QApplication.alert,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._window = window
        self._is_busy = is_busy
        self._inhibitor = inhibitor
        self._alert = alert
        self._clock = clock
        self._busy_since: float | None = None

    def look(self) -> None:
        busy = self._is_busy()
        if busy and self._busy_since is None:
            self._busy_since = self._clock()
            self._inhibitor.hold()
        elif not busy and self._busy_since is not None:
            was_long = self._clock() - self._busy_since >= _LONG_SECONDS
            self._busy_since = None
            self._inhibitor.release()
            if was_long and not self._window.isActiveWindow():
                self._alert(self._window)

    def close(self) -> None:
        self._inhibitor.close()
