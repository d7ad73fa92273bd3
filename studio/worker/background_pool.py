"""Much small work away from the window, of which only what is wanted now is begun; answers come back in the window's
thread, many at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal

Key = TypeVar("Key")
Result = TypeVar("Result")
_log = logging.getLogger("studio.worker")


class BackgroundPool(QObject, Generic[Key, Result]):
    """A few threads that make a `Result` for each wanted `Key`, in the order in which they are wanted.

    Lives in the window's thread: `want` is called there, and so is what `start` was given.
    """

    _answered = Signal()

    def __init__(self, name: str, threads: int) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._asked: dict[Key, Future[Result]] = {}
        self._lock = threading.Lock()
        self._answers: dict[Key, Result] = {}
        self._done: Callable[[Mapping[Key, Result]], None] = _to_nobody
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def deliver_to(self, done: Callable[[Mapping[Key, Result]], None]) -> None:
        """`done` is called with all results that have come since it was called last."""
        self._done = done

    def want(self, works: Mapping[Key, Callable[[], Result]]) -> None:
        """Only these are wanted now, the first ones first: what waits and is not among them is never begun. One that
        failed is not begun again."""
        for key, future in list(self._asked.items()):
            if key not in works and future.cancel():
                del self._asked[key]
        for key, work in works.items():
            if key not in self._asked:
                future = self._asked[key] = self._executor.submit(work)
                future.add_done_callback(partial(self._answer, key))

    def stop(self) -> None:
        """Finish what was begun, forget the rest and end the threads. Answers not delivered yet are dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall.value)

    def _answer(self, key: Key, future: Future[Result]) -> None:
        """In one of the threads; one that was cancelled has no answer."""
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            _log.error("unforeseen failure in the background", exc_info=error)
            return
        with self._lock:
            is_first = not self._answers
            self._answers[key] = future.result()
        if is_first:
            self._answered.emit()

    def _deliver(self) -> None:
        with self._lock:
            answers, self._answers = self._answers, {}
        for key in answers:
            del self._asked[key]
        self._done(answers)


def _to_nobody(_answers: object) -> None:
    """Before anybody asked."""
