"""What holds for every test: a home of its own, no unexpected log line, no thread left running, no widget left."""

from __future__ import annotations

import functools
import gc
import importlib
import logging
import os
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import coverage
import pytest
from pytestqt.qtbot import QtBot

if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the processors; known before torch is imported
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# pytest-cov would measure twice in a worker of xdist, and pauses only one of the two.
_coverage = coverage.Coverage(data_suffix=True) if "STUDIO_COVERAGE" in os.environ else None


@contextmanager
def _measured() -> Generator[None]:
    if _coverage is not None:
        _coverage.start()
    try:
        yield
    finally:
        if _coverage is not None:
            _coverage.stop()


# First of all: a test file that imports diffusers before the program does would read other settings than a person has.
with _measured():
    importlib.import_module("studio.engine")

PATIENCE_MS = 30_000
_UNIT_TESTS = Path(__file__).parent / "unit"


# Before anything reads them: libraries look at the environment when they are imported.
_TEMPORARY = tempfile.TemporaryDirectory(prefix="latent-studio-tests-", ignore_cleanup_errors=True)
_HOME = Path(_TEMPORARY.name)
for _name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_PICTURES_DIR"):
    os.environ[_name] = str(_HOME / _name.lower())
    (_HOME / _name.lower()).mkdir()
os.environ["XDG_RUNTIME_DIR"] = str(_HOME)
_HOME.chmod(0o700)
if "QT_QPA_PLATFORM" not in os.environ and "DISPLAY" not in os.environ:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is done where a file is imported counts."""
    with _measured():
        return (yield)


def pytest_collection_finish() -> None:
    """What is imported stays. As in the program (`app/preload.py`), nothing that collects garbage, such as the engine
    after each model, looks through all of it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Coverage is that of the unit tests: a line that only a long way, or chance, leads to is not tested.

    The others are not slowed down by it, either.
    """
    by_chance = item.get_closest_marker("hypothesis") is not None
    with _measured() if _UNIT_TESTS in item.path.parents and not by_chance else nullcontext():
        return (yield)


def pytest_sessionfinish() -> None:
    if _coverage is not None:
        _coverage.save()


class ExpectedLog:
    """Log lines of WARNING and above that a test expects: `expected_log.containing("disk full")`."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def containing(self, part: str) -> None:
        self.parts.append(part)

    def expects(self, record: logging.LogRecord) -> bool:
        return any(part in record.getMessage() for part in self.parts)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def expected_log() -> ExpectedLog:
    return ExpectedLog()


@pytest.fixture(autouse=True)
def no_unexpected_log(expected_log: ExpectedLog) -> Iterator[None]:
    """A log line of WARNING or above fails the test, unless it was expected; an expected one must come."""
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield
    logging.getLogger().removeHandler(collector)
    unexpected = [record for record in collector.records if not expected_log.expects(record)]
    lines = [logging.Formatter().format(record) for record in unexpected]  # with the traceback of an exception
    assert not unexpected, "unexpected log: " + "; ".join(lines)
    messages = [record.getMessage() for record in collector.records]
    missing = [part for part in expected_log.parts if not any(part in message for message in messages)]
    assert not missing, f"expected in the log, but did not come: {missing}"


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """pytest-qt's own fixture with more patience: test machines are slow and shared."""
    for name in ("waitUntil", "waitSignal", "waitSignals"):
        monkeypatch.setattr(qtbot, name, functools.partial(getattr(qtbot, name), timeout=PATIENCE_MS))
    return qtbot


def _ends_by_itself(thread: threading.Thread) -> bool:
    """transformers does not wait for its loading threads when one of them fails: they end a moment later."""
    if thread.daemon:
        return True  # among them the Python side of a QThread, which the check above knows
    thread.join(5)
    return not thread.is_alive()


@pytest.fixture(autouse=True)
def no_thread_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A QThread still running, or a Python thread still alive, at the end of a test fails it."""
    from PySide6.QtCore import QThread

    started: list[QThread] = []
    start = QThread.start

    def recording_start(thread: QThread, *arguments: QThread.Priority) -> None:
        started.append(thread)
        start(thread, *arguments)

    monkeypatch.setattr(QThread, "start", recording_start)
    before = set(threading.enumerate())
    yield
    import shiboken6

    running = [thread for thread in started if shiboken6.isValid(thread) and thread.isRunning()]
    assert not running, f"QThread left running: {running}"
    left = [thread for thread in set(threading.enumerate()) - before if not _ends_by_itself(thread)]
    assert not left, f"threads left running: {left}"


@pytest.fixture(autouse=True)
def widgets_deleted() -> Iterator[None]:
    """Qt deletes closed windows only in a running event loop: until then each theme is applied to them, too.

    The next window is built as at a start, without a style sheet: under one it takes twice as long.
    """
    yield
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    for widget in QApplication.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not QApplication.topLevelWidgets()
    application = QApplication.instance()
    if isinstance(application, QApplication) and application.styleSheet():
        application.setStyleSheet("")
