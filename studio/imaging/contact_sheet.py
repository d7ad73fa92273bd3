"""Many pictures, small, on one: rows of them with their names below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.errors import PictureUnreadable
from studio.core.session import CancelToken
from studio.imaging.decode import read_pixels
from studio.imaging.export import encode_bare

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from studio.core.pixels import Pixels

_MOST_PIXELS = 40_000_000
"""Of the whole sheet: where there are very many pictures they become smaller."""
_CELL = 320
_GAP = 16
_CAPTION = 24
_TEXT = 13
_PAPER, _INK = (255, 255, 255), (26, 29, 35)
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, eq=False)
class ContactSheet:
    """`pixels` with an empty place for each of the `unreadable` ones."""

    pixels: Pixels
    unreadable: tuple[PictureUnreadable, ...]

    def encoded(self, target: Path) -> bytes:
        """As a file with the ending of `target`, without metadata. Raises WriteFailed."""
        return encode_bare(self.pixels, target)


def contact_sheet(
    sources: Sequence[Path], on_progress: Callable[[int], None], cancel: CancelToken, *, with_names: bool
) -> ContactSheet:
    """Draw the sheet, about as wide as high. Only one picture is in memory at a time.

    Raises:
        GenerationCancelled
    """
    import numpy as np
    from PIL import Image, ImageDraw

    from studio.core.pixels import frozen_pixels

    columns = max(1, math.ceil(math.sqrt(len(sources))))
    rows = max(1, math.ceil(len(sources) / columns))
    caption = _CAPTION if with_names else 0
    side = max(16, min(_CELL, math.isqrt(_MOST_PIXELS // (columns * rows)) - _GAP - caption))
    size = _GAP + columns * (side + _GAP), _GAP + rows * (side + caption + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    unreadable: list[PictureUnreadable] = []
    for index, source in enumerate(sources):
        cancel.raise_if_cancelled()
        row, column = divmod(index, columns)
        corner = _GAP + column * (side + _GAP), _GAP + row * (side + caption + _GAP)
        try:
            _paste(sheet, Image.fromarray(read_pixels(source)), corner, side)
        except PictureUnreadable as error:
            unreadable.append(error)
        if with_names:
            _write(draw, source.stem, (corner[0] + side // 2, corner[1] + side + caption // 2), side)
        on_progress(index + 1)
    return ContactSheet(frozen_pixels(np.asarray(sheet)), tuple(unreadable))


def _paste(sheet: Image, picture: Image, corner: tuple[int, int], side: int) -> None:
    """In the middle of its place."""
    from PIL import Image as Images

    picture.thumbnail((side, side), Images.Resampling.LANCZOS, reducing_gap=3.0)
    sheet.paste(picture, (corner[0] + (side - picture.width) // 2, corner[1] + (side - picture.height) // 2))


def _write(draw: ImageDraw, name: str, middle: tuple[int, int], room: int) -> None:
    """Pillow's own font: the same sheet on every computer."""
    from PIL import ImageFont

    font = ImageFont.load_default(_TEXT)
    shown = name
    while shown and font.getlength(shown if shown == name else shown + _ELLIPSIS) > room:
        shown = shown[:-1]
    draw.text(middle, shown if shown == name else shown + _ELLIPSIS, _INK, font, "mm")
