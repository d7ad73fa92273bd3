"""Nothing unexpected is lost, and nothing of it reaches the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.app.fresh_python import run_python

START = """
import ctypes, gc, logging, sys, threading
from pathlib import Path
from studio.app import crash
from studio.app.log import start_logging
home = Path(sys.argv[1])
start_logging(home / "studio.log")
report = crash.install(home / "crash.txt")

class Broken:
    def __del__(self):
        raise LookupError("in a destructor")
"""


class Outcome:
    """What a script left behind: exit status, standard output, log."""

    def __init__(self, home: Path, script: str) -> None:
        result = run_python(START + script, home)
        assert "Traceback" not in result.stdout + result.stderr
        assert result.stderr == ""
        self.status = result.returncode
        self.output = result.stdout.strip()
        log = home / "studio.log"
        self.log = log.read_text() if log.exists() else ""


def test_an_exception_in_the_main_thread_is_logged_with_its_traceback(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, "def draw():\n    raise LookupError('no such brush')\ndraw()")

    assert outcome.status == 1
    assert "CRITICAL studio.crash" in outcome.log
    assert "in draw" in outcome.log
    assert "LookupError: no such brush" in outcome.log


def test_an_exception_in_a_thread_is_logged_with_the_threads_name(tmp_path: Path) -> None:
    script = "thread = threading.Thread(target=lambda: 1 / 0, name='scan')\nthread.start(); thread.join()"

    outcome = Outcome(tmp_path, script)

    assert outcome.status == 0
    assert "unknown exception in scan" in outcome.log
    assert "ZeroDivisionError" in outcome.log


def test_an_exception_in_a_destructor_is_logged(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, "broken = Broken(); del broken; gc.collect()")

    assert "Broken.__del__" in outcome.log
    assert "LookupError: in a destructor" in outcome.log


def test_ctrl_c_is_no_unknown_exception(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, "crash.on_unknown_exception(lambda error: print('told'))\nraise KeyboardInterrupt")

    assert outcome.status != 0
    assert outcome.output == ""
    assert "CRITICAL" not in outcome.log


def test_a_thread_may_exit(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, "thread = threading.Thread(target=sys.exit)\nthread.start(); thread.join()")

    assert "CRITICAL" not in outcome.log


def test_the_listener_is_told_from_every_hook_in_the_thread_of_the_exception(tmp_path: Path) -> None:
    script = """
crash.on_unknown_exception(lambda error: print(type(error).__name__, threading.current_thread().name))
thread = threading.Thread(target=lambda: 1 / 0, name="scan")
thread.start(); thread.join()
broken = Broken(); del broken
raise ValueError
"""

    outcome = Outcome(tmp_path, script)

    assert outcome.output.splitlines() == ["ZeroDivisionError scan", "LookupError MainThread", "ValueError MainThread"]


def test_a_listener_that_fails_is_logged_beside_the_exception(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, "crash.on_unknown_exception(lambda error: {}['window'])\nraise ValueError('first')")

    assert "ValueError: first" in outcome.log
    assert "KeyError: 'window'" in outcome.log


@pytest.mark.parametrize("crash", ["ctypes.string_at(0)", "import os; os.abort()"])
def test_a_crash_of_the_interpreter_is_reported_once_at_the_next_start(tmp_path: Path, crash: str) -> None:
    crashed = Outcome(tmp_path, f"def decode():\n    {crash}\ndecode()")
    next_start = Outcome(tmp_path, "print(report.at.isoformat()); print(report.summary); print(report.text)")
    after_that = Outcome(tmp_path, "print(report)")

    assert crashed.status < 0
    at, summary, text = next_start.output.split("\n", 2)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(at)) < timedelta(minutes=1)
    assert summary.startswith("Fatal Python error")
    assert text.startswith(summary)
    assert "in decode" in text
    assert after_that.output == "None"


def test_a_run_that_ended_leaves_no_report(tmp_path: Path) -> None:
    Outcome(tmp_path, "")

    assert Outcome(tmp_path, "print(report)").output == "None"


def test_a_report_is_at_most_64_kilobytes(tmp_path: Path) -> None:
    (tmp_path / "crash.txt").write_bytes(b"\xff" + b"x" * 200_000)

    assert Outcome(tmp_path, "print(len(report.text))").output == str(64 * 1024)


def test_without_a_place_for_the_report_the_hooks_work(tmp_path: Path) -> None:
    (tmp_path / "crash.txt").mkdir()

    outcome = Outcome(tmp_path, "print(report)\nraise ValueError('first')")

    assert outcome.output == "None"
    assert "no crash file" in outcome.log
    assert "ValueError: first" in outcome.log
