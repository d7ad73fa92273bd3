"""A large photograph is seen before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from studio.core.errors import PictureUnreadable, StudioError
from studio.core.picture_id import PictureId
from studio.imaging.canvas import Canvas
from studio.imaging.decode import DecodedPicture
from studio.ui.canvas.canvas_desk import CanvasDesk, SourceOperations
from studio.ui.canvas.canvas_opener import CanvasOpener, ReadOperations
from studio.ui.canvas.canvas_page import CanvasPage
from studio.ui.canvas.glimpse_page import GlimpsePage
from studio.ui.incoming import Incoming
from studio.ui.main_window import MainWindow
from tests.helpers.fake_session import CHECKPOINT
from tests.ui.test_gallery_search import Later

RED = np.full((40, 60, 3), (200, 30, 30), np.uint8)
RED.setflags(write=False)
PHOTO = Path("photo.jpg")


@dataclass
class Bench:
    window: MainWindow
    desk: CanvasDesk
    opener: CanvasOpener
    later: Later
    failures: list[StudioError]
    sides: list[int]
    """Of the glimpses that were asked for."""

    def glimpse(self) -> GlimpsePage | None:
        return next((page for page in self.window.findChildren(GlimpsePage) if page.isVisible()), None)

    def drop(self) -> None:
        self.opener.open_incoming(Incoming(files=(PHOTO,)))

    def go_on(self) -> None:
        """One piece of work in the background ends."""
        work, *self.later.waiting = self.later.waiting
        work()


def unreadable(path: Path) -> DecodedPicture:
    raise PictureUnreadable(path, "cut short")


@pytest.fixture
def bench_of(window: MainWindow) -> Callable[[Callable[[Path], DecodedPicture]], Bench]:
    def make(read: Callable[[Path], DecodedPicture]) -> Bench:
        later, failures = Later(), list[StudioError]()

        def glimpse(_path: Path, side: int) -> np.ndarray:
            sides.append(side)
            return RED

        sides = list[int]()
        desk = CanvasDesk(window, later, SourceOperations(pytest.fail, pytest.fail), failures.append)
        operations = ReadOperations(glimpse, read, pytest.fail, pytest.fail)
        opener = CanvasOpener(window, desk, later, operations, no_record, Canvas, lambda: CHECKPOINT, failures.append)
        return Bench(window, desk, opener, later, failures, sides)

    return make


def no_record(_picture: PictureId) -> None:
    return None


def test_it_is_seen_until_the_canvas_is_there(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of(lambda _: DecodedPicture(RED, None, is_first_of_frames=False))
    bench.drop()
    assert bench.glimpse() is None
    bench.go_on()
    page = bench.glimpse()
    assert page is not None
    assert page.said.text() == "Opening photo.jpg …"
    assert page.grab().toImage().pixelColor(page.rect().center() + QPoint(0, 24)).name() == "#c81e1e"
    assert bench.desk.canvas is None, "nothing can be made from it"
    bench.go_on()
    assert bench.glimpse() is None
    assert bench.desk.is_shown


def test_it_lies_where_the_picture_will_be(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of(lambda _: DecodedPicture(RED, None, is_first_of_frames=False))
    bench.drop()
    bench.go_on()
    page = bench.glimpse()
    assert page is not None
    seen = page.grab().toImage()
    bench.go_on()
    view = bench.desk.page.view
    place = view.sight.area(bench.desk.canvas.bounds).toRect().translated(view.mapTo(bench.desk.page, QPoint()))
    inside, outside = place.adjusted(2, 2, -3, -3), place.adjusted(-3, -3, 2, 2)
    for corner in ("topLeft", "topRight", "bottomLeft", "bottomRight"):
        assert seen.pixelColor(getattr(inside, corner)()).name() == "#c81e1e", corner
        assert seen.pixelColor(getattr(outside, corner)()).name() != "#c81e1e", corner


def test_the_page_of_the_canvas_is_made_while_the_file_is_read(
    bench_of: Callable[..., Bench], qtbot: QtBot, window: MainWindow
) -> None:
    bench = bench_of(lambda _: DecodedPicture(RED, None, is_first_of_frames=False))
    assert window.findChildren(CanvasPage) == []
    bench.drop()
    qtbot.waitUntil(lambda: len(window.findChildren(CanvasPage)) == 1)
    assert bench.desk.canvas is None


def test_it_has_as_many_pixels_as_the_screen_shows_of_it(
    bench_of: Callable[..., Bench], window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "devicePixelRatioF", lambda: 2.0)
    bench = bench_of(lambda _: DecodedPicture(RED, None, is_first_of_frames=False))
    bench.drop()
    bench.go_on()
    page = bench.glimpse()
    assert page is not None
    assert bench.sides == [2 * max(page.width(), page.height())]


def test_it_goes_when_the_picture_cannot_be_read(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of(unreadable)
    bench.drop()
    bench.go_on()
    assert bench.glimpse() is not None
    bench.go_on()
    assert bench.glimpse() is None
    assert bench.window.picture_view.isVisible()
    assert [type(error) for error in bench.failures] == [PictureUnreadable]
