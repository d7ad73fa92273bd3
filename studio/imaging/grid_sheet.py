"""Draws the labelled picture of a grid: columns and rows with their values beside them, pages below each other."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from studio.core.grid import GridAxis
from studio.core.pixels import frozen_pixels
from studio.core.result import PictureParameters
from studio.imaging.infotext import to_infotext
from studio.imaging.metadata.texts import PARAMETERS
from studio.imaging.picture_metadata import png_texts

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    from studio.core.pixels import Pixels

MOST_PIXELS = 40_000_000
"""Of the whole sheet: larger cells are made smaller."""
_LONGEST_SIDE = 16_384
MOST_IN_A_ROW = 8
"""Cells of a single axis: more of them are too small to be seen beside each other."""
_PAPER, _INK = (255, 255, 255), (26, 29, 35)
_SMALLEST_TEXT = 13
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Lengths in pixels of the sheet."""

    cell: tuple[int, int]
    gap: int
    text: int
    left: int
    """Room for the labels of the rows."""
    head: int
    """Room above each page: its own label, and those of the columns."""
    columns: int
    rows: int
    pages: int
    is_wrapped: bool = False
    """Its one axis goes on from page to page, each of which is one row."""

    @property
    def page_height(self) -> int:
        return self.head + self.rows * (self.cell[1] + self.gap) + self.gap

    @property
    def size(self) -> tuple[int, int]:
        return self.left + self.columns * (self.cell[0] + self.gap) + self.gap, self.pages * self.page_height

    def corner(self, index: int) -> tuple[int, int]:
        """Of the cell at this place, the column changing fastest."""
        rest, column = divmod(index, self.columns)
        page, row = divmod(rest, self.rows)
        top = page * self.page_height + self.head
        return self.left + column * (self.cell[0] + self.gap), top + row * (self.cell[1] + self.gap)


