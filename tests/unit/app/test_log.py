"""The log is complete, bounded and silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.app.fresh_python import run_python

START = """
import logging, sys, warnings
from pathlib import Path
from studio.app.log import install_qt_bridge, start_logging, stop_logging
file = Path(sys.argv[1])
start_logging(file)
log = logging.getLogger("studio.engine")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "studio.log"


def lines(script: str, file: Path) -> list[str]:
    """The log after `script` ran; nothing may have reached the terminal."""
    result = run_python(START + script, file)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return file.read_text().splitlines() if file.exists() else []


def test_a_line_has_time_level_subject_and_thread(file: Path) -> None:
    [line] = lines("log.info('loaded %s', 'starter')", file)

    assert line.endswith("Z INFO    studio.engine [MainThread] loaded starter")


def test_our_debug_and_the_chatter_of_others_stay_out(file: Path) -> None:
    script = "log.debug('a'); logging.getLogger('httpx').info('b'); logging.getLogger('httpx').warning('c')"

    [line] = lines(script, file)

    assert line.endswith(" c")


def test_a_lower_level_lets_debug_in(file: Path) -> None:
    assert len(lines("start_logging(file, logging.DEBUG); log.debug('a')", file)) == 1


def test_starting_again_writes_each_line_once_and_to_the_new_file(file: Path) -> None:
    other = file.with_name("other.log")

    assert lines(f"start_logging(Path({str(other)!r})); log.warning('once')", file) == []

    assert len(other.read_text().splitlines()) == 1


def test_a_traceback_goes_to_the_file(file: Path) -> None:
    text = "\n".join(lines("try:\n    1 / 0\nexcept ZeroDivisionError:\n    log.exception('failed')", file))

    assert "Traceback (most recent call last)" in text
    assert "ZeroDivisionError" in text


def test_python_warnings_go_to_the_file(file: Path) -> None:
    text = "\n".join(lines("warnings.warn('old habit')", file))

    assert "py.warnings" in text
    assert "old habit" in text


def test_text_that_is_no_unicode_is_logged(file: Path) -> None:
    [line] = lines("log.info('\\ud800 \\u00e9')", file)

    assert line.endswith("\\ud800 é")


def test_the_files_are_three_of_one_megabyte(file: Path) -> None:
    lines("for _ in range(5000):\n    log.info('x' * 1000)", file)

    files = list(file.parent.iterdir())
    assert len(files) == 3
    assert all(one.stat().st_size <= 1_000_000 for one in files)


def test_a_wrong_record_does_not_stop_the_program(file: Path) -> None:
    assert [line[-4:] for line in lines("log.info('%d', 'no number'); log.info('next')", file)] == ["next"]


def test_a_folder_that_is_missing_costs_only_the_records_until_it_is_there(file: Path) -> None:
    late = file.parent / "late" / "studio.log"

    found = lines("log.error('lost'); file.parent.mkdir(); log.error('kept')", late)

    assert [line[-4:] for line in found] == ["kept"]


def test_a_full_disk_does_not_stop_the_program() -> None:
    result = run_python(START + "log.error('lost'); log.error('lost'); stop_logging()", Path("/dev/full"))

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_qt_says_goes_to_the_file_with_its_level(file: Path) -> None:
    script = (
        "install_qt_bridge()\n"
        "from PySide6.QtCore import qCritical, qDebug, qWarning\n"
        "qDebug('chatter'); qWarning('a plugin is missing'); qCritical('no screen')"
    )

    warning, critical = lines(script, file)

    assert "WARNING studio.qt" in warning
    assert warning.endswith("a plugin is missing")
    assert "ERROR   studio.qt" in critical
    assert critical.endswith("no screen")
