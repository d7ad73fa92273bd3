"""What a person does with a canvas, for tests of the whole program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from studio.app.wiring import Studio
from studio.core.geometry import Rect
from studio.core.task import ImageToImage, Inpaint, TextToImage
from studio.gallery.record import PictureRecord
from studio.imaging.canvas import Canvas
from studio.imaging.layer import LayerName
from studio.ui.canvas.staging import Staging
from studio.ui.drop_zones import Purpose
from studio.ui.incoming import Incoming


def opened(studio: Studio, qtbot: QtBot, path: Path) -> Canvas:
    with qtbot.waitSignal(studio.canvas.desk.opened):
        studio.canvas.incoming.receive(Purpose.START, Incoming(files=(path,)))
    return canvas_of(studio)


def canvas_of(studio: Studio) -> Canvas:
    canvas = studio.canvas.desk.canvas
    assert canvas is not None
    return canvas


def staging_of(studio: Studio) -> Staging:
    staging = studio.canvas.staging
    assert staging is not None
    return staging


def paint_mask(studio: Studio, area: Rect) -> None:
    """As a tool does it, without its events."""
    coverage = np.full((area.height, area.width), 255, np.uint8)
    canvas_of(studio).paint_area(LayerName.MASK, area, coverage, 255, "Mask")
    studio.canvas.desk.page.view.edited.emit()


def make(studio: Studio, qtbot: QtBot) -> PictureRecord:
    with qtbot.waitSignal(studio.service.picture_saved) as saved, qtbot.waitSignal(studio.service.job_finished):
        studio.window.commands.make.trigger()
    return saved.args[1]


def task_of(record: PictureRecord) -> ImageToImage | Inpaint:
    assert record.parameters is not None
    task = record.parameters.task
    assert not isinstance(task, TextToImage)
    return task


def notice_titles(studio: Studio) -> list[str]:
    return [notice.title for notice in studio.window.notices.shown]


def answer(studio: Studio, text: str) -> None:
    [act] = [answer.act for notice in studio.window.notices.shown for answer in notice.answers if answer.text == text]
    act()
