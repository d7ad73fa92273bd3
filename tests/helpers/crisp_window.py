"""How many pixels of the screen the window's pictures have; run with QT_SCALE_FACTOR for a screen with another scale.

    python -m tests.helpers.crisp_window HOME

Prints JSON: `{"wrong": share of a canvas's pixels at 100 % that are not those of the picture, "sides": {what: [its
pixels, pixels of the window]}}`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QAction, QIcon, QImage
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from studio.app.wiring import Studio
from studio.settings.paths import UserPaths
from studio.ui import glossary
from studio.ui.canvas.candidate_bar import CandidateBar
from studio.ui.canvas.candidates import Candidates
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.gallery.thumbnail_cells import GAP
from studio.ui.help_card import HelpCard
from studio.ui.images import from_qimage
from studio.ui.suggestion_list import swatch
from studio.ui.theme import px
from tests.helpers.fake_session import FakeSession
from tests.helpers.spoken_window import settle, wait_until

WIDTH, HEIGHT = 200, 300


def main(home: Path) -> None:
    application = QApplication([])
    paths = UserPaths.below(home)
    paths.create()
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    Image.fromarray(noise).save(photo := home / "photo.png")
    studio = Studio(application, paths, FakeSession)
    studio.open_files((photo,))
    is_ready: list[None] = []
    studio.service.ready.connect(lambda *_: is_ready.append(None))
    studio.show()
    studio.window.resize(1281, 723)  # no side of a multiple of four: parts begin between pixels of the screen
    wait_until(lambda: studio.canvas.desk.canvas is not None and is_ready)
    wrong = wrong_on_the_canvas(studio.window, noise)
    studio.window.request_panel.prompt.set_texts("a red apple", "")
    studio.window.request_panel.make.click()
    thumbnails = studio.gallery_model.thumbnails
    wait_until(lambda: studio.gallery_model.rowCount() == 1 and studio.service.running is None)
    wait_until(lambda: not thumbnails.image(studio.gallery_model.picture(0)).isNull())
    settle()
    cell = studio.window.gallery_panel.view.visualRect(studio.gallery_model.index(0, 0))
    record = studio.gallery_model.record(0)
    assert record is not None
    sides = {
        "thumbnail": (thumbnails.image(record.id).width(), cell.width() - 2 * px(GAP)),
        "help card": (picture_of_a_help_card(studio.window), px(148)),
        "result": (icon_side(result_button(Candidates((record,))).icon(), px(44)), px(44)),
        "colour": (icon_side(swatch("#ff0000", studio.window.devicePixelRatioF()), px(16)), px(16)),
    }
    sys.stdout.write(json.dumps({"wrong": wrong, "sides": sides}))
    studio.window.ask_before_closing(lambda: True)
    studio.window.close()
    assert studio.close()


def wrong_on_the_canvas(window: QWidget, picture: np.ndarray) -> float:
    """In the window as a whole: a part that is looked at alone begins at a pixel."""
    view = window.findChild(CanvasView)
    view.sight.zoom_at(view.sight.centre, 1.0)
    settle()
    grabbed = window.grab().toImage()
    grabbed.setDevicePixelRatio(1)
    seen, ratio = from_qimage(grabbed), view.sight.ratio
    corner, viewport = view.mapTo(window, QPoint(0, 0)), view.sight.viewport
    left, top = int(corner.x() * ratio + viewport.left + 0.5), int(corner.y() * ratio + viewport.top + 0.5)
    return float((seen[top : top + HEIGHT, left : left + WIDTH] != picture).mean())


def picture_of_a_help_card(window: QWidget) -> int:
    card = HelpCard(glossary.GUIDANCE, window)
    return next(shown.width() for label in card.findChildren(QLabel) if not (shown := label.pixmap()).isNull())


def result_button(results: Candidates) -> QToolButton:
    picture = QImage(512, 512, QImage.Format.Format_RGB888)
    bar = CandidateBar(lambda _: picture, QAction("Accept"), ())
    bar.show_candidates(results)
    button = bar.findChildren(QToolButton, "candidate")[-1]
    button.setParent(None)
    return button


def icon_side(icon: QIcon, side: int) -> int:
    return icon.pixmap(QSize(side, side)).width()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
