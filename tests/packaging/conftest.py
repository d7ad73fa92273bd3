"""The recipe's scripts import each other by name, as they do when one of them is run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "packaging" / "starter"


@pytest.fixture(autouse=True)
def recipe_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(RECIPE))
    yield RECIPE
    for name in [name for name, module in sys.modules.items() if from_recipe(module)]:
        del sys.modules[name]


def from_recipe(module: object) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).parent == RECIPE
