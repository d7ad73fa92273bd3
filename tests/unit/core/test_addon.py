"""The weight of a LoRA has limits."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from studio.core.addon import Addon, AddonKind, LoraUse
from studio.core.errors import InvalidAddonWeight

LORA = Addon("detail", Path("detail.safetensors"), AddonKind.LORA, None)


@pytest.mark.parametrize("weights", [(10.5, 1.0), (1.0, -10.5), (math.inf, 1.0), (1.0, math.nan)])
def test_a_weight_outside_its_range_is_refused_with_the_name_of_the_lora(weights: tuple[float, float]) -> None:
    with pytest.raises(InvalidAddonWeight) as refusal:
        LoraUse(LORA, *weights)
    assert refusal.value.name == "detail"


def test_a_lora_may_be_applied_backwards() -> None:
    assert LoraUse(LORA, -1.0, 0.0).weight == -1.0
