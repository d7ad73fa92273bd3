"""A view of many pictures: paints what is in sight, and wants the thumbnails of that and of what will be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import (
    QCoreApplication,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QCursor, QPainter, QPaintEvent, QRegion, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.core.picture_id import PictureId
from studio.ui.gallery.arrangement import Arrangement, Step, Tiles
from studio.ui.gallery.day_heading import HEADING, paint_heading
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.throttle import Throttle
from studio.ui.gallery.thumbnail_cells import GAP, RADIUS
from studio.ui.theme import current_tokens, px

_STEPS = {
    QAbstractItemView.CursorAction.MoveLeft: Step.PREVIOUS,
    QAbstractItemView.CursorAction.MovePrevious: Step.PREVIOUS,
    QAbstractItemView.CursorAction.MoveRight: Step.NEXT,
    QAbstractItemView.CursorAction.MoveNext: Step.NEXT,
    QAbstractItemView.CursorAction.MoveUp: Step.UP,
    QAbstractItemView.CursorAction.MoveDown: Step.DOWN,
    QAbstractItemView.CursorAction.MovePageUp: Step.PAGE_UP,
    QAbstractItemView.CursorAction.MovePageDown: Step.PAGE_DOWN,
    QAbstractItemView.CursorAction.MoveHome: Step.FIRST,
    QAbstractItemView.CursorAction.MoveEnd: Step.LAST,
}
_LINE = 24
"""Design pixels of a notch of the wheel, three of which are one turn."""

_NOTCH = 120
"""Of a wheel, as Qt counts."""
_MILLISECONDS_BETWEEN_WANTS = 32
"""Pictures that are seen for less time while somebody scrolls far are not worth decoding."""

AnyIndex = QModelIndex | QPersistentModelIndex
Arrange = Callable[[GalleryModel, int, int], Arrangement]
"""Of a model's pictures in so much room: width and height in pixels."""


class Cells(Protocol):
    """Paints cells, in one painting of a view."""

    def paint(self, cell: QRect, picture: PictureId, *, selected: bool, pointed: bool, focused: bool) -> None:
        """`pointed` at by the mouse; `focused` is the one that keys act on, whether it is selected or not."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures are arranged and each is painted."""

    arrange: Arrange
    cells: Callable[[GalleryModel, QPainter], Cells]
    side: Callable[[QSize], int]
    """Of the thumbnail in a cell, in pixels of the window."""
    read: Callable[[GalleryModel, range], bool] = GalleryModel.read_marks
    """Reads what is painted of rows that are in sight. Whether that changes what they look like."""