def draw_sheet(
    axes: Sequence[GridAxis],
    sizes: Sequence[tuple[int, int]],
    read: Callable[[int], Pixels],
    told: Callable[[Pixels], str] | None = None,
) -> Pixels:
    """The sheet of one to three axes (columns, rows, pages); one axis of many values alone is laid out as a square.

    Args:
        sizes: width and height of each cell, the column changing fastest.
        read: the pixels of a cell, asked for one after the other, so that only one of them is in memory.
        told: what stands in the corner of each cell; it sees the pixels that were read.
    """
    from PIL import Image, ImageDraw

    layout = _layout(axes, sizes)
    sheet = Image.new("RGB", layout.size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index in range(len(sizes)):
        pixels = read(index)
        image = Image.fromarray(pixels)
        image.thumbnail(layout.cell, Image.Resampling.LANCZOS, reducing_gap=3.0)
        left, top = layout.corner(index)
        sheet.paste(image, (left + (layout.cell[0] - image.width) // 2, top + (layout.cell[1] - image.height) // 2))
        if told is not None:
            _write_in_corner(draw, told(pixels), layout, (left, top + layout.cell[1]))
    _write_labels(draw, axes, layout)
    return frozen_pixels(np.asarray(sheet))


def sheet_png(sheet: Pixels, axes: Sequence[GridAxis], first: PictureParameters | None) -> bytes:
    """The sheet as a PNG file that tells the settings of its first cell and what is varied, as A1111 writes it."""
    from PIL import Image

    text = "" if first is None else f"{to_infotext(first)}, Script: X/Y/Z plot, {_script(axes)}"
    buffer = BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG", pnginfo=png_texts({PARAMETERS: text}))
    return buffer.getvalue()


def _script(axes: Sequence[GridAxis]) -> str:
    parts: list[str] = []
    for letter, axis in zip("XYZ", axes, strict=False):
        values = ", ".join(label.replace('"', "'") for label in axis.labels)
        parts += [f"{letter} Type: {axis.name}", f'{letter} Values: "{values}"']
    return ", ".join(parts)


def _layout(axes: Sequence[GridAxis], sizes: Sequence[tuple[int, int]]) -> _Layout:
    columns, rows, pages = (len(axis.labels) for axis in (*axes, _NO_AXIS, _NO_AXIS)[:3])
    is_wrapped = len(axes) == 1 and columns > MOST_IN_A_ROW
    if is_wrapped:
        side = math.ceil(math.sqrt(columns))
        columns, pages = side, math.ceil(columns / side)
    width, height = max(width for width, _ in sizes), max(height for _, height in sizes)
    scale = min(
        1.0,
        (MOST_PIXELS / (columns * rows * pages * width * height)) ** 0.5,
        _LONGEST_SIDE / (columns * width),
        _LONGEST_SIDE / (rows * pages * height),
    )
    cell = max(1, round(width * scale)), max(1, round(height * scale))
    text = max(_SMALLEST_TEXT, cell[0] // 20)
    gap = max(2, text // 3)
    left = _width_of_rows(axes, text, cell[0]) + 2 * gap if rows > 1 or len(axes) > 1 else gap
    lines = 2 if len(axes) > 2 else 1  # the page has a line of its own
    return _Layout(cell, gap, text, left, lines * (text + 3 * gap), columns, rows, pages, is_wrapped)


def _width_of_rows(axes: Sequence[GridAxis], text: int, most: int) -> int:
    font = _font(text)
    return min(most, max(round(font.getlength(label)) for label in _headings(axes[1])))


def _write_labels(draw: ImageDraw, axes: Sequence[GridAxis], layout: _Layout) -> None:
    font = _font(layout.text)
    width, height = layout.cell
    line = layout.text + 3 * layout.gap
    for page in range(layout.pages):
        top = page * layout.page_height
        if len(axes) > 2:
            room = layout.size[0] - 2 * layout.gap
            draw.text((layout.gap, top + line // 2), _fitted(_headings(axes[2])[page], font, room), _INK, font, "lm")
        for column, text in enumerate(_columns_of(page, axes[0], layout)):
            place = (layout.left + column * (width + layout.gap) + width // 2, top + layout.head - line // 2)
            draw.text(place, _fitted(text, font, width), _INK, font, "mm")
        if len(axes) > 1:
            for row, text in enumerate(_headings(axes[1])):
                middle = top + layout.head + row * (height + layout.gap) + height // 2
                place = (layout.left - layout.gap, middle)
                draw.text(place, _fitted(text, font, layout.left - 2 * layout.gap), _INK, font, "rm")


def _columns_of(page: int, axis: GridAxis, layout: _Layout) -> list[str]:
    """What stands above the columns there."""
    headings = _headings(axis)
    return headings[page * layout.columns :][: layout.columns] if layout.is_wrapped else headings


def _write_in_corner(draw: ImageDraw, text: str, layout: _Layout, corner: tuple[int, int]) -> None:
    """At the lower left, on a ground of its own: readable on any picture."""
    font, gap = _font(layout.text), layout.gap
    shown = _fitted(text, font, layout.cell[0] - 2 * gap)
    place = (corner[0] + gap, corner[1] - gap)
    left, top, right, bottom = draw.textbbox(place, shown, font=font, anchor="ld")
    draw.rectangle((left - gap, top - gap, right + gap, bottom + gap - 1), fill=_INK)
    draw.text(place, shown, _PAPER, font, "ld")


def _headings(axis: GridAxis) -> list[str]:
    return [f"{axis.name}: {label}" if _is_number(label) else label for label in axis.labels]


def _is_number(label: str) -> bool:
    """A number alone does not say what it is of."""
    return label.replace(".", "", 1).replace("-", "", 1).isdigit()


def _font(size: int) -> FreeTypeFont | ImageFont:
    """Pillow's own font: the same sheet on every computer."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _fitted(text: str, font: FreeTypeFont | ImageFont, room: int) -> str:
    """As much of the text as has room."""
    text = text.replace("\n", " ")
    if font.getlength(text) <= room:
        return text
    kept = bisect_right(range(len(text)), room, key=lambda length: font.getlength(text[:length] + _ELLIPSIS)) - 1
    return text[: max(0, kept)] + _ELLIPSIS


_NO_AXIS = GridAxis("", ("",))
