"""kill -9 at named points and at random moments: no picture, rating, tag, album or queue that was promised is lost,
and the next start heals the rest.

STUDIO_KILLS sets how often (50 by default).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.program import ROOT
from tests.helpers.promises import State, promised, start_again
from tests.helpers.promising_child import POINTS

KILLS = int(os.environ.get("STUDIO_KILLS", "50"))
KILLS_OF_A_HOME = 25
LONGEST_WAIT_SECONDS = 0.3
MOST_TIMES = 8
"""That a point is passed before the kill."""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.promising_child", "serve"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


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


def _forever() -> Iterator[str]:
    """The named points in turn, and as many kills at random ("")."""
    while True:
        for point in POINTS:
            yield point
            yield ""


def killed_run(server: subprocess.Popen[str], home: Path, point: str, chance: random.Random) -> list[str]:
    """What a child said before it was killed."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{home}\t{chance.getrandbits(30)}\t{point}\t{chance.randint(1, MOST_TIMES)}\n")
    server.stdin.flush()
    child = int(server.stdout.readline().removeprefix("PID "))
    killer = threading.Timer(chance.uniform(0, LONGEST_WAIT_SECONDS), os.kill, (child, signal.SIGKILL))
    if not point:
        killer.start()
    lines: list[str] = []
    while not (line := server.stdout.readline()).startswith("ENDED"):
        lines.append(line)
    if not point:
        killer.join()
    assert os.WTERMSIG(int(line.removeprefix("ENDED "))) == signal.SIGKILL
    return lines
