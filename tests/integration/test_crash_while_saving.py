"""kill -9 at random moments while pictures are written: no acknowledged picture is lost, the next start heals the rest.

STUDIO_KILLS sets how often (20 by default).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from studio.core.result import PictureId
from studio.gallery.gallery import Gallery
from studio.gallery.queue_store import QueueStore
from studio.imaging.decode import read_pixels
from studio.imaging.picture_metadata import read_picture_info
from tests.helpers.program import ROOT

KILLS = int(os.environ.get("STUDIO_KILLS", "20"))
MOST_SAVED = 8
LONGEST_REST_SECONDS = 0.02
"""A little more than one more picture takes."""


@pytest.mark.timeout(60 + 4 * KILLS)
def test_no_acknowledged_picture_is_lost(tmp_path: Path) -> None:
    chance = random.Random(11)
    acknowledged: set[PictureId] = set()
    for _ in range(KILLS):
        acknowledged |= kill_while_saving(
            tmp_path, chance.randint(0, MOST_SAVED), chance.uniform(0, LONGEST_REST_SECONDS)
        )
        check_after_restart(tmp_path, acknowledged)
    assert len(acknowledged) > KILLS


def kill_while_saving(home: Path, count: int, seconds: float) -> set[PictureId]:
    """Let the child save `count` pictures and go on for a moment, kill it, and return what it had promised to keep."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.saving_child", str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child, child.stdout:
        assert child.stdout.readline() == "READY\n"
        lines = [child.stdout.readline() for _ in range(count)]
        killer = threading.Timer(seconds, child.send_signal, (signal.SIGKILL,))
        killer.start()
        lines += child.stdout.readlines()
        killer.join()
    assert child.returncode == -signal.SIGKILL
    return {PictureId(line.split()[1]) for line in lines if line.startswith("ACK ") and line.endswith("\n")}


def check_after_restart(home: Path, acknowledged: set[PictureId]) -> None:
    gallery = Gallery(home / "pictures", home / "index.db", home / "thumbnails.db", home / "user.db")
    assert gallery.open() == ()
    for _ in gallery.reconcile():
        pass
    known = set(gallery.ids())
    assert acknowledged <= known
    for picture in known:
        record = gallery.record(picture)
        assert record is not None
        assert read_picture_info(record.path).picture_id == picture
    for picture in chosen(acknowledged):
        record = gallery.record(picture)
        assert record is not None
        assert read_pixels(record.path).shape == (64, 64, 3)
        assert gallery.thumbnail(picture) is not None
    gallery.close()
    assert list((home / "pictures").rglob(".*.tmp")) == []
    queue = QueueStore(home / "user.db")
    assert queue.open() == ()
    assert queue.load().lost == 0
    assert len(queue.load().jobs) <= 1, "killed before the first was saved: none"
    queue.close()


def chosen(pictures: set[PictureId]) -> list[PictureId]:
    """The decoding of all of them again after every kill would take long: twenty of them, another set each time."""
    return random.sample(sorted(pictures), min(20, len(pictures)))
