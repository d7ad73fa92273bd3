"""Newer versions in the window: asked for at the start, if the user allowed it, and told in a notice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Coroutine
from functools import partial

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from studio.app.update_announcement import Update
from studio.core.errors import StudioError, UpdateUnanswered
from studio.core.language import tr
from studio.core.version import VERSION
from studio.ui.notice_bar import Answer, Notice, NoticeBar
from studio.worker.background import BackgroundThread

_log = logging.getLogger("studio.app")
_KEY = "update"


class UpdateWatch:
    """Lives in the window's thread; what it asks for comes in a thread of its own, which begins with the question."""

    def __init__(
        self,
        notices: NoticeBar,
        announce: Callable[[StudioError], None],
        find: Callable[[], Coroutine[None, None, Update | None]],
    ) -> None:
        """`find` asks the makers' page, as `find_update` does."""
        self._notices = notices
        self._announce = announce
        self._find = find
        self._thread = BackgroundThread("updates")
        self._is_closed = False
        self._cancel: Callable[[], None] | None = None
        """Calls the question back, while there is one."""
        self._lock = threading.Lock()

    def look(self, *, tell_all: bool) -> None:
        """Ask now. `tell_all`: the user waits for the answer; else only a newer version is worth a word."""
        told, failed = partial(self._tell, tell_all=tell_all), partial(self._fail, tell_all=tell_all)
        self._thread.run(self._ask, done=told, failed=failed)

    def close(self) -> None:
        """Whoever has not answered yet is not waited for."""
        with self._lock:
            self._is_closed = True
            if self._cancel is not None:
                self._cancel()
        self._thread.stop()

    def _ask(self) -> Update | None:
        import asyncio

        return asyncio.run(self._find_unless_closed())

    async def _find_unless_closed(self) -> Update | None:
        import asyncio

        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def cancel() -> None:
            loop.call_soon_threadsafe(task.cancel)

        with self._lock:
            if self._is_closed:
                return None
            self._cancel = cancel
        try:
            return await self._find()
        finally:
            with self._lock:
                self._cancel = None

    def _tell(self, update: Update | None, *, tell_all: bool) -> None:
        if update is not None:
            answers = (
                Answer(tr("Open its page"), lambda: _open(update.address)),
                Answer(tr("Later"), lambda: None),
            )
            title = tr("Version {version} is there", version=update.version)
            self._notices.show_notice(Notice(title, update.notes, answers, key=_KEY))
        elif tell_all:
            text = tr("{version} is the newest version. The program asks again at each start.", version=VERSION)
            self._notices.show_notice(Notice(tr("New versions are told"), text, key=_KEY))

    def _fail(self, error: StudioError, *, tell_all: bool) -> None:
        if isinstance(error, UpdateUnanswered) and not tell_all:
            _log.info("nobody could be asked for a newer version: %s", error.reason)  # no network is no surprise
        else:
            self._announce(error)


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))
