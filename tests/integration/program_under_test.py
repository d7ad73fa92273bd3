"""Window, worker and gallery together, with a session that needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.session import GenerationSession
from studio.core.sources import PixelSource
from studio.settings.paths import UserPaths
from studio.ui.notice_bar import Notice
from studio.ui.process.process_page import ProcessPage
from studio.ui.process.region_dialog import RegionDialog

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels


@contextmanager
def running_studio(
    qapp: QApplication,
    qtbot: QtBot,
    home: Path,
    session_factory: Callable[[PixelSource], GenerationSession],
    open_file: Path | None = None,
    patience_ms: int = 5000,
    *,
    safe: bool = False,
    at_once: Callable[[Studio], None] = lambda _: None,
) -> Iterator[Studio]:
    """The program, ready; closed properly at the end. `at_once` is what a hasty person does when the window comes."""
    paths = UserPaths.below(home)
    paths.create()
    studio = Studio(qapp, paths, session_factory, safe=safe)
    if open_file is not None:
        studio.open_files((open_file,))
    try:
        with qtbot.waitSignal(studio.service.ready, timeout=patience_ms):
            studio.show()
            at_once(studio)
        yield studio
    finally:
        studio.window.ask_before_closing(lambda: True)  # a failed test must not wait for an answer
        studio.window.close()
        assert studio.close()
        shiboken6.delete(studio.window)


def notice(studio: Studio, part: str) -> Notice | None:
    """The notice in the window whose title has this part."""
    return next((shown for shown in studio.window.notices.shown if part in shown.title), None)


def answer(studio: Studio, qtbot: QtBot, part: str, text: str) -> None:
    """Wait for a notice, and press one of its buttons."""
    qtbot.waitUntil(lambda: notice(studio, part) is not None)
    found = notice(studio, part)
    assert found is not None
    [act] = [answer.act for answer in found.answers if answer.text == text]
    act()


def prompts(studio: Studio) -> list[str]:
    """Of the pictures in the gallery, in its order."""
    model = studio.gallery_model
    records = [model.record(row) for row in range(model.rowCount())]
    return [record.parameters.prompt.text for record in records if record is not None and record.parameters is not None]


def paint_region(studio: Studio, qtbot: QtBot, page: ProcessPage, index: int) -> MaskPixels:
    """Go to this step of the shown picture's process, paint in the middle with the keyboard, and use it; its mask."""
    qtbot.waitUntil(page.reverse.slider.isEnabled)
    page.reverse.go_to(index)
    page.reverse.region.click()
    qtbot.waitUntil(lambda: bool(studio.window.findChildren(RegionDialog)))
    [dialog] = studio.window.findChildren(RegionDialog)
    qtbot.keyClick(dialog.canvas, Qt.Key.Key_Space)
    mask = dialog.canvas.painted_mask
    with qtbot.waitSignal(studio.later.process.regions.chosen):
        dialog.use.click()
    return mask
