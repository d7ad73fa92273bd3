"""What happens while something is dragged over the window, and when it is dropped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PySide6
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.core.picture_id import PictureId
from studio.gallery.picture_marks import Album, AlbumId
from studio.settings.model import Theme
from studio.ui.drop_zones import DropZones, Purpose
from studio.ui.incoming import Incoming, offer_picture
from studio.ui.theme import apply_theme, current_tokens

Place = QPoint if PySide6.__version_info__ < (6, 12) else QPointF
"""What a drag event is made with: Qt 6.12 wants fractions of pixels, and warns of the other."""
COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class Drag:
    """A drag of `mime` over a window with drop zones."""

    def __init__(self, qtbot: QtBot) -> None:
        self.ground = QWidget()
        self.ground.resize(900, 600)
        qtbot.addWidget(self.ground)
        self.zones = DropZones(self.ground)
        self.dropped: list[tuple[Purpose, Incoming]] = []
        self.refused: list[str] = []
        self.zones.dropped.connect(lambda purpose, found: self.dropped.append((purpose, found)))
        self.zones.refused.connect(self.refused.append)
        self.ground.show()
        self.mime = QMimeData()

    def enters(self, mime: QMimeData) -> None:
        self.mime = mime
        QApplication.sendEvent(self.ground, QDragEnterEvent(Place(450, 300), COPY, mime, LEFT, NONE))
        QApplication.sendEvent(self.zones, QDragEnterEvent(Place(450, 300), COPY, mime, LEFT, NONE))

    def moves_over(self, title: str) -> bool:
        """True if it could be dropped here."""
        event = QDragMoveEvent(Place(self.place(title)), COPY, self.mime, LEFT, NONE)
        QApplication.sendEvent(self.zones, event)
        return event.isAccepted()

    def drops_on(self, title: str) -> None:
        QApplication.sendEvent(self.zones, QDropEvent(QPointF(self.place(title)), COPY, self.mime, LEFT, NONE))

    def leaves(self) -> None:
        QApplication.sendEvent(self.zones, QDragLeaveEvent())

    def place(self, title: str) -> QPoint:
        [zone] = [zone for zone in self.zones.findChildren(QFrame, "dropZone") if title in texts(zone)]
        return zone.geometry().center()


def texts(widget: QWidget) -> list[str]:
    return [shown.text() for shown in widget.findChildren(QLabel) if shown.isVisibleTo(widget)]


@pytest.fixture
def drag(qtbot: QtBot) -> Drag:
    return Drag(qtbot)


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def test_the_zones_appear_only_while_dragging_and_name_themselves(drag: Drag, tmp_path: Path) -> None:
    assert not drag.zones.isVisible()
    drag.enters(files(tmp_path / "a.png"))
    assert drag.zones.isVisible()
    assert drag.zones.geometry() == drag.ground.rect()
    assert {"Use as start picture", "Read its settings", "Add to gallery"} <= set(texts(drag.zones))
    drag.leaves()
    assert not drag.zones.isVisible()


def test_the_icons_have_the_colours_of_the_theme_in_use(drag: Drag, tmp_path: Path, qapp: QApplication) -> None:
    def strongest_ink() -> QColor:
        pictures = [shown.pixmap() for shown in drag.zones.findChildren(QLabel) if not shown.pixmap().isNull()]
        assert len(pictures) == len(Purpose)
        image = pictures[0].toImage()
        inks = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        return max(inks, key=QColor.alpha)

    for theme in (Theme.DARK, Theme.LIGHT):
        apply_theme(qapp, theme)
        drag.enters(files(tmp_path / "a.png"))
        assert strongest_ink().name() == current_tokens().text
        drag.leaves()


@pytest.mark.parametrize(
    ("title", "purpose"),
    [
        ("Use as start picture", Purpose.START),
        ("Read its settings", Purpose.READ_SETTINGS),
        ("Add to gallery", Purpose.ADD_TO_GALLERY),
        ("See it in noise", Purpose.LOOK),
    ],
)
def test_a_file_goes_where_it_is_dropped(drag: Drag, tmp_path: Path, title: str, purpose: Purpose) -> None:
    drag.enters(files(tmp_path / "a.png"))
    assert drag.moves_over(title)
    drag.drops_on(title)
    [(done, found)] = drag.dropped
    assert (done, found.files) == (purpose, (tmp_path / "a.png",))
    assert not drag.zones.isVisible()


def test_several_files_can_only_be_added(drag: Drag, tmp_path: Path) -> None:
    drag.enters(files(tmp_path / "a.png", tmp_path / "b.png"))
    assert "Drop one picture at a time." in texts(drag.zones)
    assert not drag.moves_over("Use as start picture")
    drag.drops_on("Use as start picture")
    assert drag.dropped == []
    drag.enters(drag.mime)
    drag.drops_on("Add to gallery")
    assert len(drag.dropped[0][1].files) == 2


def test_a_picture_from_a_browser_comes_as_pixels(drag: Drag) -> None:
    image = QImage(3, 2, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30))
    image.setPixelColor(2, 1, QColor(0, 0, 0, 0))
    mime = QMimeData()
    mime.setImageData(image)
    mime.setUrls([QUrl("https://example.org/picture.png")])
    drag.enters(mime)
    drag.drops_on("Use as start picture")
    [(_, found)] = drag.dropped
    assert found.pixels is not None
    expected = np.full((2, 3, 3), (10, 20, 30), np.uint8)
    expected[1, 2] = 255
    assert np.array_equal(found.pixels, expected)


def test_a_picture_of_the_gallery_is_known_by_its_id(drag: Drag, tmp_path: Path) -> None:
    mime = QMimeData()
    offer_picture(mime, PictureId("a" * 32), tmp_path / "a.png")
    drag.enters(mime)
    assert "It is there already." in texts(drag.zones)
    drag.drops_on("Use as start picture")
    assert drag.dropped[0][1].picture == "a" * 32


@pytest.mark.parametrize(("text", "reason"), [("hello", "no picture"), ("https://example.org", "link")])
def test_a_wrong_thing_says_why_before_it_is_dropped(drag: Drag, text: str, reason: str) -> None:
    mime = QMimeData()
    mime.setText(text)
    if text.startswith("https"):
        mime.setUrls([QUrl(text)])
    drag.enters(mime)
    assert any(reason in shown for shown in texts(drag.zones))
    QApplication.sendEvent(drag.zones, QDropEvent(QPointF(450, 300), COPY, mime, LEFT, NONE))
    assert any(reason in refused for refused in drag.refused)


def test_a_folder_can_only_be_added_to_the_gallery(drag: Drag, tmp_path: Path) -> None:
    drag.enters(files(tmp_path))
    assert not drag.moves_over("Use as start picture")
    assert not drag.moves_over("Read its settings")
    assert drag.moves_over("Add to gallery")


def test_a_canvas_file_can_only_be_opened(drag: Drag, tmp_path: Path) -> None:
    drag.enters(files(tmp_path / "a.lstudio"))
    assert not drag.moves_over("Add to gallery")
    assert drag.moves_over("Use as start picture")


def test_a_picture_of_the_gallery_can_be_dropped_on_an_album(drag: Drag) -> None:
    zones, chosen = drag.zones, list[Album | None]()
    sea = Album(AlbumId("sea"), "The sea")
    zones.albums.offer([Album(AlbumId("best"), "Best of all"), sea, Album(AlbumId("stars"), "Stars", "rating:5")])
    zones.put_in_album.connect(chosen.append)
    rows = zones.albums.rows
    assert [rows.item(row).text() for row in range(rows.count())] == ["Best of all", "The sea", "New album…"]

    for row in (1, 2):
        drag.enters(a_gallery_picture())
        place = rows.viewport().mapTo(zones, rows.visualItemRect(rows.item(row)).center())
        move = QDragMoveEvent(Place(place), COPY, drag.mime, LEFT, NONE)
        QApplication.sendEvent(zones, move)
        assert move.isAccepted()
        assert rows.currentRow() == row
        QApplication.sendEvent(zones, QDropEvent(QPointF(place), COPY, drag.mime, LEFT, NONE))
        assert not zones.isVisible()
    assert chosen == [sea, None]
    assert drag.dropped == []


def test_files_from_elsewhere_are_in_no_album_yet(drag: Drag, tmp_path: Path) -> None:
    drag.enters(files(tmp_path / "a.png"))
    assert not drag.zones.albums.isVisible()


def test_beside_the_albums_nothing_is_dropped(drag: Drag) -> None:
    drag.enters(a_gallery_picture())
    place = drag.zones.albums.geometry().topLeft() + QPoint(20, 10)
    move = QDragMoveEvent(Place(place), COPY, drag.mime, LEFT, NONE)
    QApplication.sendEvent(drag.zones, move)
    assert not move.isAccepted()


def a_gallery_picture() -> QMimeData:
    mime = QMimeData()
    offer_picture(mime, PictureId("a" * 32), Path("/pictures/a.png"))
    return mime
