"""Of much small work only what is wanted now is begun."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping

import pytest
from pytestqt.qtbot import QtBot

from studio.worker.background_pool import BackgroundPool
from tests.conftest import ExpectedLog

Pool = BackgroundPool[str, str]


@pytest.fixture
def pool(qtbot: QtBot) -> Iterator[Pool]:
    pool: Pool = BackgroundPool("test", 1)
    yield pool
    pool.stop()


@pytest.fixture
def answers(pool: Pool) -> dict[str, str]:
    answers: dict[str, str] = {}
    pool.deliver_to(answers.update)
    return answers


def works(*keys: str) -> dict[str, Callable[[], str]]:
    return {key: key.upper for key in keys}


def test_what_is_wanted_comes_in_the_order_in_which_it_is_wanted(
    pool: Pool, answers: dict[str, str], qtbot: QtBot
) -> None:
    pool.want(works("b", "a", "c"))
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert list(answers.items()) == [("b", "B"), ("a", "A"), ("c", "C")]


def test_what_is_no_longer_wanted_is_never_begun(pool: Pool, answers: dict[str, str], qtbot: QtBot) -> None:
    begun, goes_on = threading.Event(), threading.Event()
    made: list[str] = []

    def first() -> str:
        begun.set()
        goes_on.wait(10)
        return "first"

    def other(name: str) -> Callable[[], str]:
        return lambda: made.append(name) or name

    pool.want({"first": first, "stale": other("stale")})
    assert begun.wait(10)
    pool.want({"first": other("first again"), "new": other("new")})
    goes_on.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers == {"first": "first", "new": "new"}
    assert made == ["new"]


def test_answers_come_together_when_the_window_was_busy(pool: Pool, qtbot: QtBot) -> None:
    told: list[dict[str, str]] = []
    finished = threading.Event()

    def last() -> str:
        finished.set()
        return "last"

    def take(answers: Mapping[str, str]) -> None:
        told.append(dict(answers))

    pool.deliver_to(take)
    pool.want({**works("a", "b"), "z": last})
    assert finished.wait(10)
    qtbot.waitUntil(lambda: sum(map(len, told)) == 3)
    assert len(told) <= 2


def test_one_that_fails_is_logged_and_does_not_stop_the_others(
    pool: Pool, answers: dict[str, str], expected_log: ExpectedLog, qtbot: QtBot
) -> None:
    expected_log.containing("unforeseen failure")

    def fails() -> str:
        raise ZeroDivisionError

    pool.want({"bad": fails, **works("good")})
    qtbot.waitUntil(lambda: answers == {"good": "GOOD"})


def test_after_the_end_nothing_is_begun_and_nothing_is_told(qtbot: QtBot) -> None:
    pool: Pool = BackgroundPool("test", 1)
    told: list[Mapping[str, str]] = []
    pool.deliver_to(told.append)
    begun, goes_on = threading.Event(), threading.Event()
    made: list[str] = []

    def first() -> str:
        begun.set()
        goes_on.wait(10)
        return "first"

    pool.want({"first": first, "waiting": lambda: made.append("waiting") or ""})
    assert begun.wait(10)
    stopping = threading.Timer(0.05, goes_on.set)
    stopping.start()
    pool.stop()
    stopping.join()
    qtbot.wait(1)
    assert (made, told) == ([], [])
