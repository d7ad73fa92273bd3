"""Disk work away from the window: one thing after the other, with the answer back in the window's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal

from studio.core.errors import EngineFailed, StudioError

Result = TypeVar("Result")
_log = logging.getLogger("studio.worker")


class BackgroundThread(QObject):
    """One thread that runs functions in the order in which they were given.

    Lives in the window's thread: `done` and `failed` are called there, whichever thread called `run`.
    """

    _answered = Signal(object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Result],
        *,
        failed: Callable[[StudioError], None],
        done: Callable[[Result], None] | None = None,
    ) -> Future[None]:
        """Run `work` in the thread, then `done` with its result or `failed` with its error in the window's thread.

        The returned future is finished when `work` is, however it ended.
        """

        def task() -> None:
            try:
                result = work()
            except StudioError as error:
                self._answer(failed, error)
            except (
                Exception
            ) as error:  # the boundary of this thread: the traceback goes to the log, the fact to the user
                _log.exception("unforeseen failure in %s", work)
                self._answer(failed, EngineFailed(f"{type(error).__name__}: {error}"))
            else:
                if done is not None:
                    self._answer(done, result)

        return self._executor.submit(task)

    def stop(self) -> None:
        """Finish what was given and end the thread. Answers that were not delivered yet are dropped."""
        self._executor.shutdown(wait=True)
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall.value)

    def _answer(self, receiver: Callable[[Result], None], value: Result) -> None:
        self._answered.emit(lambda: receiver(value))

    def _deliver(self, answer: Callable[[], None]) -> None:
        answer()
