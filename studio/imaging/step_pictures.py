"""The steps of a picture as a file: an animation, or a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import WriteFailed
from studio.core.pixels import frozen_pixels
from studio.imaging.contact_sheet import sheet_of
from studio.imaging.enlarge import enlarge_smoothly
from studio.imaging.plain_png import encode_plain_png
from studio.imaging.video import encode_mp4

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

STEP_ENDINGS = (".gif", ".webp", ".png", ".mp4")
_SIDE = 256
"""About the longest side of each of the two pictures."""
_GAP = 8
_MILLISECONDS_EACH = 150
_MILLISECONDS_AT_THE_END = 2000
_WEBP_QUALITY = 90


@dataclass(frozen=True, slots=True, eq=False)
class StepPicture:
    """What the model saw and what it guessed, with one pixel for each cell; `name` says which step it is."""

    noisy: Pixels
    guess: Pixels
    name: str


def encode_steps(steps: Sequence[StepPicture], target: Path) -> bytes:
    """As the ending of `target` says: .gif and .webp move and repeat, .png is a sheet with all of them, .mp4 a film.

    Raises:
        WriteFailed: for another ending, or a film where there is no ffmpeg.
    """
    return encode_frames([_side_by_side(step) for step in steps], [step.name for step in steps], target)


def encode_frames(frames: Sequence[Pixels], names: Sequence[str], target: Path) -> bytes:
    """As `encode_steps`, of frames that are finished pictures of one size; `names` stand below them on a sheet.

    Raises:
        WriteFailed: as `encode_steps`.
    """
    ending = target.suffix.lower()
    if ending not in STEP_ENDINGS:
        raise WriteFailed(target, f"steps are saved as {', '.join(STEP_ENDINGS)}, not as “{target.suffix}”")
    if ending == ".png":
        return encode_plain_png(sheet_of(frames, names))
    if ending == ".mp4":
        return encode_mp4(frames, 1000 / _MILLISECONDS_EACH, _MILLISECONDS_AT_THE_END / 1000, target)
    return _animation(frames, ending)


def _side_by_side(step: StepPicture) -> Pixels:
    """Cells of the noise stay squares, those of the guess flow into each other."""
    import numpy as np

    height, width, _ = step.noisy.shape
    factor = max(1, _SIDE // max(height, width))
    noisy = step.noisy.repeat(factor, axis=0).repeat(factor, axis=1)
    between = np.full((noisy.shape[0], _GAP, 3), 255, np.uint8)
    return frozen_pixels(np.concatenate([noisy, between, enlarge_smoothly(step.guess, factor)], axis=1))


def _animation(frames: Sequence[Pixels], ending: str) -> bytes:
    from PIL import Image

    first, *rest = [Image.fromarray(frame) for frame in frames]
    durations = [_MILLISECONDS_EACH] * len(rest) + [_MILLISECONDS_AT_THE_END]
    buffer = BytesIO()
    if ending == ".gif":
        first.save(buffer, "GIF", save_all=True, append_images=rest, duration=durations, loop=0, optimize=False)
    else:
        first.save(buffer, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, quality=_WEBP_QUALITY)
    return buffer.getvalue()
