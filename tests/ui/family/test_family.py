"""What a picture was made from, and what was made from it, as a tree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from studio.core.errors import StudioError
from studio.core.grid import PlaceInGrid
from studio.core.picture_id import PictureId
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage
from studio.gallery.family import family_of
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.ui.family.family_desk import FamilyDesk, FamilyOperations
from studio.ui.family.family_popup import FamilyPopup
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_search import GallerySearch
from studio.ui.main_window import MainWindow
from tests.helpers.fake_session import a_picture, a_request
from tests.helpers.run_now import run_now


def no_failure(error: StudioError) -> None:
    raise AssertionError(error)


def add(gallery: Gallery, text: str, parent: PictureRecord | None = None) -> PictureRecord:
    request = a_request(text)
    if parent is not None:
        task = ImageToImage(image=ImageRef("a" * 64, 64, 64), parent=parent.id, strength=0.5)
        request = replace(request, task=task)
    return gallery.add(a_picture(request))


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> dict[str, PictureRecord]:
    """An apple, a pear that was made from it, and from that a house and a boat; a stone is alone."""
    apple = add(gallery, "apple")
    pear = add(gallery, "pear", apple)
    house, boat = add(gallery, "house", pear), add(gallery, "boat", pear)
    records = {"apple": apple, "pear": pear, "house": house, "boat": boat, "stone": add(gallery, "stone")}
    model.reload()
    return records


@pytest.fixture
def desk(window: MainWindow, model: GalleryModel, gallery: Gallery, records: dict[str, PictureRecord]) -> FamilyDesk:
    search = GallerySearch(window.gallery_panel, model, run_now, gallery.browse, no_failure)

    def in_grid(record: PictureRecord) -> PlaceInGrid | None:
        return PlaceInGrid(2, 9, "Steps × Sampler") if record == records["stone"] else None

    operations = FamilyOperations(gallery.family, gallery.thumbnail, in_grid)
    window.gallery_panel.picture_selected.connect(window.details.show_record)  # as the stage does, before
    return FamilyDesk(window, search, run_now, operations, no_failure)


def rows(item: QTreeWidgetItem, depth: int = 0) -> list[tuple[int, str]]:
    own = (depth, item.text(0).split("  ·  ")[-1])
    return [own, *(row for place in range(item.childCount()) for row in rows(item.child(place), depth + 1))]


def opened(window: MainWindow) -> FamilyPopup:
    window.details.family_button.click()
    popups = [popup for popup in window.findChildren(FamilyPopup) if popup.isVisible()]
    assert len(popups) == 1
    return popups[0]


@pytest.mark.usefixtures("desk")
def test_the_tree_goes_from_the_oldest_to_the_youngest(window: MainWindow, records: dict[str, PictureRecord]) -> None:
    window.gallery_panel.select(records["pear"].id)
    assert window.details.family_button.isVisible()
    popup = opened(window)
    assert rows(popup.tree.topLevelItem(0)) == [(0, "apple"), (1, "pear"), (2, "boat"), (2, "house")]
    assert popup.tree.currentItem().text(0) == "varied at strength 0.5  ·  pear"
    assert not popup.tree.currentItem().icon(0).isNull()
    popup.close()


@pytest.mark.usefixtures("desk")
def test_a_click_or_enter_goes_to_the_picture(
    window: MainWindow, records: dict[str, PictureRecord], qtbot: QtBot
) -> None:
    window.gallery_panel.select(records["pear"].id)
    popup = opened(window)
    tree = popup.tree
    place = tree.visualItemRect(tree.topLevelItem(0)).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.gallery_panel.current == records["apple"]
    popup = opened(window)
    QTest.keyClick(popup.tree, Qt.Key.Key_Down)
    QTest.keyClick(popup.tree, Qt.Key.Key_Return)
    assert window.gallery_panel.current == records["pear"]


@pytest.mark.usefixtures("desk")
def test_a_relative_that_a_search_hides_is_found_all_the_same(
    window: MainWindow, records: dict[str, PictureRecord]
) -> None:
    window.gallery_panel.search_bar.search("boat")
    window.gallery_panel.select(records["boat"].id)
    popup = opened(window)
    popup.chosen.emit(records["apple"].id)
    assert window.gallery_panel.current == records["apple"]
    assert window.gallery_panel.search_bar.field.text() == ""


@pytest.mark.usefixtures("desk")
def test_a_picture_without_relatives_has_no_tree_and_a_cell_says_so(
    window: MainWindow, records: dict[str, PictureRecord]
) -> None:
    window.gallery_panel.select(records["pear"].id)
    window.gallery_panel.select(records["stone"].id)
    assert not window.details.family_button.isVisible()
    assert window.details.facts.startswith("cell 2 of 9 · "), "the name may be long, and the end is cut off"
    assert window.details.facts.endswith(" · grid “Steps × Sampler”")


def test_a_forged_circle_of_ancestors_ends(gallery: Gallery) -> None:
    first = add(gallery, "first")
    second = add(gallery, "second", first)
    assert second.parameters is not None
    circle = replace(first, parameters=replace(second.parameters, task=_child_of(second.id)))
    known = {circle.id: circle, second.id: second}
    family = family_of(second, known.get, lambda _: [])
    assert family.ancestors == (circle,)


def _child_of(parent: PictureId) -> ImageToImage:
    return ImageToImage(image=ImageRef("a" * 64, 64, 64), parent=parent, strength=0.5)


@pytest.mark.usefixtures("desk")
def test_what_is_being_made_is_not_taken_for_the_cell_before(
    window: MainWindow, records: dict[str, PictureRecord]
) -> None:
    window.gallery_panel.select(records["pear"].id)
    window.details.show_request(a_request(seed=8))
    window.details.show_relatives(records["pear"], known=True, in_grid=PlaceInGrid(2, 9, "Steps"))
    assert window.details.facts.startswith("seed 8 · ")
    assert not window.details.family_button.isVisible()


@pytest.mark.usefixtures("desk")
def test_in_a_narrow_window_the_texts_have_the_room_of_the_link(
    window: MainWindow, records: dict[str, PictureRecord], qtbot: QtBot
) -> None:
    window.gallery_panel.select(records["pear"].id)
    [link] = window.details.findChildren(QToolButton, "link")
    assert link.isVisible()
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: not link.isVisible())
    window.gallery_panel.select(records["house"].id)
    assert not link.isVisible()
    assert window.details.family_button.isVisible(), "it has the picture before, too"
    window.resize(1440, 900)
    qtbot.waitUntil(link.isVisible)
