"""What comes in from outside: dropped on the window, or pasted from the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication, QImage

from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.ui.images import from_qimage

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

PICTURE_FORMAT = "application/x-latent-studio-picture"
"""The id of a picture of the gallery, for drags within the window."""
CANVAS_ENDING = ".lstudio"


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """Either files and folders, or a picture of the gallery, or pixels that no file holds (from a browser)."""

    files: tuple[Path, ...] = ()
    picture: PictureId | None = None
    pixels: Pixels | None = None

    @property
    def is_one_file(self) -> bool:
        return len(self.files) == 1 and not self.has_folders

    @property
    def are_folders(self) -> bool:
        return bool(self.files) and all(path.is_dir() for path in self.files)

    @property
    def has_folders(self) -> bool:
        return any(path.is_dir() for path in self.files)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it cannot be used, with a next step."""

    reason: str


def look_into(mime: QMimeData) -> Incoming | Refused:
    """What `mime` holds, without reading a file or converting pixels: cheap enough for every move of a drag."""
    if mime.hasFormat(PICTURE_FORMAT):
        return Incoming(picture=PictureId(bytes(mime.data(PICTURE_FORMAT).data()).decode("ascii", "replace")))
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if files:
        return Incoming(files=tuple(files))
    if mime.hasImage():
        return Incoming()
    if mime.hasUrls():
        return Refused(
            tr("That is a link. The program fetches nothing by itself: save the picture, then drop the file.")
        )
    return Refused(tr("That is no picture. Drop a picture file, or copy a picture and paste it."))


def in_clipboard() -> QMimeData:
    """What was copied last; empty if nothing was: Qt has None then."""
    mime: QMimeData | None = QGuiApplication.clipboard().mimeData()
    return mime or QMimeData()


def is_picture_alone(mime: QMimeData) -> bool:
    """Nothing that a text field would rather have: an office program copies a picture of its text beside that."""
    found = look_into(mime)
    return isinstance(found, Incoming) and (bool(found.files) or found.picture is not None or not mime.hasText())


def take(mime: QMimeData) -> Incoming | Refused:
    """As `look_into`, with the pixels where there is no file."""
    found = look_into(mime)
    if isinstance(found, Refused) or found.files or found.picture is not None:
        return found
    image = mime.imageData()
    if not isinstance(image, QImage) or image.isNull():
        return Refused(tr("The picture could not be read. Save it as a file, then drop the file."))
    return Incoming(pixels=from_qimage(image))


def offer_picture(mime: QMimeData, picture: PictureId, *paths: Path) -> None:
    """Fill `mime` for dragging pictures of the gallery: the id of the first, and the files of all."""
    mime.setData(PICTURE_FORMAT, picture.encode())
    if paths:
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
