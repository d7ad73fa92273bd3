"""When the index is compared with the folders: at the start, and when the window is come back to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from studio.app.gallery_upkeep import GalleryUpkeep
from studio.gallery.gallery import Gallery
from studio.gallery.source_store import SourceStore
from tests.helpers.run_now import run_now
from tests.unit.gallery.galleries import a_gallery


class Clock:
    """Goes on when it is told to, and by `step` each time that it is looked at."""

    def __init__(self) -> None:
        self.now = 100.0
        self.step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    gallery = a_gallery(tmp_path)
    yield gallery
    gallery.close()


@pytest.fixture
def photos(tmp_path: Path, gallery: Gallery) -> Path:
    """A folder that is watched, with one picture."""
    folder = tmp_path / "photos"
    folder.mkdir()
    put(folder, "red")
    gallery.watch(folder)
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def upkeep(qapp: QApplication, gallery: Gallery, tmp_path: Path, clock: Clock) -> Iterator[GalleryUpkeep]:
    sources = SourceStore(tmp_path / "pictures")
    upkeep = GalleryUpkeep(
        gallery, sources, run_now, run_now, set, frozenset, lambda: False, pytest.fail, seconds=clock
    )
    yield upkeep
    upkeep.stop()


def put(folder: Path, colour: str) -> None:
    Image.new("RGB", (30, 20), colour).save(folder / f"{colour}.png")


def test_pictures_that_came_meanwhile_are_seen_when_the_window_is_come_back_to(
    upkeep: GalleryUpkeep, gallery: Gallery, photos: Path, clock: Clock
) -> None:
    told: list[int] = []
    upkeep.changed.connect(lambda: told.append(len(gallery.ids())))
    upkeep.start()
    assert told == [1]
    put(photos, "blue")
    clock.now += 11
    upkeep.look_at_folders()
    assert told == [1, 2]
    clock.now += 11
    upkeep.look_at_folders()
    assert told == [1, 2], "nothing changed"


def test_not_at_every_turn_and_the_less_often_the_longer_it_takes(
    upkeep: GalleryUpkeep, gallery: Gallery, photos: Path, clock: Clock
) -> None:
    clock.step = 1
    upkeep.start()
    clock.step = 0
    put(photos, "blue")
    clock.now += 49
    upkeep.look_at_folders()
    assert len(gallery.ids()) == 1
    clock.now += 2
    upkeep.look_at_folders()
    assert len(gallery.ids()) == 2


def test_a_folder_that_goes_away_is_told_once(
    upkeep: GalleryUpkeep, gallery: Gallery, photos: Path, clock: Clock
) -> None:
    told: list[str] = []
    upkeep.mended.connect(told.append)
    upkeep.start()
    photos.rename(photos.with_name("unplugged"))
    for _ in range(2):
        clock.now += 11
        upkeep.look_at_folders()
    [sentence] = told
    assert str(photos) in sentence
    assert len(gallery.ids()) == 1
