"""The region of a branch, painted by pointer and by keys."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.process.region_canvas import RegionCanvas
from studio.ui.process.region_dialog import RegionDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[RegionDialog]:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.show()
    pixels = np.random.default_rng(3).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    dialog = RegionDialog(holder, pixels, 8)
    dialog.resize(700, 560)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.canvas.setFocus()
    yield dialog
    holder.close()


def place(canvas: RegionCanvas, x: float, y: float) -> QPoint:
    """Of a pixel of the 128 x 64."""
    scale = min(canvas.width() / 128, canvas.height() / 64)
    left, top = (canvas.width() - 128 * scale) / 2, (canvas.height() - 64 * scale) / 2
    return QPoint(round(left + x * scale), round(top + y * scale))


def drag(canvas: RegionCanvas, *places: tuple[float, float]) -> None:
    first, *others = (place(canvas, *each) for each in places)
    QTest.mousePress(canvas, LEFT, pos=first)
    for each in others:
        QTest.mouseMove(canvas, each)
    QTest.mouseRelease(canvas, LEFT, pos=(first, *others)[-1])


def test_a_stroke_is_the_region(dialog: RegionDialog, qtbot: QtBot) -> None:
    dialog.brush_size.setValue(25)
    drag(dialog.canvas, (30, 32), (60, 32))
    mask = dialog.canvas.painted_mask
    assert mask.shape == (64, 128)
    assert (mask[30:34, 30:60] == 255).all()
    assert not mask[:20].any()
    assert not mask[:, 75:].any()
    dialog.new_noise.setChecked(False)
    with qtbot.waitSignal(dialog.decided) as decided:
        dialog.use.click()
    [wish] = decided.args
    assert np.array_equal(wish.mask, mask)
    assert not wish.new_noise


def test_strokes_are_undone_erased_and_cleared(dialog: RegionDialog) -> None:
    assert not dialog.undo.isEnabled()
    assert not dialog.clear.isEnabled()
    drag(dialog.canvas, (30, 32), (60, 32))
    first = dialog.canvas.painted_mask
    dialog.erase.click()
    drag(dialog.canvas, (30, 32), (30, 32))
    assert dialog.canvas.painted_mask[32, 30] == 0
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(dialog.canvas.painted_mask, first)
    dialog.clear.click()
    assert dialog.canvas.is_empty
    dialog.undo.click()
    assert np.array_equal(dialog.canvas.painted_mask, first)


def test_it_is_painted_without_a_pointer(dialog: RegionDialog) -> None:
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    assert dialog.canvas.painted_mask[32, 64] == 255
    for _ in range(8):
        QTest.keyClick(dialog.canvas, Qt.Key.Key_Right)
    QTest.keyClick(dialog.canvas, Qt.Key.Key_Space)
    assert dialog.canvas.painted_mask[32, 96] == 255
    assert dialog.canvas.accessibleDescription() == "96 of 128 pixels across, 32 of 64 down"


def test_an_empty_region_is_refused_with_a_sentence(dialog: RegionDialog, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dialog.decided):
        dialog.use.click()
    assert dialog.isVisible()
    assert any("Nothing is painted yet" in label.text() for label in dialog.findChildren(QLabel))


def test_every_control_has_a_name(dialog: RegionDialog) -> None:
    for control in (dialog.canvas, dialog.paint, dialog.erase, dialog.brush_size, dialog.undo, dialog.clear):
        assert control.accessibleName()
    assert dialog.new_noise.toolTip()
