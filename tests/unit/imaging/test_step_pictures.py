"""The steps of a picture as files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.core.errors import WriteFailed
from studio.imaging.step_pictures import StepPicture, encode_steps

STEPS = 4


def a_step(number: int) -> StepPicture:
    """A latent of 8 x 16 cells, the first of which is white; the guess is as grey as the step's number says."""
    noisy = np.zeros((8, 16, 3), np.uint8)
    noisy[0, 0] = 255
    noisy[4:, 4:] = 60 * number
    return StepPicture(noisy, np.full((8, 16, 3), 60 * number, np.uint8), f"Step {number + 1} of {STEPS}")


@pytest.fixture
def steps() -> list[StepPicture]:
    return [a_step(number) for number in range(STEPS)]


@pytest.mark.parametrize("ending", [".gif", ".webp", ".WebP"])
def test_an_animation_shows_both_latents_of_each_step_and_rests_at_the_end(
    steps: list[StepPicture], ending: str
) -> None:
    with Image.open(BytesIO(encode_steps(steps, Path(f"steps{ending}")))) as found:
        assert found.n_frames == STEPS
        assert found.info["loop"] == 0
        assert found.size == (2 * 256 + 8, 128)
        durations: list[int] = []
        for number in range(STEPS):
            found.seek(number)
            found.load()
            durations.append(found.info["duration"])
            frame = np.asarray(found.convert("RGB")).astype(int)
            assert frame[8, 8].min() > 240, "a cell is a square of 16 pixels"
            assert frame[8, 24].max() < 15
            assert abs(frame[64, 400] - 60 * number).max() < 12
        assert durations == [150] * (STEPS - 1) + [2000]


def test_a_sheet_shows_all_of_them(steps: list[StepPicture]) -> None:
    with Image.open(BytesIO(encode_steps(steps, Path("steps.png")))) as found:
        sheet = np.asarray(found.convert("RGB")).astype(int)
    assert sheet.shape[:2] == (16 + STEPS * (128 + 24 + 16), 16 + 520 + 16), "about square, and no empty paper"
    for number in range(STEPS):
        top = 16 + number * (128 + 24 + 16)
        assert abs(sheet[top + 64, 16 + 400] - 60 * number).max() < 3
        caption = sheet[top + 128 : top + 152, 16 : 16 + 520]
        assert caption.min() < 128, "its name is below it"


def test_a_sheet_of_very_many_steps_is_made_smaller(steps: list[StepPicture]) -> None:
    with Image.open(BytesIO(encode_steps(steps * 60, Path("steps.png")))) as found:
        assert found.width * found.height < 41_000_000
        assert 0.7 < found.width / found.height < 1.4


def test_another_ending_is_refused(steps: list[StepPicture]) -> None:
    with pytest.raises(WriteFailed):
        encode_steps(steps, Path("steps.avi"))
