"""Albums in the window: a menu of them, kept searches, and what the selected pictures are in."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from studio.core.errors import StudioError
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import Album, PictureMarks
from studio.gallery.record import PictureRecord
from studio.ui.gallery.albums import Albums
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.mark_commands import MarkCommands
from studio.ui.gallery.name_dialog import NameDialog
from studio.ui.main_window import MainWindow
from tests.helpers.fake_session import a_picture
from tests.helpers.run_now import run_now


def no_failure(error: StudioError) -> None:
    raise AssertionError(error)


@pytest.fixture
def records(gallery: Gallery, model: GalleryModel) -> list[PictureRecord]:
    records = [gallery.add(a_picture()) for _ in range(2)]
    model.reload()
    return records


@pytest.fixture
def albums(window: MainWindow, model: GalleryModel, gallery: Gallery) -> Albums:
    panel = window.gallery_panel
    marks = MarkCommands(window.commands, panel, model, window.notices, run_now, gallery, no_failure)
    albums = Albums(panel, marks, window.notices, run_now, gallery.marks, no_failure)
    albums.look()
    return albums


def menu_of(window: MainWindow) -> QMenu:
    menu = window.gallery_panel.search_bar.albums_button.menu()
    menu.aboutToShow.emit()
    return menu


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


def entries(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def name_it(window: MainWindow, name: str) -> NameDialog:
    dialog = next(dialog for dialog in window.findChildren(NameDialog) if dialog.isVisible())
    dialog.name.setText("")
    QTest.keyClicks(dialog.name, name)
    dialog.accept()
    return dialog


@pytest.mark.usefixtures("records")
def test_an_album_is_made_and_shown_by_a_search(window: MainWindow, albums: Albums, gallery: Gallery) -> None:
    entry(menu_of(window), "New album…").trigger()
    name_it(window, "  Sea & sky ")
    [album] = gallery.marks.albums()
    assert album.name == "Sea & sky"
    entry(menu_of(window), "Sea && sky").trigger()
    assert window.gallery_panel.search_bar.request.text == 'album:"Sea & sky"'
    assert entry(menu_of(window), "Sea && sky").isChecked()
    entry(menu_of(window), "All pictures").trigger()
    assert window.gallery_panel.search_bar.request.text == ""


@pytest.mark.usefixtures("records")
def test_a_search_is_kept_as_an_album(window: MainWindow, albums: Albums, gallery: Gallery) -> None:
    assert not entry(menu_of(window), "Keep this search…").isEnabled()
    window.gallery_panel.search_bar.search("rating:>=4")
    entry(menu_of(window), "Keep this search…").trigger()
    name_it(window, "The best")
    assert [(album.name, album.query) for album in gallery.marks.albums()] == [("The best", "rating:>=4")]
    window.gallery_panel.search_bar.search("")
    entry(menu_of(window), "The best").trigger()
    assert window.gallery_panel.search_bar.request.text == "rating:>=4"


def test_a_name_is_asked_until_it_is_one(window: MainWindow, albums: Albums, gallery: Gallery) -> None:
    gallery.marks.new_album("Sea")
    albums.look()
    entry(menu_of(window), "New album…").trigger()
    for name, reason in (("", "needs a name"), ("sea", "already"), ('a "b"', "quotes")):
        dialog = name_it(window, name)
        assert dialog.isVisible()
        assert reason in dialog.fault.text()
    name_it(window, "Sky")
    assert [album.name for album in gallery.marks.albums()] == ["Sea", "Sky"]


def test_selected_pictures_go_into_albums_and_out_again(
    window: MainWindow, albums: Albums, gallery: Gallery, records: list[PictureRecord]
) -> None:
    window.gallery_panel.view.selectAll()
    window.gallery_panel.step(0)
    window.gallery_panel.view.selectAll()
    albums.of_selection.aboutToShow.emit()
    entry(albums.of_selection, "New album…").trigger()
    name_it(window, "Both")
    [album] = gallery.marks.albums()
    assert set(gallery.marks.pictures_in(album.id)) == {record.id for record in records}
    albums.of_selection.aboutToShow.emit()
    both = entry(albums.of_selection, "Both")
    assert both.isChecked()
    both.trigger()
    assert gallery.marks.pictures_in(album.id) == []
    window.notices.shown[-1].answers[0].act()
    assert len(gallery.marks.pictures_in(album.id)) == 2


def test_a_removed_album_comes_back_with_its_pictures(
    window: MainWindow, albums: Albums, gallery: Gallery, records: list[PictureRecord]
) -> None:
    window.gallery_panel.select(records[0].id)
    albums.of_selection.aboutToShow.emit()
    entry(albums.of_selection, "New album…").trigger()
    name_it(window, "Sea")
    [album] = gallery.marks.albums()
    removing = entry(menu_of(window), "Remove an album").menu()
    assert isinstance(removing, QMenu)
    entry(removing, "Sea").trigger()
    assert gallery.marks.albums() == []
    assert "Sea" not in entries(menu_of(window))
    notice = next(notice for notice in window.notices.shown if notice.title == "Album removed")
    notice.answers[0].act()
    assert gallery.marks.albums() == [album]
    assert gallery.marks.pictures_in(album.id) == [records[0].id]
    assert "Sea" in entries(menu_of(window))


def choose(window: MainWindow, menu: str, album: str) -> None:
    choice = entry(menu_of(window), menu).menu()
    assert isinstance(choice, QMenu)
    entry(choice, album).trigger()


def test_an_album_is_renamed_with_its_pictures_and_what_looks_for_it(
    window: MainWindow, albums: Albums, gallery: Gallery, records: list[PictureRecord]
) -> None:
    sea = gallery.marks.new_album("Sea")
    gallery.marks.new_album("Best of it", 'album:"Sea" rating:5')
    gallery.marks.new_album("Sky")
    gallery.put_marks({records[0].id: PictureMarks(albums=(sea.id,))})
    albums.look()
    entry(menu_of(window), "Sea").trigger()

    choose(window, "Rename an album", "Sea")
    [dialog] = window.findChildren(NameDialog)
    assert dialog.name.text() == "Sea"
    name_it(window, "Sky")
    assert "already" in dialog.fault.text()
    name_it(window, "Ocean")

    assert [(album.name, album.query) for album in gallery.marks.albums()] == [
        ("Best of it", 'album:"Ocean" rating:5'),
        ("Ocean", None),
        ("Sky", None),
    ]
    assert gallery.marks.pictures_in(sea.id) == [records[0].id]
    assert window.gallery_panel.search_bar.request.text == 'album:"Ocean"', "it is still what is seen"
    [notice] = [notice for notice in window.notices.shown if notice.title == "Album renamed"]
    notice.answers[0].act()
    assert {album.name for album in gallery.marks.albums()} == {"Best of it", "Sea", "Sky"}
    assert window.gallery_panel.search_bar.request.text == 'album:"Sea"'


@pytest.mark.usefixtures("records")
def test_a_kept_search_is_changed_to_what_is_looked_for(window: MainWindow, albums: Albums, gallery: Gallery) -> None:
    gallery.marks.new_album("Sea")
    gallery.marks.new_album("The best", "rating:5")
    albums.look()
    entry(menu_of(window), "The best").trigger()
    assert "Keep this search in" not in entries(menu_of(window)), "it holds it already"
    window.gallery_panel.search_bar.search("rating:>=4")
    choose(window, "Keep this search in", "The best")
    assert [album.query for album in gallery.marks.albums()] == [None, "rating:>=4"]
    [notice] = [notice for notice in window.notices.shown if notice.title == "Search kept"]
    notice.answers[0].act()
    assert [album.query for album in gallery.marks.albums()] == [None, "rating:5"]


def test_the_menu_of_a_picture_has_its_albums(window: MainWindow, albums: Albums, qtbot: QtBot) -> None:
    window.offer_albums(albums.of_selection)
    more = window.details.findChildren(QMenu)
    menus = [menu for menu in window.findChildren(QMenu) if albums.of_selection.menuAction() in menu.actions()]
    assert menus, more


def test_selected_pictures_are_put_into_the_album_that_they_are_dropped_on(
    window: MainWindow, albums: Albums, gallery: Gallery, records: list[PictureRecord]
) -> None:
    told: list[tuple[Album, ...]] = []
    albums.changed.connect(told.append)
    sea = gallery.marks.new_album("The sea")
    albums.look()
    assert told == [(sea,)]
    window.gallery_panel.view.selectAll()
    albums.put_selected_in(sea)
    assert all(gallery.marks.marks(record.id).albums == (sea.id,) for record in records)
    albums.put_selected_in(None)
    [dialog] = window.findChildren(NameDialog)
    assert dialog.isVisible()
    dialog.reject()


def test_a_drag_carries_the_files_of_all_selected_pictures(model: GalleryModel, records: list[PictureRecord]) -> None:
    mime = model.mimeData([model.index(row) for row in range(2)])
    assert {url.toLocalFile() for url in mime.urls()} == {str(record.path) for record in records}
