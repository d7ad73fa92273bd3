"""What the middle of the window shows of a picture that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from studio.core.errors import StudioError
from studio.core.picture_id import PictureId
from studio.core.pixels import frozen_pixels
from studio.gallery.gallery import Gallery
from studio.imaging.decode import read_pixels
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from tests.helpers.fake_session import a_picture
from tests.helpers.run_now import run_or_fail_now


def no_image(_picture: PictureId) -> QImage:
    return QImage()


@pytest.mark.parametrize("has_thumbnail", [True, False])
def test_a_picture_whose_drive_is_away_is_shown_from_memory_and_never_as_another(
    window: MainWindow,
    model: GalleryModel,
    gallery: Gallery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    has_thumbnail: bool,
) -> None:
    red, blue = (
        gallery.add(replace(a_picture(), pixels=frozen_pixels(np.full((64, 64, 3), colour, np.uint8))))
        for colour in ((200, 0, 0), (0, 0, 200))
    )
    model.reload()
    failures: list[StudioError] = []
    stage = PictureStage(window, run_or_fail_now, read_pixels, gallery.foreign_settings, failures.append)
    window.gallery_panel.select(red.id)
    blue.path.rename(tmp_path / "away.png")
    if not has_thumbnail:
        monkeypatch.setattr(model.thumbnails, "whole", no_image)
    window.gallery_panel.select(blue.id)
    assert stage.shown_record == blue
    assert len(failures) == 1
    shown = window.picture_view.shown_image
    assert shown is not None
    if has_thumbnail:
        assert QColor(shown.pixel(5, 5)).blue() > 150
    else:
        assert shown.isNull()
