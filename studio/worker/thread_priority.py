"""The engine works with what the window leaves of the processors."""

from __future__ import annotations

import os
import sys
import threading

from PySide6.QtCore import QThread

ENGINE_PRIORITY = QThread.Priority.LowPriority
"""What Qt gives a thread on Windows and macOS. Linux has one priority for all threads of its usual policy, so that
`give_way_to_window` is needed there."""

_NICENESS = 10
"""A tenth of what a usual thread gets where both want the same processor. Gaps in the window while pictures are made,
on 2 processors: p99 24 ms at 0, 17-19 at 10, 15 at 19; but at 19 any other busy program brings the engine to a halt."""


def give_way_to_window() -> None:
    """Let every thread of a usual priority go before the calling one, and before those that it starts from now on, as
    torch's. Costs nothing while a processor is free. Called in the engine's thread; only Linux needs it."""
    if sys.platform == "linux":  # where niceness is one of each thread (sched(7)); POSIX has it of the whole process
        thread = threading.get_native_id()
        niceness = os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS  # the system takes more than 19 for 19
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
