"""The last net: exceptions that nobody expected go to the log, a crash of the interpreter leaves a text for next time.

Nothing is written to the terminal. Installed before Qt is imported.
"""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

UnknownExceptionListener: TypeAlias = Callable[[BaseException], None]

_log = logging.getLogger("studio.crash")
_LONGEST_REPORT = 64 * 1024


@dataclass(frozen=True, slots=True)
class CrashReport:
    """The last run did not end: `text` is the stack of every thread at the moment `at` (UTC) of its crash."""

    text: str
    at: datetime

    @property
    def summary(self) -> str:
        """The kind of the crash in one line, such as "Fatal Python error: Segmentation fault"."""
        return self.text.partition("\n")[0]


def install(crash_file: Path, listener: UnknownExceptionListener | None = None) -> CrashReport | None:
    """Set the hooks, with a `listener` if there is one already; a segfault or abort is written to `crash_file`.

    Returns what the last run left there, and empties it. A file that cannot be written is logged; the hooks work
    without it.
    """
    on_unknown_exception(listener or tell_nobody)
    report = _read_report(crash_file)
    try:
        file = crash_file.open("wb", buffering=0)
    except OSError as error:
        _log.warning("no crash file: %s", error)
    else:
        faulthandler.enable(file)  # keeps the file open as long as the process lives
    return report


def on_unknown_exception(listener: UnknownExceptionListener) -> None:
    """Have `listener` called for each exception that nobody expected, after it was logged.

    It is called in the thread of the exception, whichever that is: a window must pass it on with a queued signal. It
    replaces the listener before. What it raises is logged.
    """
    net = _Net(listener)
    sys.excepthook = net.catch
    threading.excepthook = net.catch_in_thread
    sys.unraisablehook = net.catch_unraisable


def tell_nobody(_error: BaseException) -> None:
    """Until there is a window."""


class _Net:
    """The three hooks of Python, with one listener behind them."""

    def __init__(self, listener: UnknownExceptionListener) -> None:
        self._listener = listener
        self._telling = threading.local()

    def catch(self, _kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            _log.info("interrupted by the keyboard")
        else:
            self._report("unknown exception", error, traceback)

    def catch_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            name = args.thread.name if args.thread else "an ended thread"
            self._report(f"unknown exception in {name}", args.exc_value, args.exc_traceback)

    def catch_unraisable(self, args: UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            where = getattr(args.object, "__qualname__", type(args.object).__name__)
            self._report(f"{args.err_msg or 'exception ignored in'} {where}", args.exc_value, args.exc_traceback)

    def _report(self, what: str, error: BaseException, traceback: TracebackType | None) -> None:
        _log.critical("%s", what, exc_info=(type(error), error, traceback))
        if getattr(self._telling, "now", False):  # Qt may report a failure of the listener itself back to the hook
            return
        self._telling.now = True
        try:
            self._listener(error)
        except Exception:  # noqa: BLE001 - nothing is below the last net
            _log.critical("the listener for unknown exceptions failed", exc_info=True)
        finally:
            self._telling.now = False


def _read_report(crash_file: Path) -> CrashReport | None:
    try:
        with crash_file.open("rb") as file:
            text = file.read(_LONGEST_REPORT).decode(errors="replace").strip()
        at = datetime.fromtimestamp(crash_file.stat().st_mtime, UTC)
    except OSError:  # no last run
        return None
    return CrashReport(text, at) if text else None
