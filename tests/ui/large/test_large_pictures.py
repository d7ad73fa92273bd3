"""Whole pictures are read beforehand, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage

from studio.core.errors import PictureUnreadable
from studio.core.picture_id import PictureId
from studio.core.pixels import frozen_pixels
from studio.gallery.record import PictureRecord
from studio.ui.large.large_pictures import Found, LargePicture, LargePictures, halved
from tests.helpers.fake_session import a_picture

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

SIDE = 64
BYTES = 4 * SIDE * SIDE


class Pool:
    """Works when the test says so."""

    def __init__(self) -> None:
        self.works: Mapping[PictureId, Callable[[], Found]] = {}
        self._done: Callable[[Mapping[PictureId, Found]], None] = print

    def deliver_to(self, done: Callable[[Mapping[PictureId, Found]], None]) -> None:
        self._done = done

    def want(self, works: Mapping[PictureId, Callable[[], Found]]) -> None:
        self.works = works

    def run(self) -> None:
        for picture, work in self.works.items():
            self._done({picture: work()})

    def stop(self) -> None: ...


def read(path: Path) -> Pixels:
    if path.name == "bad":
        raise PictureUnreadable(path, "damaged")
    return frozen_pixels(np.zeros((SIDE, SIDE, 3), np.uint8))


def a_record(name: str, side: int = SIDE) -> PictureRecord:
    return PictureRecord(PictureId(name), Path(name), a_picture().created_at, side, side, None, None)


@pytest.fixture
def pool() -> Pool:
    return Pool()


def test_neighbours_are_read_beforehand_and_not_again(pool: Pool) -> None:
    pictures = LargePictures(read, pool)
    pictures.want([a_record("a"), a_record("b")])
    assert list(pool.works) == ["a", "b"], "what is looked at comes first"
    pool.run()
    pictures.want([a_record("b"), a_record("c")])
    assert list(pool.works) == ["c"]
    assert isinstance(pictures.found(PictureId("b")), LargePicture)


def test_those_that_were_seen_longest_ago_make_room(pool: Pool) -> None:
    pictures = LargePictures(read, pool, most_bytes=8 * BYTES)
    for number in range(30):
        pictures.want([a_record(str(number))])
        pool.run()
    assert pictures.kept == [str(number) for number in range(21, 30)]  # eight, and the one that is looked at


def test_a_picture_too_large_to_be_kept_is_read_only_when_it_is_looked_at(pool: Pool) -> None:
    pictures = LargePictures(read, pool, most_bytes=8 * BYTES)
    large = a_record("large", 2 * SIDE)
    pictures.want([a_record("a"), large])
    assert list(pool.works) == ["a"]
    pictures.want([large])
    assert list(pool.works) == ["large"]


def test_what_cannot_be_read_is_told(pool: Pool) -> None:
    pictures = LargePictures(read, pool)
    pictures.want([a_record("bad")])
    pool.run()
    assert isinstance(pictures.found(PictureId("bad")), PictureUnreadable)


def test_nothing_is_kept_when_nobody_looks_any_more(pool: Pool) -> None:
    pictures = LargePictures(read, pool)
    pictures.want([a_record("a")])
    late = pool.works
    pictures.clear()
    pool.works = late
    pool.run()
    assert pictures.kept == []


def test_a_large_picture_is_painted_from_a_copy_that_is_just_large_enough() -> None:
    picture = LargePicture(halved(QImage(4000, 3000, QImage.Format.Format_RGB32)))
    assert [level.width() for level in picture.levels] == [4000, 2000, 1000]
    widths = {zoom: picture.level_for(zoom).width() for zoom in (2.0, 1.0, 0.6, 0.5, 0.3, 0.25, 0.1)}
    assert widths == {2.0: 4000, 1.0: 4000, 0.6: 4000, 0.5: 2000, 0.3: 2000, 0.25: 1000, 0.1: 1000}
