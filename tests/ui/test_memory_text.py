"""What is said about memory plans."""

from __future__ import annotations

import pytest

from studio.core.memory import MemoryPlan, Placement
from studio.core.progress import PlanLowered
from studio.ui.memory_text import lowered_text, plan_text, verdict_text

GB = 2**30


@pytest.mark.parametrize(
    ("placement", "peak", "text"),
    [
        (Placement.RESIDENT, 7, "fits"),
        (Placement.SEQUENTIAL, 7, "fits with offload, about 3x slower"),
        (Placement.SEQUENTIAL, 10, "does not fit (2.0 GB more would be needed)"),
    ],
)
def test_the_verdict_is_said_in_a_few_words(placement: Placement, peak: int, text: str) -> None:
    assert verdict_text(MemoryPlan(placement, False, peak * GB, 8 * GB)) == text


@pytest.mark.parametrize("placement", list(Placement))
def test_every_plan_says_how_and_how_much(placement: Placement) -> None:
    text = plan_text(MemoryPlan(placement, True, 3 * GB, 8 * GB))
    assert "about 3.0 GB of 8.0 GB free" in text
    assert "in tiles" in text
    assert text.endswith(".")
    assert "in tiles" not in plan_text(MemoryPlan(placement, False, 3 * GB, 8 * GB))


def test_a_lowered_plan_says_what_was_done_and_the_next_step() -> None:
    resident = MemoryPlan(Placement.RESIDENT, False, 9 * GB, 8 * GB)
    swapped = MemoryPlan(Placement.COMPONENT_SWAP, False, 7 * GB, 8 * GB)
    tiled = MemoryPlan(Placement.RESIDENT, True, 9 * GB, 8 * GB)
    assert "one part of the model in memory at a time" in lowered_text(PlanLowered(resident, swapped))
    assert "decoded in tiles" in lowered_text(PlanLowered(resident, tiled))
    assert "Close other programs" in lowered_text(PlanLowered(resident, swapped))
