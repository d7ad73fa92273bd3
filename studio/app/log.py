"""The log file: bounded, and harmless. Logging never raises and never writes to the terminal.

Loggers are named by subject (`studio.engine`, `studio.gallery`, `studio.worker`, `studio.qt`, ...). Prompts do not
belong in the log: people attach it to bug reports.
"""

from __future__ import annotations

import contextlib
import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST_FILE = 1_000_000
_OLDER_FILES = 2
_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s [%(threadName)s] %(message)s"


class _HarmlessFileHandler(RotatingFileHandler):
    """A file handler whose own failures cost the record and nothing else."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk or a folder that is gone: the base class would print a traceback to the terminal."""


def start_logging(file: Path, level: int = logging.INFO) -> None:
    """Send `studio.*` from `level` on, and warnings of everything else, to `file` and two older files of 1 MB each.

    The folder need not exist yet: each record tries again. Python's own warnings go to the logger `py.warnings`.
    Called again, it changes to the new file.
    """
    stop_logging()
    handler = _HarmlessFileHandler(
        file,
        maxBytes=_LARGEST_FILE,
        backupCount=_OLDER_FILES,
        encoding="utf-8",
        errors="backslashreplace",
        delay=True,  # a file that cannot be opened now must not stop the program
    )
    formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    logging.getLogger("studio").setLevel(level)
    logging.captureWarnings(capture=True)


def stop_logging() -> None:
    """Close the file that `start_logging` opened, if any."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _HarmlessFileHandler):
            root.removeHandler(handler)
            with contextlib.suppress(OSError):  # a full disk: what is still in the buffer is lost
                handler.close()
    logging.captureWarnings(capture=False)


def install_qt_bridge() -> None:
    """Send what Qt says to the logger `studio.qt`; without it Qt writes to the terminal."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    logger = logging.getLogger("studio.qt")

    def forward(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        logger.log(levels[kind], "%s: %s", context.category or "qt", message)

    qInstallMessageHandler(forward)
