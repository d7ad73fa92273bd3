"""The family of a picture as a small tree: from what it was made, itself, and what was made from it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.gallery.family import Family
from studio.gallery.record import PictureRecord
from studio.ui.controls import section
from studio.ui.picture_details import start_facts
from studio.ui.popup import Popup
from studio.ui.theme import px

_WIDTH = 400
_ROW = 48
_PICTURE = 40
_MOST_ROWS = 8
_ID = Qt.ItemDataRole.UserRole


class FamilyPopup(Popup):
    """
    Signals:
        chosen(PictureId): go to this one.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget, family: Family, thumbnails: Mapping[PictureId, QImage]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Family of this picture"))
        self._thumbnails = thumbnails
        self.tree = QTreeWidget()
        self.tree.setObjectName("family")
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIconSize(QSize(px(_PICTURE), px(_PICTURE)))
        self.tree.setIndentation(px(20))
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setAccessibleName(tr("From the oldest picture down to those that were made from this one"))
        self.tree.itemClicked.connect(self._choose)
        self.tree.itemActivated.connect(self._choose)
        self._fill(family)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(12), px(12), px(12), px(12))
        column.setSpacing(px(8))
        column.addWidget(section(tr("Family")))
        column.addWidget(self.tree)
        rows = len(family.ancestors) + 1 + len(family.children)
        self.tree.setFixedHeight(min(rows, _MOST_ROWS) * px(_ROW))
        self.setFixedWidth(px(_WIDTH))

    def show_above(self, anchor: QWidget) -> None:
        """Open above `anchor`, inside the screen, with the focus in it."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), -self.height() - px(8)))
        area = anchor.screen().availableGeometry()
        self.move(max(area.left(), place.x()), max(area.top(), place.y()))
        self.show()
        self.tree.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self, family: Family) -> None:
        above: QTreeWidgetItem | None = None
        for ancestor in family.ancestors:
            above = self._row(ancestor, above)
        own = self._row(family.picture, above)
        font = own.font(0)
        font.setBold(True)
        own.setFont(0, font)
        for child in family.children:
            self._row(child, own)
        self.tree.expandAll()
        self.tree.setCurrentItem(own)

    def _row(self, record: PictureRecord, above: QTreeWidgetItem | None) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        item.setText(0, row_text(record))
        item.setToolTip(0, record.parameters.prompt.text if record.parameters else record.path.name)
        item.setData(0, _ID, record.id)
        item.setSizeHint(0, QSize(0, px(_ROW)))
        thumbnail = self._thumbnails.get(record.id)
        if thumbnail is not None:
            picture = QIcon()
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else the selected one would be tinted
                picture.addPixmap(QPixmap.fromImage(thumbnail), mode)
            item.setIcon(0, picture)
        if above is None:
            self.tree.addTopLevelItem(item)
        else:
            above.addChild(item)
        return item

    def _choose(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        self.chosen.emit(item.data(0, _ID))
        self.close()


def row_text(record: PictureRecord) -> str:
    """How it was made, and its prompt."""
    if record.parameters is None:
        return record.path.name
    how = start_facts(record.parameters)
    return "  ·  ".join([*how, " ".join(record.parameters.prompt.text.split()) or tr("(empty prompt)")])
