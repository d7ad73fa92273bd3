"""The ways to look through pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize

from studio.gallery.days import Day
from studio.settings.model import GallerySettings
from studio.ui.gallery.arrangement import Strip, Tiles
from studio.ui.gallery.day_heading import HEADING
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.list_cells import ListCells, list_thumbnail_side
from studio.ui.gallery.picture_items import Look
from studio.ui.gallery.thumbnail_cells import ThumbnailCells, thumbnail_side
from studio.ui.theme import px

_FEWEST_COLUMNS = 2
_USUAL_SIZE = GallerySettings().thumbnail_size
"""Up to which the narrowest panel has so many columns."""


def grid(size: Callable[[], int]) -> Look:
    """Squares that fill the width: as many columns as fit with pictures of about `size()` design pixels."""

    def arrange(model: GalleryModel, width: int, _height: int) -> Tiles:
        fewest = _FEWEST_COLUMNS if size() <= _USUAL_SIZE else 1
        columns = max(fewest, width // px(size() + 2))
        side = max(1, width // columns)
        return Tiles(model.rowCount(), columns, QSize(side, side), px(HEADING), _dividing(model))

    return Look(arrange, ThumbnailCells, thumbnail_side)


def rows(size: Callable[[], int]) -> Look:
    """One line for each picture with what it was made of, half as high as a square would be."""

    def arrange(model: GalleryModel, width: int, _height: int) -> Tiles:
        return Tiles(model.rowCount(), 1, QSize(max(1, width), px(size() / 2)))

    def read(model: GalleryModel, seen: range) -> bool:
        marks, facts = model.read_marks(seen), model.read_facts(seen)
        return marks or facts

    return Look(arrange, ListCells, list_thumbnail_side, read)


def strip() -> Look:
    """One line of squares, as high as there is room."""

    def arrange(model: GalleryModel, _width: int, height: int) -> Strip:
        side = max(1, height)
        return Strip(model.rowCount(), QSize(side, side))

    return Look(arrange, ThumbnailCells, thumbnail_side)


def _dividing(model: GalleryModel) -> tuple[Day, ...]:
    """The days, unless there is only one: a heading above everything divides nothing."""
    return model.days if len(model.days) > 1 else ()
