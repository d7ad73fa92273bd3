"""The gallery as Qt sees it: ids in order, everything else fetched when a cell is painted, pictures never there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from studio.core.language import tr
from studio.core.result import PictureId
from studio.gallery.days import Day, FoundPictures, day_of, with_newer, without_row
from studio.gallery.gallery import Gallery
from studio.gallery.picture_facts import PictureFacts
from studio.gallery.picture_marks import NO_MARKS, PictureMarks
from studio.gallery.picture_rows import PictureRows
from studio.gallery.record import PictureRecord
from studio.ui.gallery.thumbnails import Thumbnails
from studio.ui.incoming import offer_picture

_RECORDS_KEPT = 2000
_MOST_DRAGGED = 200
READ_AT_ONCE = 1000
"""Pictures: more than any window shows."""

AnyIndex = QModelIndex | QPersistentModelIndex
Kept = TypeVar("Kept")


class GalleryModel(QAbstractListModel):
    """Newest first. A row costs one id until it is shown.

    `thumbnails` are wanted by those who show rows, and told by them when they have come.

    Signals:
        files_left_out(int, int): a drag has begun that carries only the first number of the second number of files, as
            the others are not there.
    """

    files_left_out = Signal(int, int)

    RECORD = int(Qt.ItemDataRole.UserRole)
    """Role of the PictureRecord; DecorationRole is the thumbnail as QImage, null while there is none."""
    MARKS = RECORD + 1
    """Role of the PictureMarks."""

    def __init__(self, gallery: Gallery, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.thumbnails = thumbnails
        self._gallery = gallery
        self._rows = PictureRows()
        self._days: tuple[Day, ...] = ()
        self._is_whole = True
        self._records: OrderedDict[PictureId, PictureRecord] = OrderedDict()
        self._marks: OrderedDict[PictureId, PictureMarks] = OrderedDict()
        self._facts: OrderedDict[PictureId, PictureFacts] = OrderedDict()

    def reload(self, most: int = READ_AT_ONCE) -> None:
        """Read the newest pictures anew, as many as a window shows, so that it does not wait for all the others: while
        `is_whole` is not so, they are to be read in the background and given to `show`."""
        self._records.clear()
        self.thumbnails.forget()
        self._marks.clear()
        self._facts.clear()
        self.show(self._gallery.browse(most=most))

    def show(self, found: FoundPictures) -> None:
        """These pictures in this order. Where they go on with what a beginning was shown of, that stays as it is."""
        known, count = len(self._rows), len(found.pictures)
        if not self._is_whole and known < count and found.pictures[:known] == self._rows[:]:
            self.beginInsertRows(QModelIndex(), known, count - 1)
            self._take(found)
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._take(found)
            self.endResetModel()

    def _take(self, found: FoundPictures) -> None:
        self._rows = found.pictures
        self._days = found.days
        self._is_whole = found.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether all pictures are here; else the rest is still to come, and the last day may be larger."""
        return self._is_whole

    @property
    def days(self) -> tuple[Day, ...]:
        """Of the rows, one after the other; none when they are not sorted by date."""
        return self._days

    def picture(self, row: int) -> PictureId:
        return self._rows[row]

    def add(self, record: PictureRecord) -> QModelIndex:
        """A new picture, which becomes the first row; `reload` may have read it before its coming was told."""
        self.remove(record.id)
        self.beginInsertRows(QModelIndex(), 0, 0)
        if self._days or not self._rows:
            self._days = with_newer(self._days, day_of(record.created_at))
        self._rows.put_first(record.id)
        self._records[record.id] = record
        self.endInsertRows()
        return self.index(0)

    def forget(self, pictures: Sequence[PictureId]) -> None:
        """What is known of these is not so any more: it is read again when it is needed."""
        for picture in pictures:
            self._records.pop(picture, None)
            self._facts.pop(picture, None)

    def remove(self, picture: PictureId) -> None:
        row = self.row_of(picture)
        if row is None:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        self._rows.remove(row)
        self._days = without_row(self._days, row)
        self._records.pop(picture, None)
        self.thumbnails.forget([picture])
        self._marks.pop(picture, None)
        self._facts.pop(picture, None)
        self.endRemoveRows()

    def row_of(self, picture: PictureId) -> int | None:
        return self._rows.row_of(picture)

    def record(self, row: int) -> PictureRecord | None:
        """The record of a row; None when it has just gone from the index."""
        picture = self._rows[row]
        if picture not in self._records:
            record = self._gallery.record(picture)
            if record is None:
                return None
            self._records[picture] = record
            _keep(self._records, _RECORDS_KEPT)
        return self._records[picture]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DecorationRole:
            return self.thumbnails.image(self._rows[index.row()])
        if role == self.MARKS:
            return self.marks(self._rows[index.row()])
        record = self.record(index.row())
        if record is None:
            return None
        prompt = record.parameters.prompt.text if record.parameters else record.path.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return prompt or tr("(empty prompt)")
        return record if role == self.RECORD else None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """What a drag carries: the picture for this window, the files of all that are dragged for other programs. Those
        whose drive is away go into albums only."""
        mime = QMimeData()
        records = [self.record(index.row()) for index in indexes[:_MOST_DRAGGED]]
        known = [record for record in records if record is not None]
        files = [record.path for record in known if record.path.is_file()]
        if known:
            offer_picture(mime, known[0].id, *files)
        if len(files) < len(known):
            self.files_left_out.emit(len(files), len(known))
        return mime

    def supportedDragActions(self) -> Qt.DropAction:
        return Qt.DropAction.CopyAction

    def read_marks(self, rows: range) -> bool:
        """Of rows that are shown, all at once. Whether there are any that were not known."""
        pictures = [picture for picture in self._rows[rows.start : rows.stop] if picture not in self._marks]
        read = self._gallery.marks_of(pictures) if pictures else {}
        self._marks.update(read)
        _keep(self._marks, _RECORDS_KEPT)
        return any(marks != NO_MARKS for marks in read.values())

    def read_facts(self, rows: range) -> bool:
        """What a list says about rows that are shown, all at once. Whether there are any that were not known."""
        pictures = [picture for picture in self._rows[rows.start : rows.stop] if picture not in self._facts]
        read = self._gallery.facts_of(pictures) if pictures else {}
        self._facts.update(read)
        _keep(self._facts, _RECORDS_KEPT)
        return bool(read)

    def known_facts(self, picture: PictureId) -> PictureFacts | None:
        """As far as they were read."""
        return self._facts.get(picture)

    def known_marks(self, picture: PictureId) -> PictureMarks:
        """As far as they were read."""
        return self._marks.get(picture, NO_MARKS)

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


def _keep(cache: OrderedDict[PictureId, Kept], most: int) -> None:
    while len(cache) > most:
        cache.popitem(last=False)
