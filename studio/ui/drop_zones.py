"""While something is dragged over the window: where it can be dropped, and what that will do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.album_zone import AlbumZone
from studio.ui.controls import label
from studio.ui.icons import icon
from studio.ui.incoming import CANVAS_ENDING, Incoming, Refused, look_into, take
from studio.ui.theme import current_tokens, px


class Purpose(StrEnum):
    """What is to be done with what comes in."""

    START = "start"
    READ_SETTINGS = "read_settings"
    ADD_TO_GALLERY = "add_to_gallery"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class _ZoneText:
    icon: str
    title: str
    sentence: str


_ZONES = {
    Purpose.START: _ZoneText("image", tr("Use as start picture"), tr("Change it, or repaint a part of it.")),
    Purpose.READ_SETTINGS: _ZoneText(
        "sliders", tr("Read its settings"), tr("Prompt, seed and the rest go to the left side.")
    ),
    Purpose.ADD_TO_GALLERY: _ZoneText("folder", tr("Add to gallery"), tr("Copies are kept, of whole folders too.")),
    Purpose.LOOK: _ZoneText("process", tr("See it in noise"), tr("As the model sees it: with noise, and as a latent.")),
}


class DropZones(QWidget):
    """Covers `ground` while something is dragged over it.

    Signals:
        dropped(Purpose, Incoming)
        refused(str): what was dropped cannot be used; the reason.
        put_in_album(Album | None): the selected pictures of the gallery; None is a new one.
    """

    put_in_album = Signal(object)
    dropped = Signal(object, object)
    refused = Signal(str)

    def __init__(self, ground: QWidget) -> None:
        super().__init__(ground)
        self._ground = ground
        self._zones = {purpose: _Zone(text) for purpose, text in _ZONES.items()}
        self.albums = AlbumZone()
        self._refusal = label("", "title")
        self._refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._refusal.setWordWrap(True)
        self.setAcceptDrops(True)
        self.setAccessibleName(tr("Drop zones"))
        self._lay_out()
        self.hide()
        ground.setAcceptDrops(True)
        ground.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The drag enters the ground; from then on this widget, which lies over it, gets its events."""
        if watched is self._ground and isinstance(event, QDragEnterEvent):
            self._show_for(event.mimeData())
            event.acceptProposedAction()
            return True
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._ground.rect())
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        place = event.position().toPoint()
        purpose = self._purpose_at(place)
        for own, zone in self._zones.items():
            zone.light_up(own is purpose)
        on_album = self.albums.light_up_at(self._in_albums(place))
        if purpose is None and not on_album:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        place = event.position().toPoint()
        purpose, in_albums = self._purpose_at(place), self._in_albums(place)
        album = None if in_albums is None else self.albums.album_at(in_albums)
        self.hide()
        found = take(event.mimeData())
        if isinstance(found, Refused):
            self.refused.emit(found.reason)
        elif in_albums is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.put_in_album.emit(album)
        elif purpose is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(purpose, found)

    def paintEvent(self, event: QPaintEvent) -> None:
        ground = QColor(current_tokens().canvas)
        ground.setAlpha(224)
        painter = QPainter(self)
        painter.fillRect(event.rect(), ground)
        painter.end()

    def _show_for(self, mime: QMimeData) -> None:
        found = look_into(mime)
        self._refusal.setVisible(isinstance(found, Refused))
        self._refusal.setText(found.reason if isinstance(found, Refused) else "")
        for purpose, zone in self._zones.items():
            zone.light_up(False)
            zone.setVisible(not isinstance(found, Refused))
            zone.set_obstacle("" if isinstance(found, Refused) else _obstacle(purpose, found))
        self.albums.setVisible(not isinstance(found, Refused) and found.picture is not None)
        self.albums.light_up_at(None)
        self.setGeometry(self._ground.rect())
        self.raise_()
        self.show()

    def _purpose_at(self, position: QPoint) -> Purpose | None:
        for purpose, zone in self._zones.items():
            if zone.isVisible() and zone.is_open and zone.geometry().contains(position):
                return purpose
        return None

    def _in_albums(self, position: QPoint) -> QPoint | None:
        """The place in the zone of the albums, if something there takes a drop."""
        if not self.albums.isVisible() or not self.albums.geometry().contains(position):
            return None
        place = self.albums.mapFrom(self, position)
        return place if self.albums.has_target_at(place) else None

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(px(48), px(48), px(48), px(48))
        row.setSpacing(px(16))
        row.addWidget(self._refusal)
        for zone in self._zones.values():
            row.addWidget(zone, 1)
        row.addWidget(self.albums, 1)


def _obstacle(purpose: Purpose, found: Incoming) -> str:
    """Why this cannot be done with what is dragged; empty if it can."""
    if purpose is not Purpose.ADD_TO_GALLERY and (len(found.files) > 1 or found.has_folders):
        return tr("Drop one picture at a time.")
    is_file = bool(found.files) or found.picture is not None
    canvas = any(path.suffix.lower() == CANVAS_ENDING for path in found.files)
    match purpose:
        case Purpose.START:
            return ""
        case Purpose.READ_SETTINGS:
            return "" if is_file else tr("A copied picture carries no settings: drop its file.")
        case Purpose.ADD_TO_GALLERY if found.picture is not None:
            return tr("It is there already.")
        case Purpose.ADD_TO_GALLERY | Purpose.LOOK if canvas:
            return tr("A canvas is no picture: use it as start picture.")
        case _:
            return "" if is_file else tr("Drop its file, or use it as start picture.")


class _Zone(QFrame):
    def __init__(self, text: _ZoneText) -> None:
        super().__init__()
        self.setObjectName("dropZone")
        self._text = text
        self._sentence = label("", "muted")
        self.is_open = True
        self._picture = QLabel()
        column = QVBoxLayout(self)
        column.setSpacing(px(8))
        column.addStretch()
        for part in (self._picture, label(text.title, "title"), self._sentence):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            part.setWordWrap(True)
            column.addWidget(part)
        column.addStretch()
        self.set_obstacle("")

    def set_obstacle(self, obstacle: str) -> None:
        """Closed with a reason, or open. The icon is in the colours of the theme that is used now."""
        self._picture.setPixmap(icon(self._text.icon).pixmap(px(32), px(32)))
        self.is_open = not obstacle
        self.setEnabled(self.is_open)
        self._sentence.setText(obstacle or self._text.sentence)

    def light_up(self, lit: bool) -> None:
        self.setProperty("lit", lit)
        self.style().unpolish(self)
        self.style().polish(self)
