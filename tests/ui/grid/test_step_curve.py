"""The curve of what more steps gave: its points, its numbers, and the way to it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.core.grid import GridId, StepMeasure
from studio.ui.grid.kept_grids import GridState, KeptGrids
from studio.ui.grid.step_curve import StepCurve, StepCurveDialog, measure_text

MEASURES = (
    StepMeasure("Euler", 5, 1.0, 30.0),
    StepMeasure("DDIM", 5, 1.5, 20.0),
    StepMeasure("Euler", 100, 20.0, 0.0),
    StepMeasure("DDIM", 100, 30.0, 0.0),
    StepMeasure("Euler", 50, 10.0, 15.0),
    StepMeasure("DDIM", 50, 15.0, 2.0),
)


@pytest.fixture
def curve(qtbot: QtBot) -> StepCurve:
    curve = StepCurve(MEASURES)
    qtbot.addWidget(curve)
    curve.resize(600, 300)
    return curve


def test_each_line_goes_down_to_the_most_steps(curve: StepCurve) -> None:
    assert list(curve.lines) == ["Euler", "DDIM"]
    for points in curve.lines.values():
        assert [point.x() for point in points] == sorted(point.x() for point in points)
        assert [point.y() for point in points] == sorted(point.y() for point in points), "less distance is lower"
    few, half, most = curve.lines["Euler"]
    assert half.y() == pytest.approx((few.y() + most.y()) / 2)


def test_by_seconds_the_slower_one_ends_further_right(curve: StepCurve) -> None:
    assert curve.lines["Euler"][-1].x() == curve.lines["DDIM"][-1].x()
    curve.show_by_seconds(by_seconds=True)
    assert curve.lines["Euler"][-1].x() < curve.lines["DDIM"][-1].x()


def test_all_points_are_in_sight(curve: StepCurve) -> None:
    for points in curve.lines.values():
        assert all(curve.rect().contains(point.toPoint()) for point in points)
    curve.grab()


def test_pictures_that_are_all_alike_have_a_curve_too(qtbot: QtBot) -> None:
    curve = StepCurve([StepMeasure("", 5, 0.0, 0.0), StepMeasure("", 10, 0.0, 0.0)])
    qtbot.addWidget(curve)
    curve.show_by_seconds(by_seconds=True)
    curve.grab()


def test_the_numbers_stand_below_it(qtbot: QtBot) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    dialog = StepCurveDialog(ground, "Steps × Sampler", MEASURES)
    texts = [dialog.numbers.item(0, column).text() for column in range(4)]
    assert texts == ["Euler", "5", "1.0", "30.00"]
    assert measure_text(MEASURES[0]) in dialog.curve.accessibleDescription()
    dialog.by_seconds.click()
    assert dialog.curve.lines["Euler"][-1].x() < dialog.curve.lines["DDIM"][-1].x()


def test_only_a_grid_that_was_measured_offers_its_curve(qtbot: QtBot) -> None:
    kept = KeptGrids()
    qtbot.addWidget(kept)
    kept.show_grids([GridState(GridId("a"), "Steps", 6, 6, is_queued=False, has_sheet=True, has_measures=True)])
    assert not kept.curve.isHidden()
    with qtbot.waitSignal(kept.curve_asked) as asked:
        kept.curve.click()
    assert asked.args == [GridId("a")]
    kept.show_grids([GridState(GridId("b"), "Seed", 6, 6, is_queued=False, has_sheet=True)])
    assert kept.curve.isHidden()
