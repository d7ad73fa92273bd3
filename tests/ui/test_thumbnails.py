"""The pictures of the cells: decoded away from the window, no more of them kept than there is room for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from io import BytesIO

import pytest
from PIL import Image
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.picture_id import PictureId
from studio.gallery.days import FoundPictures
from studio.gallery.gallery import Gallery
from studio.ui.gallery import thumbnails as thumbnails_module
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.gallery.looks import grid
from studio.ui.gallery.picture_items import PictureItems
from studio.ui.gallery.thumbnails import Thumbnails, Wanted, rounded, square_image
from tests.helpers.fake_session import a_picture

A, B, C = PictureId("a"), PictureId("b"), PictureId("c")


class Pool:
    """Works when the test says so."""

    def __init__(self) -> None:
        self.works: Mapping[Wanted, Callable[[], QImage]] = {}

    def deliver_to(self, done: Callable[[Mapping[Wanted, QImage]], None]) -> None:
        self._done = done

    def want(self, works: Mapping[Wanted, Callable[[], QImage]]) -> None:
        self.works = works

    def stop(self) -> None:
        self.works = {}

    def work(self) -> None:
        self._done({key: work() for key, work in self.works.items()})


def jpeg(width: int, height: int) -> bytes:
    """Its left third is red, its right third is blue, what is between is green."""
    image = Image.new("RGB", (width, height), (0, 255, 0))
    image.paste((255, 0, 0), (0, 0, width // 3, height))
    image.paste((0, 0, 255), (width - width // 3, 0, width, height))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def thumbnails(pool: Pool, qtbot: QtBot) -> Thumbnails:
    return Thumbnails(lambda picture: None if picture == C else jpeg(256, 256), pool)


def test_a_thumbnail_is_there_when_it_has_come(thumbnails: Thumbnails, pool: Pool, qtbot: QtBot) -> None:
    assert thumbnails.image(A).isNull()
    thumbnails.want([A, B], 60)
    with qtbot.waitSignal(thumbnails.arrived) as arrived:
        pool.work()
    assert arrived.args == [{A, B}]
    assert thumbnails.image(A).width() == thumbnails.image(A).height() == 60


def test_only_what_is_missing_is_asked_for(thumbnails: Thumbnails, pool: Pool) -> None:
    thumbnails.want([A], 60)
    pool.work()
    thumbnails.want([A, B], 60)
    assert list(pool.works) == [Wanted(B, 60)]
    thumbnails.want([A], 60)
    assert not pool.works


def test_in_another_size_the_old_one_is_seen_until_the_new_one_has_come(thumbnails: Thumbnails, pool: Pool) -> None:
    thumbnails.want([A], 60)
    pool.work()
    thumbnails.want([A], 90)
    assert thumbnails.image(A).width() == 60
    pool.work()
    assert thumbnails.image(A).width() == 90


def test_a_picture_without_thumbnail_is_asked_for_once_until_it_is_forgotten(
    thumbnails: Thumbnails, pool: Pool
) -> None:
    thumbnails.want([C], 60)
    pool.work()
    assert thumbnails.image(C).isNull()
    thumbnails.want([C], 60)
    assert not pool.works
    thumbnails.forget([C])
    thumbnails.want([C], 60)
    assert list(pool.works) == [Wanted(C, 60)]


def test_no_more_is_kept_than_there_is_room_for(
    thumbnails: Thumbnails, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails_module, "MOST_BYTES", 3 * 60 * 60 * 4)
    names = [PictureId(f"many {number}") for number in range(5)]
    for picture in names[:3]:
        thumbnails.want([picture], 60)
        pool.work()
    thumbnails.image(names[0])  # looked at: it stays longer than the others
    thumbnails.want(names[3:], 60)
    pool.work()
    kept = [picture for picture in names if not thumbnails.image(picture).isNull()]
    assert kept == [names[0], *names[3:]]


@pytest.mark.parametrize(("width", "height"), [(256, 256), (256, 128), (128, 256), (30, 20)])
def test_it_is_the_middle_square_in_any_shape(width: int, height: int) -> None:
    image = square_image(jpeg(width, height), 48)
    assert (image.width(), image.height()) == (48, 48)
    middle, left = image.pixelColor(24, 24), image.pixelColor(2, 24)
    assert middle.green() > 200 > middle.red()
    if width <= height:
        assert left.red() > 200


def test_what_is_no_picture_is_none() -> None:
    for nonsense in (b"", b"no picture", jpeg(64, 64)[:50]):
        assert square_image(nonsense, 48).isNull()


def test_nothing_is_decoded_in_the_thread_of_the_window(
    model: GalleryModel, gallery: Gallery, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()

    def watched(jpeg: bytes, side: int) -> QImage:
        threads.add(threading.get_ident())
        return square_image(jpeg, side)

    monkeypatch.setattr(thumbnails_module, "square_image", watched)
    model.add(gallery.add(a_picture()))
    panel = GalleryPanel(model)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: not model.data(model.index(0), Qt.ItemDataRole.DecorationRole).isNull())
    assert threads
    assert threading.get_ident() not in threads


def test_the_cell_is_painted_when_its_picture_has_come(model: GalleryModel, gallery: Gallery, qtbot: QtBot) -> None:
    panel = GalleryPanel(model)
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    picture = a_picture()
    model.add(gallery.add(picture))

    def shown() -> QImage:
        place = panel.view.visualRect(model.index(0))
        return panel.view.viewport().grab(QRect(place.center(), place.center())).toImage()

    ground = shown().pixelColor(0, 0)
    qtbot.waitUntil(lambda: shown().pixelColor(0, 0) != ground)


class TestWhatIsWanted:
    """By a view of 200 pictures, two in a line, of which five lines are in sight."""

    @pytest.fixture
    def wanted(self, qtbot: QtBot, gallery: Gallery, pool: Pool) -> tuple[PictureItems, Callable[[], list[int]]]:
        thumbnails = Thumbnails(lambda _: None, pool)
        model = GalleryModel(gallery, thumbnails)
        model.show(FoundPictures([PictureId(str(number)) for number in range(200)]))
        items = PictureItems(model, grid(lambda: 88))
        qtbot.addWidget(items)
        items.resize(200, 400)
        items.show()

        def rows() -> list[int]:
            return [int(wanted.picture) for wanted in pool.works]

        qtbot.waitUntil(lambda: len(rows()) > 0)
        return items, rows

    def test_first_what_is_in_sight_and_then_what_comes_next(
        self, wanted: tuple[PictureItems, Callable[[], list[int]]]
    ) -> None:
        items, rows = wanted
        seen = list(items.rows_in_sight())
        assert rows()[: len(seen)] == seen
        assert rows()[len(seen) :] == list(range(len(seen), 2 * len(seen)))

    def test_going_up_what_is_above_comes_next(
        self, wanted: tuple[PictureItems, Callable[[], list[int]]], qtbot: QtBot
    ) -> None:
        items, rows = wanted
        items.verticalScrollBar().setValue(3000)
        qtbot.waitUntil(lambda: rows()[0] == items.rows_in_sight().start)
        items.verticalScrollBar().setValue(2700)
        qtbot.waitUntil(lambda: rows()[0] == items.rows_in_sight().start)
        seen = items.rows_in_sight()
        assert rows()[len(seen) : len(seen) + 3] == [seen.start - 1, seen.start - 2, seen.start - 3]

    def test_after_a_jump_nothing_of_before_is_wanted(
        self, wanted: tuple[PictureItems, Callable[[], list[int]]], qtbot: QtBot
    ) -> None:
        items, rows = wanted
        items.verticalScrollBar().setValue(items.verticalScrollBar().maximum())
        qtbot.waitUntil(lambda: rows() == list(items.rows_in_sight()))
        assert rows()[-1] == 199

    def test_while_somebody_scrolls_far_only_some_of_it_is_wanted(
        self,
        wanted: tuple[PictureItems, Callable[[], list[int]]],
        pool: Pool,
        qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        items, rows = wanted
        asked: list[int] = []
        want = pool.want

        def counted(works: Mapping[Wanted, Callable[[], QImage]]) -> None:
            asked.append(len(works))
            want(works)

        monkeypatch.setattr(pool, "want", counted)
        for position in range(0, 4000, 40):
            items.verticalScrollBar().setValue(position)
            QApplication.processEvents()
        qtbot.waitUntil(lambda: rows()[0] == items.rows_in_sight().start)
        assert len(asked) < 50


def test_corners_are_round(qtbot: QtBot) -> None:
    image = rounded(square_image(jpeg(64, 64), 48), 6)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(24, 24).alpha() == image.pixelColor(24, 0).alpha() == 255
