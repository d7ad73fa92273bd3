"""Painting in the latent by pointer and keys, and how far the quick preview is from the decode."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.core.study import StudiedPicture
from studio.imaging.latent_painting import CellTool, brush_cells
from studio.ui.images import from_qimage
from studio.ui.process.latent_paint_view import LatentPaintView, preview_text
from tests.helpers.fake_session import CHECKPOINT, FakeSession

LEFT, NO_KEYS, ALT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def view(qtbot: QtBot) -> LatentPaintView:
    pixels = np.random.default_rng(3).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    session = FakeSession()
    view = LatentPaintView()
    qtbot.addWidget(view)
    view.resize(760, 500)
    view.show()
    view.show_picture(StudiedPicture(pixels, session.noise_levels(CHECKPOINT), session.round_trip(CHECKPOINT, pixels)))
    qtbot.waitExposed(view)
    return view


def middle_of(view: LatentPaintView, row: int, column: int) -> QPoint:
    """Of a cell of the 8 x 16."""
    canvas = view.canvas
    cell = min(canvas.width() / 16, canvas.height() / 8)
    left, top = (canvas.width() - 16 * cell) / 2, (canvas.height() - 8 * cell) / 2
    return QPoint(round(left + (column + 0.5) * cell), round(top + (row + 0.5) * cell))


def click(view: LatentPaintView, row: int, column: int, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
    QTest.mouseClick(view.canvas, LEFT, keys, middle_of(view, row, column))


def painted(view: LatentPaintView) -> np.ndarray:
    assert view.latents is not None
    return view.latents


def original(view: LatentPaintView) -> np.ndarray:
    assert view.original is not None
    return view.original


def test_a_click_erases_a_round_of_cells_and_asks_for_a_decode(view: LatentPaintView, qtbot: QtBot) -> None:
    before = from_qimage(view.canvas.image)
    with qtbot.waitSignal(view.changed) as changed:
        click(view, 3, 5)
    where = brush_cells((8, 16), 3, 5, 3)
    assert changed.args == [painted(view)]
    assert not painted(view)[:, where].any()
    assert np.array_equal(painted(view)[:, ~where], original(view)[:, ~where])
    assert not np.array_equal(from_qimage(view.canvas.image), before), "seen at once, without the engine"


def test_a_stroke_has_no_gaps_and_is_undone_as_one(view: LatentPaintView) -> None:
    view.brush.setValue(1)
    QTest.mousePress(view.canvas, LEFT, NO_KEYS, middle_of(view, 2, 2))
    QTest.mouseMove(view.canvas, middle_of(view, 2, 9))
    view.canvas.stroke_moved.emit((2, 9))
    QTest.mouseRelease(view.canvas, LEFT, NO_KEYS, middle_of(view, 2, 9))
    assert not painted(view)[:, 2, 2:10].any()
    view.undo.click()
    assert painted(view) is original(view)
    assert not view.undo.isEnabled()


def test_a_cell_is_copied_from_where_alt_was_clicked(view: LatentPaintView) -> None:
    view.tools[CellTool.COPY].click()
    view.brush.setValue(1)
    click(view, 1, 1, ALT)
    assert painted(view) is original(view), "choosing paints nothing"
    click(view, 6, 12)
    assert np.array_equal(painted(view)[:, 6, 12], original(view)[:, 1, 1])


def test_without_a_pointer(view: LatentPaintView) -> None:
    view.brush.setValue(1)
    view.tools[CellTool.NOISE].click()
    click(view, 4, 4)
    view.undo.click()
    view.canvas.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Space):
        QTest.keyClick(view.canvas, key)
    changed = (painted(view) != original(view)).any(axis=0)
    assert np.argwhere(changed).tolist() == [[3, 5]]
    assert view.canvas.accessibleDescription() == "Row 4 of 8, column 6"
    QTest.keyClick(view.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert painted(view) is original(view)


def test_a_reset_can_be_undone(view: LatentPaintView) -> None:
    click(view, 4, 4)
    erased = painted(view)
    view.reset.click()
    assert painted(view) is original(view)
    assert not view.reset.isEnabled()
    view.undo.click()
    assert painted(view) is erased


def test_the_decode_stands_beside_the_preview_with_their_distance(view: LatentPaintView) -> None:
    decoded = np.full((64, 128, 3), 90, np.uint8)
    view.show_decoded(painted(view), decoded)
    assert np.array_equal(from_qimage(view.decoded.image), decoded)
    assert " dB (PSNR) from the real decode" in view.told.text()


def test_a_preview_of_the_same_colour_is_no_distance_away() -> None:
    assert "inf dB" in preview_text(np.full((8, 8, 3), 7, np.uint8), np.full((64, 64, 3), 7, np.uint8))
    assert "34.2 dB" in preview_text(np.full((8, 8, 3), 7, np.uint8), np.full((64, 64, 3), 12, np.uint8))


def test_without_a_picture_nothing_can_be_painted(view: LatentPaintView) -> None:
    view.await_picture("Select a picture")
    click(view, 3, 3)
    assert view.latents is None
    assert view.canvas.text == "Select a picture"
    assert not any(button.isEnabled() for button in (*view.tools.values(), view.undo, view.reset, view.brush))
