"""The engine works with what the window leaves of the processors."""

from __future__ import annotations

import os
import sys
import threading

from PySide6.QtCore import QThread

ENGINE_PRIORITY = QThread.Priority.LowPriority
"""What Qt gives a thread on Windows and macOS. Linux has one priority for all threads of its usual policy, so that
`give_way_to_window` is needed there."""

_LAST_NICENESS = 19  # at 10 the window still waits up to 19 ms (p99) for torch's threads on 2 cores, at 19 up to 15


def give_way_to_window() -> None:
    """Let every thread of a usual priority go before the calling one, and before those that it starts from now on, as
    torch's. Costs nothing while a processor is free. Called in the engine's thread; only Linux needs it."""
    if sys.platform == "linux":  # where niceness is one of each thread (sched(7)); POSIX has it of the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST_NICENESS)
