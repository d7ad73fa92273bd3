"""Pictures to begin with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(1).integers(0, 256, (48, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path := tmp_path / "photo.png")
    return path
