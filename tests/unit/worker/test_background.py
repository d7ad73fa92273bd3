"""Work in the background, answers in the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.core.errors import EngineFailed, NoParameters, StudioError
from studio.worker.background import BackgroundThread
from tests.conftest import ExpectedLog


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[BackgroundThread]:
    thread = BackgroundThread("test")
    yield thread
    thread.stop()


def unexpected(error: StudioError) -> None:
    raise AssertionError(error)


def test_work_runs_elsewhere_and_the_answer_comes_back_here(qtbot: QtBot, background: BackgroundThread) -> None:
    threads: list[threading.Thread] = []
    answers: list[tuple[int, threading.Thread]] = []

    def work() -> int:
        threads.append(threading.current_thread())
        return 7

    background.run(work, done=lambda value: answers.append((value, threading.current_thread())), failed=unexpected)
    qtbot.waitUntil(lambda: bool(answers))
    assert threads[0] is not threading.main_thread()
    assert answers == [(7, threading.main_thread())]


def test_an_expected_failure_reaches_failed(qtbot: QtBot, background: BackgroundThread) -> None:
    failure = NoParameters(Path("x.png"))
    failures: list[StudioError] = []

    def work() -> None:
        raise failure

    background.run(work, failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert failures == [failure]


def test_an_unforeseen_failure_is_logged_and_reaches_failed(
    qtbot: QtBot, background: BackgroundThread, expected_log: ExpectedLog
) -> None:
    expected_log.containing("unforeseen failure in")
    failures: list[StudioError] = []
    background.run(lambda: 1 // 0, failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures[0], EngineFailed)


def test_work_is_done_in_the_order_given_and_all_of_it_before_stop_returns(qtbot: QtBot) -> None:
    background = BackgroundThread("test")
    done: list[int] = []
    for number in range(20):
        background.run(lambda number=number: done.append(number), failed=unexpected)
    background.stop()
    assert done == list(range(20))


def test_the_future_ends_even_when_the_work_fails(qtbot: QtBot, background: BackgroundThread) -> None:
    def work() -> None:
        raise NoParameters(Path("x.png"))

    assert background.run(work, failed=lambda _: None).result(5) is None
