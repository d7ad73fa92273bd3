"""kill -9 at named points and at random moments, a full disk, two programs at once: no picture, rating, tag, album or
queue that was promised is lost, and the next start heals the rest.

STUDIO_KILLS sets how often (50 by default), STUDIO_FULL_DISKS how often at each point the disk is full (1), and
STUDIO_SECONDS how long two programs write at once (3).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.program import ROOT
from tests.helpers.promises import State, promised, start_again
from tests.helpers.promising_child import BESIDE, FAILURES, FULL, FULL_POINTS, POINTS

KILLS = int(os.environ.get("STUDIO_KILLS", "50"))
FULL_DISKS = int(os.environ.get("STUDIO_FULL_DISKS", "1"))
SECONDS = float(os.environ.get("STUDIO_SECONDS", "3"))
KILLS_OF_A_HOME = 25
LONGEST_WAIT_SECONDS = 0.3
MOST_TIMES = 8
"""That a point is passed before the kill."""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    with started_server() as process:
        yield process


def started_server() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.promising_child", "serve"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.timeout(60 + 3 * KILLS)
def test_nothing_that_was_promised_is_lost(server: subprocess.Popen[str], tmp_path: Path) -> None:
    chance = random.Random(11)
    points = [point for point, _ in zip(_forever(), range(KILLS), strict=False)]
    home, state, done = tmp_path, State(), 0
    for number, point in enumerate(points):
        if number % KILLS_OF_A_HOME == 0:
            home, state = tmp_path / str(number), State()
            home.mkdir()
        lines = killed_run(server, home, point, chance)
        found, notices = start_again(home)
        assert found in promised(state, lines), f"kill {number}, {point or 'at random'}"
        assert all("from their journal" in notice for notice in notices), "what was under way, and no damage"
        done += sum(line.startswith("DID") for line in lines)
        state = found
    assert done > KILLS


@pytest.mark.parametrize("begins_before", [False, True])
def test_a_full_disk_costs_what_was_not_promised(
    server: subprocess.Popen[str], tmp_path: Path, begins_before: bool
) -> None:
    """No file has room for more than so many bytes: of pictures, databases, their logs and the journal."""
    failed = 0
    for room in [*range(2000, 20_000, 3000), *range(20_000, 220_000, 25_000)]:
        home, chance = tmp_path / str(room), random.Random(room)
        home.mkdir()
        state = State()
        if begins_before:
            killed_run(server, home, "after unlink", chance)
            state, _ = start_again(home)
        lines = killed_run(server, home, FULL, chance, room)
        found, _ = start_again(home)
        assert found in promised(state, lines), f"room for {room} bytes"
        failed += any(line.startswith("FAILED") for line in lines)
    assert failed > 5


@pytest.mark.timeout(60 + 60 * FULL_DISKS)
def test_a_disk_that_is_full_for_a_while_at_any_write_costs_what_was_not_promised(
    server: subprocess.Popen[str], tmp_path: Path
) -> None:
    """The same program goes on: with what needs no room, and with all when there is room again."""
    chance = random.Random(17)
    failed = went_on = 0
    for number, point in enumerate(FULL_POINTS * FULL_DISKS):
        home = tmp_path / str(number)
        home.mkdir()
        lines = killed_run(server, home, f"{FULL} {point}", chance)
        found, _ = start_again(home)
        assert found in promised(State(), lines), f"full {point}, {number}"
        words = [line.split()[0] for line in lines]
        failed += words.count("FAILED")
        went_on += "FAILED" in words and words[-1] == "DID"
        assert words.count("FAILED") <= FAILURES, "there is room again"
    assert failed > len(FULL_POINTS) * FULL_DISKS
    assert went_on > len(FULL_POINTS) * FULL_DISKS / 2


@pytest.mark.timeout(60 + 3 * SECONDS)
def test_two_programs_at_once_lose_nothing_and_never_fail(tmp_path: Path) -> None:
    said: list[list[str]] = []
    with started_server() as one, started_server() as two, ThreadPoolExecutor(2) as threads:
        runs = [
            threads.submit(killed_run, process, tmp_path, BESIDE, random.Random(seed), 1, SECONDS)
            for seed, process in enumerate((one, two))
        ]
        said = [run.result() for run in runs]
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.close()
    assert not [line for lines in said for line in lines if line.startswith("FAILED")]
    found, _ = start_again(tmp_path)
    ways = [(first, second) for first in promised(State(), said[0]) for second in promised(State(), said[1])]
    assert replace(found, queue=()) in [
        State(first.pictures | second.pictures, {**first.marks, **second.marks}, {**first.albums, **second.albums})
        for first, second in ways
    ]
    assert found.queue in {state.queue for way in ways for state in way}
    assert min(len(first.pictures) for first, _ in ways) > SECONDS


def _forever() -> Iterator[str]:
    """The named points in turn, and as many kills at random ("")."""
    while True:
        for point in POINTS:
            yield point
            yield ""


def killed_run(
    server: subprocess.Popen[str],
    home: Path,
    point: str,
    chance: random.Random,
    number: int | None = None,
    seconds: float | None = None,
) -> list[str]:
    """What a child said before it was killed: at `point`, or after so many `seconds`."""
    number = chance.randint(1, MOST_TIMES) if number is None else number
    seconds = chance.uniform(0, LONGEST_WAIT_SECONDS) if seconds is None else seconds
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{home}\t{chance.getrandbits(30)}\t{point}\t{number}\n")
    server.stdin.flush()
    child = int(server.stdout.readline().removeprefix("PID "))
    killer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    killed_from_outside = point in {"", BESIDE}
    if killed_from_outside:
        killer.start()
    lines: list[str] = []
    while not (line := server.stdout.readline()).startswith("ENDED"):
        lines.append(line)
    if killed_from_outside:
        killer.join()
    assert os.WTERMSIG(int(line.removeprefix("ENDED "))) == signal.SIGKILL
    return lines