class PictureItems(QAbstractItemView):
    """Extended selection, drags, hovering and the keyboard are Qt's.

    Signals:
        size_asked(int): the wheel was turned with Ctrl, by so many notches, away from the user.
        arranged(): the pictures lie otherwise now.
    """

    size_asked = Signal(int)
    arranged = Signal()

    def __init__(self, model: GalleryModel, look: Look) -> None:
        super().__init__()
        # PySide would make all its classes of widgets to tell what Qt's own is, which delays the window.
        self.setViewport(QWidget())
        self._model = model
        self._look = look
        self._arrangement: Arrangement = Tiles(0, 1, self.iconSize())
        self._wanted: object = None
        self._wants = Throttle(self, self._want_thumbnails, _MILLISECONDS_BETWEEN_WANTS)
        self._last_offset = QPoint()
        self._turned = 0
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # else scrolling would paint everything
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setModel(model)
        self.setItemDelegate(_DraggedCell(self))
        for changed in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            changed.connect(self._arrange)
        model.thumbnails.arrived.connect(self._on_arrived)

    @property
    def arrangement(self) -> Arrangement:
        return self._arrangement

    def show_as(self, look: Look) -> None:
        """Arrange and paint the pictures otherwise; what was in the middle of interest stays in sight."""
        self._look = look
        self.arrange_anew()

    def arrange_anew(self) -> None:
        """The look arranges otherwise now, or the room is another. What was in sight stays there; at the beginning,
        with what is above it."""
        row, began = self._row_of_interest(), self._offset().isNull()
        before = None if row is None else self._arrangement.place(row).topLeft() - self._offset()
        self._arrange()
        if row is None or before is None:
            return
        place = self._arrangement.place(row)
        stays = began and self.viewport().rect().contains(place)
        self._scroll(QPoint() if stays else place.topLeft() - before)

    def rows_in_sight(self) -> range:
        return self._arrangement.rows_in(self.viewport().rect().translated(self._offset()))

    def scroll_bar_width(self) -> int:
        """This place is kept free even when there is no bar."""
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self.verticalScrollBar())

    # --- what a QAbstractItemView has to tell ---

    def horizontalOffset(self) -> int:
        return self.horizontalScrollBar().value()

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: AnyIndex) -> bool:
        return False

    def visualRect(self, index: AnyIndex) -> QRect:
        if not index.isValid() or index.row() >= self._arrangement.count:
            return QRect()
        return self._arrangement.place(index.row()).translated(-self._offset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._arrangement.row_at(point + self._offset())
        return QModelIndex() if row is None else self._model.index(row)

    def scrollTo(
        self,
        index: AnyIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        if not index.isValid() or index.row() >= self._arrangement.count:
            return
        place = self._arrangement.place(index.row())
        if hint is QAbstractItemView.ScrollHint.PositionAtTop:
            self._scroll(place.topLeft() - QPoint(0, px(HEADING)))
        elif hint is QAbstractItemView.ScrollHint.PositionAtCenter:
            self._scroll(place.center() - self.viewport().rect().center())
        else:
            self._scroll(self._offset() + _way_into(place.translated(-self._offset()), self.viewport().rect()))

    def moveCursor(
        self,
        cursorAction: QAbstractItemView.CursorAction,  # noqa: N803
        modifiers: Qt.KeyboardModifier,
    ) -> QModelIndex:
        if not self._arrangement.count:
            return QModelIndex()
        if not self.currentIndex().isValid():
            return self._model.index(0)
        room = self.viewport().size()
        is_strip = self._arrangement.size.width() > room.width()
        page = room.width() if is_strip else room.height()
        return self._model.index(self._arrangement.stepped(self.currentIndex().row(), _STEPS[cursorAction], page))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """From the picture at one corner to that at the other, in reading order."""
        ends = [self.indexAt(corner) for corner in (rect.topLeft(), rect.bottomRight())]
        if all(end.isValid() for end in ends):
            first, last = sorted(end.row() for end in ends)
            selection = QItemSelection(self._model.index(first), self._model.index(last))
        else:
            selection = self._touched(rect.normalized())
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """All that is in sight: a selection may be of any size."""
        return QRegion(self.viewport().rect())

    def keyboardSearch(self, search: str) -> None:
        """Not by the beginning of a prompt: the search finds more, and Qt's own would read every row."""

    # --- events ---

    def updateGeometries(self) -> None:
        super().updateGeometries()
        content, room = self._arrangement.size, self.viewport().size()
        for bar, whole, seen in (
            (self.horizontalScrollBar(), content.width(), room.width()),
            (self.verticalScrollBar(), content.height(), room.height()),
        ):
            bar.setRange(0, max(0, whole - seen))
            bar.setPageStep(seen)
            bar.setSingleStep(px(_LINE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange_anew()

    def showEvent(self, event: QShowEvent) -> None:
        """Another view may have wanted other thumbnails meanwhile."""
        super().showEvent(event)
        self._wanted = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._turn(event)
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)  # a touchpad sends parts of one
        self._turned -= notches * _NOTCH
        if notches:
            self.size_asked.emit(notches)
        event.accept()

    def _turn(self, event: QWheelEvent) -> None:
        """What lies in one line is moved along it by any wheel."""
        if self.verticalScrollBar().maximum():
            super().wheelEvent(event)
        else:
            QCoreApplication.sendEvent(self.horizontalScrollBar(), event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Only what comes into sight is painted."""
        self.viewport().scroll(dx, dy)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(current_tokens().surface))
        offset = self._offset()
        area = event.rect().translated(offset)
        self._paint_headings(painter, area)
        self._paint_pictures(painter, self._arrangement.rows_in(area))
        painter.end()
        self._wants.ask()

    def paint_dragged(self, painter: QPainter, place: QRect, row: int) -> None:
        """As it follows the pointer."""
        cells = self._look.cells(self._model, painter)
        cells.paint(place, self._model.picture(row), selected=False, pointed=False, focused=False)

    def _paint_headings(self, painter: QPainter, area: QRect) -> None:
        offset, today = self._offset(), datetime.now().astimezone().date()
        last = self._model.days[-1:] if not self._model.is_whole else ()
        for place, day in self._arrangement.headings_in(area):
            paint_heading(painter, place.translated(-offset), day, today, px(GAP), counted=day not in last)

    def _paint_pictures(self, painter: QPainter, rows: range) -> None:
        cells, selected = self._look.cells(self._model, painter), self.selectionModel()
        offset, hovered = self._offset(), self._hovered()
        current = self.currentIndex().row() if self.hasFocus() else -1
        for row in rows:
            cells.paint(
                self._arrangement.place(row).translated(-offset),
                self._model.picture(row),
                selected=selected.isSelected(self._model.index(row)),
                pointed=row == hovered,
                focused=row == current,
            )

    # --- thumbnails ---

    def _want_thumbnails(self) -> None:
        """What is in sight first, then what will be when scrolling goes on, then a little of what was."""
        seen = self.rows_in_sight()
        scale = self.devicePixelRatioF()
        side = round(self._look.side(self._arrangement.cell) * scale)
        asked = (seen, side)
        if asked == self._wanted:
            return
        self._wanted = asked
        if self._look.read(self._model, seen):
            self.viewport().update()
        pictures = map(self._model.picture, self._rows_in_order(seen))
        self._model.thumbnails.want(pictures, side, round(px(RADIUS) * scale))

    def _rows_in_order(self, seen: range) -> list[int]:
        moved = self._offset() - self._last_offset
        self._last_offset = self._offset()
        if moved.manhattanLength() > self.viewport().height():  # a jump: where it goes on from here is not known
            return [*seen]
        count = len(seen)
        after = range(seen.stop, min(seen.stop + count, self._arrangement.count))
        before = range(seen.start - 1, max(-1, seen.start - 1 - count), -1)
        ahead, behind = (before, after) if moved.x() + moved.y() < 0 else (after, before)
        return [*seen, *ahead, *behind[: count // 2]]

    def _on_arrived(self, pictures: Collection[PictureId]) -> None:
        offset = self._offset()
        for row in self.rows_in_sight():
            if self._model.picture(row) in pictures:
                self.viewport().update(self._arrangement.place(row).translated(-offset))

    # --- arranging ---

    def _arrange(self) -> None:
        room = self.maximumViewportSize()
        self._arrangement = self._look.arrange(self._model, room.width() - self.scroll_bar_width() - 1, room.height())
        self._wanted = None
        self.updateGeometries()
        self.viewport().update()
        self.arranged.emit()

    def _offset(self) -> QPoint:
        return QPoint(self.horizontalOffset(), self.verticalOffset())

    def _scroll(self, offset: QPoint) -> None:
        self.horizontalScrollBar().setValue(offset.x())
        self.verticalScrollBar().setValue(offset.y())

    def _row_of_interest(self) -> int | None:
        """The current picture if it is in sight, else the first one that is."""
        rows, current = self.rows_in_sight(), self.currentIndex().row()
        return current if current in rows else rows.start if rows else None

    def _hovered(self) -> int:
        if not self.viewport().underMouse():
            return -1
        return self.indexAt(self.viewport().mapFromGlobal(QCursor.pos())).row()

    def _touched(self, rect: QRect) -> QItemSelection:
        area = rect.translated(self._offset())
        rows = [row for row in self._arrangement.rows_in(area) if self._arrangement.place(row).intersects(area)]
        selection = QItemSelection()
        for row in rows:
            index = self._model.index(row)
            selection.select(index, index)
        return selection


def _way_into(place: QRect, room: QRect) -> QPoint:
    """How far to scroll until a place is in sight, with what is above it: a heading, or a hint that there is more."""
    top = place.top() - px(HEADING)
    x = min(0, place.left()) or max(0, place.right() - room.right())
    y = min(0, top) or max(0, min(place.bottom() - room.bottom(), top))
    return QPoint(x, y)


class _DraggedCell(QStyledItemDelegate):
    """Qt paints what is dragged with a delegate."""

    def __init__(self, items: PictureItems) -> None:
        super().__init__(items)
        self._items = items

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        place: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]  missing in the stubs
        self._items.paint_dragged(painter, place, index.row())
