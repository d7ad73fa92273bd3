"""Latest frame wins, at most eight a second, none when nobody looks."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from studio.core.progress import PreviewFrame
from studio.worker.preview_mailbox import SECONDS_BETWEEN_FRAMES, PreviewMailbox


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def frame(step: int) -> PreviewFrame:
    return PreviewFrame(np.zeros((8, 8, 3), np.uint8), 0, step, 20)


def test_the_newest_frame_replaces_one_that_was_not_taken(qtbot: QtBot) -> None:
    mailbox = PreviewMailbox()
    mailbox.put(frame(1))
    mailbox.put(frame(2))
    taken = mailbox.take()
    assert taken is not None
    assert taken.step == 2
    assert mailbox.take() is None


def test_a_waiting_frame_is_announced_once(qtbot: QtBot) -> None:
    mailbox = PreviewMailbox()
    announced: list[None] = []
    mailbox.frame_arrived.connect(lambda: announced.append(None))
    mailbox.put(frame(1))
    mailbox.put(frame(2))
    assert len(announced) == 1
    mailbox.take()
    mailbox.put(frame(3))
    assert len(announced) == 2


def test_no_frame_is_wanted_while_one_waits_or_the_last_is_too_young(qtbot: QtBot) -> None:
    clock = Clock()
    mailbox = PreviewMailbox(clock)
    assert mailbox.wants_frame()
    mailbox.put(frame(1))
    clock.now += 10
    assert not mailbox.wants_frame()
    mailbox.take()
    assert mailbox.wants_frame()
    mailbox.put(frame(2))
    mailbox.take()
    clock.now += SECONDS_BETWEEN_FRAMES * 0.9
    assert not mailbox.wants_frame()
    clock.now += SECONDS_BETWEEN_FRAMES * 0.2
    assert mailbox.wants_frame()


def test_no_frame_is_wanted_while_nobody_looks(qtbot: QtBot) -> None:
    mailbox = PreviewMailbox()
    mailbox.set_watched(False)
    assert not mailbox.wants_frame()
    mailbox.set_watched(True)
    assert mailbox.wants_frame()
