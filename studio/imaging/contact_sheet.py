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
_LONGEST_OF_ONE_SIZE = 640
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
    is_empty: bool
    """None of the pictures could be read."""

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
    from PIL import Image

    sheet = _Sheet(len(sources), (_CELL, _CELL), with_names=with_names)
    unreadable: list[PictureUnreadable] = []
    for index, source in enumerate(sources):
        cancel.raise_if_cancelled()
        try:
            sheet.paste(index, Image.fromarray(read_pixels(source)))
        except PictureUnreadable as error:
            unreadable.append(error)
        if with_names:
            sheet.write(index, source.stem)
        on_progress(index + 1)
    return ContactSheet(sheet.pixels, tuple(unreadable), is_empty=len(unreadable) == len(sources))


def sheet_of(pictures: Sequence[Pixels], names: Sequence[str]) -> Pixels:
    """Pictures of one size that are in memory, with as many names below them: each place has their shape."""
    from PIL import Image

    height, width, _ = pictures[0].shape
    factor = min(1.0, _LONGEST_OF_ONE_SIZE / max(width, height))
    sheet = _Sheet(len(pictures), (round(width * factor), round(height * factor)), with_names=True)
    for index, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        sheet.paste(index, Image.fromarray(picture))
        sheet.write(index, name)
    return sheet.pixels


class _Sheet:
    """White paper with a place of `cell` (width, height) for each of `count` pictures."""

    def __init__(self, count: int, cell: tuple[int, int], *, with_names: bool) -> None:
        from PIL import Image, ImageDraw

        self._caption = _CAPTION if with_names else 0
        self._columns = max(1, math.ceil(math.sqrt(count * cell[1] / cell[0])))
        rows = max(1, math.ceil(count / self._columns))
        self._cell = _fitting(cell, self._columns * rows, _GAP, _GAP + self._caption)
        width = _GAP + self._columns * (self._cell[0] + _GAP)
        height = _GAP + rows * (self._cell[1] + self._caption + _GAP)
        self._paper = Image.new("RGB", (width, height), _PAPER)
        self._draw = ImageDraw.Draw(self._paper)

    @property
    def pixels(self) -> Pixels:
        import numpy as np

        from studio.core.pixels import frozen_pixels

        return frozen_pixels(np.asarray(self._paper))

    def paste(self, index: int, picture: Image) -> None:
        _paste(self._paper, picture, self._corner(index), self._cell)

    def write(self, index: int, name: str) -> None:
        left, top = self._corner(index)
        width, height = self._cell
        _write(self._draw, name, (left + width // 2, top + height + self._caption // 2), width)

    def _corner(self, index: int) -> tuple[int, int]:
        row, column = divmod(index, self._columns)
        width, height = self._cell
        return _GAP + column * (width + _GAP), _GAP + row * (height + self._caption + _GAP)


def _fitting(cell: tuple[int, int], places: int, beside: int, below: int) -> tuple[int, int]:
    """`cell`, or so much smaller that the sheet is not too large; `beside` and `below` each there is something else."""
    width, height = cell
    room = _MOST_PIXELS // places
    if (width + beside) * (height + below) <= room:
        return cell
    # (f w + beside) (f h + below) = room
    half = (width * below + height * beside) / 2
    factor = (math.sqrt(half**2 + width * height * (room - beside * below)) - half) / (width * height)
    return max(16, math.floor(width * factor)), max(16, math.floor(height * factor))


def _paste(sheet: Image, picture: Image, corner: tuple[int, int], cell: tuple[int, int]) -> None:
    """In the middle of its place."""
    from PIL import Image as Images

    picture.thumbnail(cell, Images.Resampling.LANCZOS, reducing_gap=3.0)
    sheet.paste(picture, (corner[0] + (cell[0] - picture.width) // 2, corner[1] + (cell[1] - picture.height) // 2))


def _write(draw: ImageDraw, name: str, middle: tuple[int, int], room: int) -> None:
    """Pillow's own font: the same sheet on every computer."""
    from PIL import ImageFont

    font = ImageFont.load_default(_TEXT)
    shown = name
    while shown and font.getlength(shown if shown == name else shown + _ELLIPSIS) > room:
        shown = shown[:-1]
    draw.text(middle, shown if shown == name else shown + _ELLIPSIS, _INK, font, "mm")
