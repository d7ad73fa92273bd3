"""Window, worker and gallery together, with a session that needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.session import GenerationSession
from studio.core.sources import PixelSource
from studio.settings.paths import UserPaths


@contextmanager
def running_studio(
    qapp: QApplication,
    qtbot: QtBot,
    home: Path,
    session_factory: Callable[[PixelSource], GenerationSession],
    open_file: Path | None = None,
    patience_ms: int = 5000,
) -> Iterator[Studio]:
    """The program, ready; closed properly at the end."""
    paths = UserPaths.below(home)
    paths.create()
    studio = Studio(qapp, paths, session_factory)
    if open_file is not None:
        studio.open_at_start(open_file)
    try:
        with qtbot.waitSignal(studio.service.ready, timeout=patience_ms):
            studio.show()
        yield studio
    finally:
        studio.window.ask_before_closing(lambda: True)  # a failed test must not wait for an answer
        studio.window.close()
        assert studio.close()
        shiboken6.delete(studio.window)
