"""Room for a large picture comes from the system at once."""

from __future__ import annotations

import pytest

from tests.unit.app.fresh_python import run_python

_SCRIPT = """
import os
{before}
import studio.imaging.decode
from PIL import Image
print(Image.core.get_block_size() // 2**20)
"""


@pytest.mark.parametrize(("before", "megabytes"), [("", "256"), ("os.environ['PILLOW_BLOCK_SIZE'] = '8m'", "8")])
def test_it_is_one_block_unless_the_user_wants_others(before: str, megabytes: str) -> None:
    assert run_python(_SCRIPT.format(before=before)).stdout.split() == [megabytes]
