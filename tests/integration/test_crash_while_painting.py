"""kill -9 at random moments while somebody paints: the canvas comes back, with everything that was acknowledged.

STUDIO_KILLS sets how often (20 by default).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.gallery.canvas_store import CanvasStore
from studio.imaging.canvas import Canvas
from tests.helpers.painting import fingerprint_of
from tests.helpers.program import ROOT

KILLS = int(os.environ.get("STUDIO_KILLS", "20"))
LONGEST_LIFE_SECONDS = 0.6
"""In which some twenty edits are made."""


@dataclass(frozen=True)
class Witness:
    """What a child said: the states it went through, and how many of them were durable for certain."""

    states: tuple[str, ...]
    acknowledged: int


@pytest.mark.timeout(60 + 8 * KILLS)
def test_no_acknowledged_edit_is_lost(tmp_path: Path) -> None:
    chance = random.Random(13)
    file = tmp_path / "canvas.db"
    before = None
    edits, acknowledged = 0, 0
    for number in range(KILLS):
        witness = kill_while_painting(file, number, chance.uniform(0, LONGEST_LIFE_SECONDS))
        assert before in (None, witness.states[0]), "a child sees what we saw"
        before = state_after_restart(file)
        assert before in witness.states[witness.acknowledged :]
        edits += len(witness.states) - 1
        acknowledged += witness.acknowledged
    assert acknowledged > KILLS
    assert edits > acknowledged


def kill_while_painting(file: Path, seed: int, seconds: float) -> Witness:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.painting_child", str(file), str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child, child.stdout:
        first = child.stdout.readline()
        assert first.startswith("LOADED ")
        killer = threading.Timer(seconds, child.send_signal, (signal.SIGKILL,))
        killer.start()
        lines = [first, *child.stdout.readlines()]
        killer.join()
    assert child.returncode == -signal.SIGKILL
    whole = [line.split() for line in lines if line.endswith("\n")]
    acknowledged = [int(words[1]) for words in whole if words[0] == "ACK"]
    return Witness(tuple(words[1] for words in whole if words[0] != "ACK"), max(acknowledged, default=0))


def state_after_restart(file: Path) -> str:
    """Also walks through the history and back: all of it can be undone and done again."""
    store = CanvasStore(file, must_not_fail)
    assert store.open() == ()
    stored, notices = store.load()
    store.close()
    assert notices == ()
    assert stored is not None
    canvas = Canvas(stored.picture, stored.mask)
    canvas.history.load(stored.edits, stored.position)
    state = fingerprint_of(canvas)
    while canvas.undo() is not None:
        pass
    while canvas.history.position < stored.position:
        canvas.redo()
    assert fingerprint_of(canvas) == state
    return state


def must_not_fail(error: StorageError) -> None:
    raise AssertionError(error)
