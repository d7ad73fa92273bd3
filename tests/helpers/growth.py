"""What work costs beside other work: the same on a fast, a slow, a busy and a traced processor."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

Work = Callable[[], object]

TIMES = 8
"""How much longer the long input is."""
TOO_MUCH = 30
"""Eight times the input costs eight times as much; in quadratic time it would be 64 times."""
_LEAST_SECONDS = 0.0005
"""Less than that is no measurement."""
_TRIES = 10


def grows_with_length_alone(prepare: Callable[[int], Work], length: int) -> bool:
    """Whether work on an input of this length is no more than it has to be, compared with an eighth of the length.

    `prepare` makes the input, which is not counted, and gives what is to be done with it.
    """
    return costs_less_than(TOO_MUCH, prepare(length), prepare(length // TIMES))


def costs_less_than(times: float, work: Work, other: Work) -> bool:
    """Whether work costs less than that many times as much as the other, in one of ten tries."""
    return any(_seconds(work) < times * max(_seconds(other), _LEAST_SECONDS) for _ in range(_TRIES))


def _seconds(work: Work) -> float:
    """Of this thread alone: the rest of the process may be busy with what other tests left.

    Without collections: one that happens within looks through all that the whole session of tests holds.
    """
    gc.disable()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        gc.enable()
