"""The dialog of a grid: what is typed, what it makes, and how long that takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.core.addon import AddonKind
from studio.core.errors import AddonNotFound
from studio.core.grid import GridId
from studio.grids.axes import AxisKind
from studio.grids.presets import presets
from studio.ui.grid.grid_dialog import GridDialog, GridPlan
from studio.ui.grid.grid_summary import duration_text
from studio.ui.grid.kept_grids import GridState
from tests.helpers.fake_session import CHECKPOINT, a_picture, a_request

OTHER = replace(CHECKPOINT, name="Other, model", path=Path("other"))


@pytest.fixture
def dialog(qtbot: QtBot) -> GridDialog:
    ground = QWidget()
    qtbot.addWidget(ground)
    dialog = GridDialog(ground, a_request(steps=10), [CHECKPOINT, OTHER], a_picture(a_request(steps=10)).parameters)
    dialog.ground = ground  # type: ignore[attr-defined]
    dialog.open()
    return dialog


def vary(dialog: GridDialog, row: int, kind: AxisKind, values: str) -> None:
    dialog.rows[row].choose(kind)
    dialog.rows[row].values.setText(values)


def decided(dialog: GridDialog) -> list[GridPlan]:
    plans: list[GridPlan] = []
    dialog.decided.connect(plans.append)
    QTest.keyClick(dialog.rows[0].values, Qt.Key.Key_Return)
    return plans


def test_it_says_how_many_pictures_that_makes_and_how_long_they_take(dialog: GridDialog) -> None:
    assert not dialog.make.isEnabled()
    vary(dialog, 0, AxisKind.GUIDANCE, "2-6 [3]")
    assert dialog.summary.text() == "3 pictures, about 2 s."
    vary(dialog, 1, AxisKind.SEED, "1-100")
    assert dialog.summary.text() == "3 × 100 = 300 pictures, about 3 min."
    assert dialog.make.text() == "Make 300 pictures"


def test_without_a_picture_no_time_is_made_up(qtbot: QtBot) -> None:
    ground = QWidget()
    qtbot.addWidget(ground)
    dialog = GridDialog(ground, a_request(), [], None)
    vary(dialog, 0, AxisKind.SEED, "1, 2")
    assert dialog.summary.text() == "2 pictures. How long that takes is known after the first picture."


def test_enter_hands_over_the_cells_once(dialog: GridDialog) -> None:
    vary(dialog, 0, AxisKind.SEED, "1, 2")
    vary(dialog, 1, AxisKind.MODEL, 'Fake model, "other, MODEL"')

    [plan] = decided(dialog)

    assert [(cell.sampling.seed, cell.checkpoint.name) for cell in plan.cells] == [
        (1, "Fake model"),
        (2, "Fake model"),
        (1, "Other, model"),
        (2, "Other, model"),
    ]
    assert decided(dialog) == []  # it is being kept


@pytest.mark.parametrize(
    ("kind", "values", "part"),
    [
        (AxisKind.STEPS, "5-", "no number and no range"),
        (AxisKind.GUIDANCE, "99", "0 to 30"),
        (AxisKind.MODEL, "Nobody", "no model called “Nobody”"),
        (AxisKind.PROMPT, "pear, plum", "the prompt does not have"),
        (AxisKind.STRENGTH, "0.5", "no start picture"),
    ],
)
def test_what_is_wrong_stands_below_its_values(dialog: GridDialog, kind: AxisKind, values: str, part: str) -> None:
    vary(dialog, 0, AxisKind.SEED, "1, 2")
    vary(dialog, 2, kind, values)

    assert part in dialog.rows[2].fault.text()
    assert dialog.rows[2].fault.isVisible()
    assert not dialog.make.isEnabled()
    assert decided(dialog) == []
    vary(dialog, 2, AxisKind.STEPS, "5")
    assert not dialog.rows[2].fault.isVisible()
    assert dialog.make.isEnabled()


def test_a_fault_of_the_whole_grid(dialog: GridDialog) -> None:
    vary(dialog, 0, AxisKind.SEED, "1-50")
    vary(dialog, 1, AxisKind.STEPS, "1-50")
    assert "2500 pictures" in dialog.fault.text()
    vary(dialog, 1, AxisKind.SEED, "1")
    assert "varied twice" in dialog.fault.text()


def test_all_samplers_and_models_are_filled_in(dialog: GridDialog) -> None:
    row = dialog.rows[0]
    assert not row.fill.isVisible()
    row.choose(AxisKind.MODEL)
    row.fill.click()
    assert row.values.text() == 'Fake model, "Other, model"'
    row.choose(AxisKind.SAMPLER)
    row.fill.click()
    assert dialog.summary.text().startswith("7 pictures")


def test_what_cannot_be_kept_can_be_mended(dialog: GridDialog) -> None:
    vary(dialog, 0, AxisKind.SEED, "1, 2")
    assert len(decided(dialog)) == 1

    dialog.show_fault(AddonNotFound(AddonKind.LORA, "ink", ()))

    assert "ink" in dialog.fault.text()
    assert len(decided(dialog)) == 1


def test_earlier_grids_can_be_gone_on_with_stopped_seen_and_forgotten(dialog: GridDialog) -> None:
    kept = dialog.kept
    assert not kept.isVisible()
    told: list[tuple[str, str]] = []
    for name in ("continue", "stop", "show", "forget"):
        getattr(kept, f"{name}_asked").connect(lambda grid, name=name: told.append((name, grid)))
    running = GridState(GridId("a"), "Seed", 1, 3, is_queued=True, has_sheet=False)
    stopped = replace(running, id=GridId("b"), is_queued=False)
    complete = replace(stopped, id=GridId("c"), made=3, has_sheet=True)
    kept.show_grids([running, stopped, complete])

    kept.stop.click()
    assert not kept.forget.isVisible()
    kept.rows.setCurrentRow(1)
    kept.go_on.click()
    kept.rows.setCurrentRow(2)
    kept.look.click()
    kept.forget.click()

    assert told == [("stop", "a"), ("continue", "b"), ("show", "c"), ("forget", "c")]
    assert [kept.rows.item(row).text() for row in range(3)] == [
        "Seed   ·   1 of 3 so far",
        "Seed   ·   1 of 3 - stopped",
        "Seed   ·   3 pictures",
    ]
    assert not kept.go_on.isVisible()
    assert not kept.stop.isVisible()


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (89.5, "90 s"), (95, "2 min"), (7800, "2 h 10 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("place", "count"), [(0, 16), (1, 9), (2, 6), (3, 24)])
def test_what_is_wanted_often_is_set_up_by_one_click(dialog: GridDialog, place: int, count: int) -> None:
    vary(dialog, 2, AxisKind.GUIDANCE, "1, 2")
    dialog.presets[place].click()
    plans: list[GridPlan] = []
    dialog.decided.connect(plans.append)
    dialog.make.click()
    [plan] = plans
    assert len(plan.cells) == count
    if place == 0:
        assert [cell.sampling.seed for cell in plan.cells] == list(range(42, 58))


def test_the_last_seeds_have_a_sheet_too() -> None:
    request = a_request(seed=2**64 - 1)
    [(kind, values)] = presets(request)[0].axes
    assert (kind, values) == (AxisKind.SEED, f"{2**64 - 16}-{2**64 - 1}")
