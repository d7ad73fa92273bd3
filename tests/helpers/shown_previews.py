"""What the screen shows while a picture is made, in the window's middle and on a canvas; run with QT_SCALE_FACTOR.

    python -m tests.helpers.shown_previews HOME

Prints JSON: `{where: {"off": mean difference to the preview enlarged for just these pixels of the screen, "moved":
pixels of the screen by which the finished picture lies elsewhere}}`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget

from studio.app.wiring import Studio
from studio.core.progress import PreviewFrame
from studio.settings.paths import UserPaths
from studio.ui.images import from_qimage
from studio.ui.theme import current_tokens
from tests.helpers.fake_session import FakeSession
from tests.helpers.spoken_window import settle, wait_until

PHOTO = (200, 300)


@dataclass(frozen=True)
class Shown:
    """A picture on the screen."""

    place: tuple[int, int, int, int]
    pixels: NDArray[np.uint8]

    def differs_from(self, picture: NDArray[np.uint8]) -> float:
        """From `picture`, enlarged to as many pixels of the screen."""
        height, width, _ = self.pixels.shape
        expected = Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)
        return float(np.abs(self.pixels.astype(float) - np.asarray(expected, float)).mean())


class Person:
    """Has pictures made, and looks at them half way and when they are there."""

    def __init__(self, studio: Studio, session: FakeSession) -> None:
        self._studio = studio
        self._session = session
        self._frames: list[PreviewFrame] = []
        studio.preview_shown.connect(self._frames.append)

    def makes(self, look: Callable[[], Shown]) -> dict[str, float]:
        self._frames.clear()
        self._session.paused.clear()
        self._session.go_on.clear()
        self._studio.window.request_panel.make.click()
        wait_until(lambda: self._session.paused.is_set() and self._frames)
        settle()
        preview, frame = look(), self._frames[-1]
        self._session.go_on.set()
        wait_until(lambda: self._studio.service.running is None)
        settle()
        moved = max(abs(now - before) for now, before in zip(look().place, preview.place, strict=True))
        return {"off": preview.differs_from(frame.pixels), "moved": moved}


def main(home: Path) -> None:
    application = QApplication([])
    paths = UserPaths.below(home)
    paths.create()
    session = FakeSession()
    session.pause_at_step = 2
    studio = Studio(application, paths, lambda _: session)
    is_ready: list[object] = []
    studio.service.ready.connect(is_ready.append)
    studio.show()
    studio.window.resize(1281, 723)  # no side of a multiple of four: parts begin between pixels of the screen
    wait_until(lambda: is_ready)
    person = Person(studio, session)
    studio.window.request_panel.prompt.set_texts("a red apple", "")
    said = {"middle": person.makes(lambda: seen_in(studio.window, easel_of(studio.window.picture_view)))}
    Image.new("RGB", PHOTO, "red").save(photo := home / "photo.png")
    studio.open_files((photo,))
    wait_until(lambda: studio.canvas.desk.canvas is not None)
    view = studio.canvas.desk.page.view
    said["canvas"] = person.makes(lambda: seen_in(studio.window, view))
    sys.stdout.write(json.dumps(said))
    studio.window.ask_before_closing(lambda: True)
    studio.window.close()
    assert studio.close()


def easel_of(view: QWidget) -> QWidget:
    """What shows the picture: it also takes the focus for the view, once it is there."""
    easel = view.focusProxy()
    assert easel is not None
    return easel


def seen_in(window: QWidget, part: QWidget) -> Shown:
    """What lies there on the canvas's ground. Of the whole window: a part that is looked at alone begins at a pixel."""
    grabbed = window.grab().toImage()
    ratio = grabbed.devicePixelRatio()
    grabbed.setDevicePixelRatio(1)
    corner, far = part.mapTo(window, QPoint(0, 0)), part.mapTo(window, QPoint(part.width(), part.height()))
    seen = from_qimage(grabbed)[
        round(corner.y() * ratio) : round(far.y() * ratio), round(corner.x() * ratio) : round(far.x() * ratio)
    ]
    ground = QColor(current_tokens().canvas)
    is_picture = (seen != (ground.red(), ground.green(), ground.blue())).any(axis=2)
    rows, columns = (np.flatnonzero(is_picture.mean(axis=axis) > 0.3) for axis in (1, 0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return Shown((int(left), int(top), int(right), int(bottom)), seen[top:bottom, left:right])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
