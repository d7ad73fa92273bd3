"""A gallery on disk and the window around it, for tests of what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.app.gallery_wiring import gallery_model
from studio.gallery.gallery import Gallery
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    gallery = Gallery(tmp_path / "pictures", tmp_path / "index.db", tmp_path / "thumbnails.db", tmp_path / "user.db")
    gallery.open()
    yield gallery
    gallery.close()


@pytest.fixture
def model(gallery: Gallery, qtbot: QtBot) -> Iterator[GalleryModel]:
    model = gallery_model(gallery)
    yield model
    model.thumbnails.stop()


@pytest.fixture
def window(model: GalleryModel, qtbot: QtBot) -> MainWindow:
    window = MainWindow(model)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    return window
