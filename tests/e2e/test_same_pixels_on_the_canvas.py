"""What is made from the canvas is, bit for bit, what Python (and so the command line) makes of the same request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio import generate_image, open_session
from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.core.task import Fit
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from tests.integration.canvas_under_test import opened
from tests.integration.program_under_test import running_studio

pytestmark = pytest.mark.timeout(300)
PATIENCE_MS = 120_000


@pytest.fixture
def start(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8)
    Image.fromarray(noise).filter(ImageFilter.GaussianBlur(8)).save(path := tmp_path / "start.png")
    return path


@pytest.fixture
def studio(qapp: QApplication, qtbot: QtBot, tmp_path: Path, start: Path) -> Iterator[Studio]:
    with running_studio(qapp, qtbot, tmp_path / "home", create_session, patience_ms=PATIENCE_MS) as studio:
        panel = studio.window.request_panel
        panel.prompt.set_texts("a red apple", "")
        panel.sampling.steps.set_value(6)
        panel.sampling.seed.setText("42")
        panel.sampling.keep_seed.setChecked(True)
        opened(studio, qtbot, start)
        yield studio


def made(studio: Studio, qtbot: QtBot) -> PictureRecord:
    with (
        qtbot.waitSignal(studio.service.picture_saved, timeout=PATIENCE_MS) as saved,
        qtbot.waitSignal(studio.service.job_finished, timeout=PATIENCE_MS),
    ):
        studio.window.commands.make.trigger()
    return saved.args[1]


def test_the_window_makes_the_same_pixels(studio: Studio, qtbot: QtBot, start: Path) -> None:
    panel = studio.window.request_panel.start
    panel.vary_strength.set_value(0.55)
    panel.fit.setCurrentIndex(panel.fit.findData(Fit.PAD))
    varied = made(studio, qtbot)

    mask = np.zeros((80, 120), np.uint8)
    mask[20:60, 60:100] = 255
    mask[30:50, 20:40] = 120
    studio.canvas.desk.mask(mask, "Mask")
    repainted = made(studio, qtbot)
    assert repainted.parameters is not None
    assert repainted.parameters.unchanged_pixels is not None
    assert repainted.parameters.unchanged_pixels > 0

    studio.canvas.desk.page.view.undo()
    studio.canvas.desk.page.view.extend(0, 0, 32, 0)
    extended = made(studio, qtbot)

    with open_session() as session:
        again = {"seed": 42, "steps": 6, "image": start, "session": session}
        by_python = generate_image("a red apple", strength=0.55, fit="pad", **again)
        assert np.array_equal(np.asarray(by_python), read_pixels(varied.path))
        by_python = generate_image("a red apple", mask=Image.fromarray(mask), **again)
        assert np.array_equal(np.asarray(by_python), read_pixels(repainted.path))
        by_python = generate_image("a red apple", outpaint="right=32", **again)
        assert np.array_equal(np.asarray(by_python), read_pixels(extended.path))
