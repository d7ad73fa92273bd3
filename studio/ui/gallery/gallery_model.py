"""The gallery as Qt sees it: ids in order, everything else fetched when a cell is painted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from studio.core.result import PictureId
from studio.gallery.gallery import Gallery
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.record import PictureRecord
from studio.ui.incoming import offer_picture

_RECORDS_KEPT = 2000
_THUMBNAILS_KEPT = 1000

AnyIndex = QModelIndex | QPersistentModelIndex
Kept = TypeVar("Kept")


class GalleryModel(QAbstractListModel):
    """Newest first. A row costs one id until it is shown."""

    RECORD = int(Qt.ItemDataRole.UserRole)
    """Role of the PictureRecord; DecorationRole is the thumbnail as QImage."""
    MARKS = RECORD + 1
    """Role of the PictureMarks."""

    def __init__(self, gallery: Gallery) -> None:
        super().__init__()
        self._gallery = gallery
        self._ids: list[PictureId] = []
        self._records: OrderedDict[PictureId, PictureRecord] = OrderedDict()
        self._thumbnails: OrderedDict[PictureId, QImage] = OrderedDict()
        self._marks: OrderedDict[PictureId, PictureMarks] = OrderedDict()

    def reload(self) -> None:
        """Read all pictures anew, newest first."""
        self._records.clear()
        self._thumbnails.clear()
        self._marks.clear()
        self.show(self._gallery.ids())

    def show(self, pictures: Sequence[PictureId]) -> None:
        """These pictures in this order."""
        self.beginResetModel()
        self._ids = list(pictures)
        self.endResetModel()

    def add(self, record: PictureRecord) -> QModelIndex:
        """A new picture, which becomes the first row; `reload` may have read it before its coming was told."""
        self.remove(record.id)
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._ids.insert(0, record.id)
        self._records[record.id] = record
        self.endInsertRows()
        return self.index(0)

    def remove(self, picture: PictureId) -> None:
        row = self.row_of(picture)
        if row is None:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._ids[row]
        self._records.pop(picture, None)
        self._thumbnails.pop(picture, None)
        self._marks.pop(picture, None)
        self.endRemoveRows()

    def row_of(self, picture: PictureId) -> int | None:
        return self._ids.index(picture) if picture in self._ids else None

    def record(self, row: int) -> PictureRecord | None:
        """The record of a row; None when it has just gone from the index."""
        picture = self._ids[row]
        if picture not in self._records:
            record = self._gallery.record(picture)
            if record is None:
                return None
            self._records[picture] = record
            _keep(self._records, _RECORDS_KEPT)
        return self._records[picture]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return self.thumbnail(self._ids[index.row()])
        if role == self.MARKS:
            return self.marks(self._ids[index.row()])
        record = self.record(index.row())
        if record is None:
            return None
        prompt = record.parameters.prompt.text if record.parameters else record.path.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return prompt or "(empty prompt)"
        return record if role == self.RECORD else None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """What a drag carries: the picture for this window, its file for other programs."""
        mime = QMimeData()
        record = self.record(indexes[0].row()) if indexes else None
        if record is not None:
            offer_picture(mime, record.id, record.path)
        return mime

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def marks(self, picture: PictureId) -> PictureMarks:
        """What the user did with it."""
        if picture not in self._marks:
            self._marks[picture] = self._gallery.marks.marks(picture)
            _keep(self._marks, _RECORDS_KEPT)
        return self._marks[picture]

    def show_marks(self, marks: Mapping[PictureId, PictureMarks]) -> None:
        """They are others now."""
        self._marks.update(marks)
        for picture in marks:
            row = self.row_of(picture)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row), [self.MARKS])

    def thumbnail(self, picture: PictureId) -> QImage:
        """Null while there is none."""
        if picture not in self._thumbnails:
            image = QImage()
            image.loadFromData(self._gallery.thumbnail(picture) or b"", "JPG")  # pyright: ignore[reportArgumentType]  the stub wants bytearray
            self._thumbnails[picture] = image
            _keep(self._thumbnails, _THUMBNAILS_KEPT)
        return self._thumbnails[picture]


def _keep(cache: OrderedDict[PictureId, Kept], most: int) -> None:
    while len(cache) > most:
        cache.popitem(last=False)
