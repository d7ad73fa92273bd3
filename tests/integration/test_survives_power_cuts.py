"""Simulated power cuts: whatever a disk may have lost, nothing that was promised is, and the next start heals the rest.

What a child does to its files is recorded once; then the disk is left at many moments of it, and the program started
on what is there. Needs strace. STUDIO_POWER_CUTS sets how many (40 by default).
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from tests.helpers.disk_trace import Call, Disk, record
from tests.helpers.program import ROOT
from tests.helpers.promises import State, promised, start_again

CUTS = int(os.environ.get("STUDIO_POWER_CUTS", "40"))
CHANGES = 40

pytestmark = [pytest.mark.tools, pytest.mark.timeout(120 + CUTS)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("recorded") / "home"
    home.mkdir()
    return home


@pytest.fixture(scope="module")
def calls(home: Path) -> list[Call]:
    command = (sys.executable, "-m", "tests.helpers.promising_child", "run", str(home), "7", str(CHANGES))
    return record(command, home.parent / "calls", ROOT)


def moments(calls: Sequence[Call], home: Path, cuts: int, chance: random.Random) -> Iterator[tuple[int, list[str]]]:
    """How many calls were done, and what was said until then. Only those count that change a file, or say something."""
    spoken: list[str] = []
    said_before: list[list[str]] = []
    for call in calls:
        if call.name == "write" and call.number == 1:
            spoken = [*spoken, *call.texts[-1].decode().splitlines()]
        said_before.append(spoken)
    telling = [number for number, call in enumerate(calls) if call.path.is_relative_to(home) or call.number == 1]
    for number in sorted(chance.sample(telling, min(cuts, len(telling)))):
        yield number + 1, said_before[number]


def what_is_lost(calls: Sequence[Call], home: Path, tmp_path: Path, cuts: int, *, believes_syncs: bool) -> list[str]:
    """Of each cut that broke a promise, which."""
    chance = random.Random(3)
    disk, done, broken = Disk(home, believes_syncs=believes_syncs), 0, list[str]()
    for number, lines in moments(calls, home, cuts, chance):
        for call in calls[done:number]:
            disk.take(call)
        done = number
        left = tmp_path / f"left-{number}"
        left.mkdir()
        disk.leave(left, chance)
        try:
            found, notices = start_again(left)
            if found not in promised(State(), lines):
                broken.append(f"after {number} calls; it said {notices}")
        except (AssertionError, StudioError) as error:
            broken.append(f"after {number} calls: {error}")
    return broken


def test_nothing_that_was_promised_is_lost(calls: list[Call], home: Path, tmp_path: Path) -> None:
    assert what_is_lost(calls, home, tmp_path, CUTS, believes_syncs=True) == []


def test_a_program_that_syncs_nothing_would_be_found_out(calls: list[Call], home: Path, tmp_path: Path) -> None:
    """The check of the check."""
    assert what_is_lost(calls, home, tmp_path, 10, believes_syncs=False) != []
