"""Start pictures and masks that nothing refers to any more go away when the program starts, and only then."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.geometry import Rect
from studio.core.job import Job, JobId
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage, Inpaint
from studio.gallery.queue_store import QueueStore
from studio.gallery.source_store import SourceStore
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession, a_request
from tests.integration.canvas_under_test import make, opened, paint_mask, task_of
from tests.integration.program_under_test import running_studio


def put(home: Path, value: int) -> ImageRef:
    return SourceStore(UserPaths.below(home).gallery).put_image(np.full((48, 80, 3), value, np.uint8))


def is_there(home: Path, ref: ImageRef) -> bool:
    return SourceStore(UserPaths.below(home).gallery).path(ref).exists()


def make_all_old(home: Path) -> None:
    for path in (UserPaths.below(home).gallery / ".sources").rglob("*.png"):
        os.utime(path, (time.time() - 10**6,) * 2)


@contextmanager
def started(qapp: QApplication, qtbot: QtBot, home: Path, session: FakeSession | None = None) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, home, lambda _: session or FakeSession()) as studio:
        yield studio


def test_at_a_start_what_pictures_queue_and_canvas_refer_to_stays_and_the_rest_goes(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, photo: Path
) -> None:
    home = tmp_path / "home"
    with started(qapp, qtbot, home) as studio:
        opened(studio, qtbot, photo)
        paint_mask(studio, Rect(0, 0, 10, 10))
        task = task_of(make(studio, qtbot))
    unused, queued = put(home, 1), put(home, 2)
    store = QueueStore(UserPaths.below(home).user_database)
    store.save((Job(JobId("a" * 32), replace(a_request(), task=ImageToImage(image=queued, strength=0.5))),))
    store.close()
    make_all_old(home)
    with started(qapp, qtbot, home):
        qtbot.waitUntil(lambda: not is_there(home, unused))
    assert is_there(home, queued)
    assert isinstance(task, Inpaint)
    assert is_there(home, task.image)
    assert is_there(home, task.mask)


def test_nothing_is_removed_while_a_picture_is_made(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    home, session = tmp_path / "home", FakeSession()
    session.pause_at_step = 1
    with started(qapp, qtbot, home, session) as studio:
        studio.window.request_panel.prompt.set_texts("a red apple", "")
        studio.window.commands.make.trigger()
        qtbot.waitUntil(session.paused.is_set)
        unused = put(home, 1)
        make_all_old(home)
        studio.later.upkeep.remove_unused_sources()
        answers: list[str] = []
        studio.disk.run(lambda: "disk", done=answers.append, failed=studio.announce)
        qtbot.waitUntil(lambda: answers == ["disk"])
        studio.scan.run(lambda: "scan", done=answers.append, failed=studio.announce)
        qtbot.waitUntil(lambda: answers == ["disk", "scan"])
        assert is_there(home, unused)
        with qtbot.waitSignal(studio.service.job_finished):
            session.go_on.set()
        studio.later.upkeep.remove_unused_sources()
        qtbot.waitUntil(lambda: not is_there(home, unused))
