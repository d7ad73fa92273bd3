"""The real window with a session that needs no torch, shown and waited for until it can make pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from studio.app.wiring import Studio
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession
from tests.helpers.spoken_window import wait_until


def ready_studio(application: QApplication, home: Path, size: QSize | None = None) -> Studio:
    """The program with what is kept in `home`, its window of `size` or as it was left."""
    paths = UserPaths.below(home)
    paths.create()
    studio = Studio(application, paths, FakeSession)
    is_ready: list[None] = []
    studio.service.ready.connect(lambda *_: is_ready.append(None))
    studio.show()
    if size is not None:
        studio.window.resize(size)
    wait_until(lambda: is_ready)
    return studio
