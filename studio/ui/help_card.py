"""The card behind each "?": what a control does, with two pictures that show the difference."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.core.resources import resource_path
from studio.ui.controls import label
from studio.ui.fitted_pixmap import fitted_pixmap
from studio.ui.glossary import Entry
from studio.ui.popup import Popup
from studio.ui.theme import px


class HelpCard(Popup):
    """A popup that closes with Escape or a click elsewhere.

    Signals:
        guide_asked(Entry): read more in the guide.
    """

    guide_asked = Signal(object)

    def __init__(self, entry: Entry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(px(344))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(8))
        title = label(entry.title, "title")
        for text in (title, label(entry.sentence), label(entry.more, "muted")):
            text.setWordWrap(True)
            column.addWidget(text)
        if entry.pictures:
            column.addSpacing(px(4))
            column.addLayout(_pictures(entry, self.devicePixelRatioF()))
        self.more = QPushButton(tr("More in the guide"))
        self.more.setToolTip(tr("Open the guide where “{name}” is explained", name=entry.name))
        self.more.clicked.connect(lambda: self._ask_guide(entry))
        column.addSpacing(px(4))
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.setAccessibleName(entry.title)
        self.setAccessibleDescription(f"{entry.sentence} {entry.more}")

    def _ask_guide(self, entry: Entry) -> None:
        self.close()
        self.guide_asked.emit(entry)

    def show_beside(self, anchor: QWidget) -> None:
        """Open to the right of `anchor`, inside the screen."""
        self.adjustSize()
        position = anchor.mapToGlobal(QPoint(anchor.width() + px(8), -px(8)))
        area = anchor.screen().availableGeometry()
        position.setX(max(area.left(), min(position.x(), area.right() - self.width())))
        position.setY(max(area.top(), min(position.y(), area.bottom() - self.height())))
        self.move(position)
        self.show()


def _pictures(entry: Entry, ratio: float) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(px(16))
    for file, caption in entry.pictures:
        column = QVBoxLayout()
        column.setSpacing(px(4))
        picture = QLabel()
        picture.setPixmap(fitted_pixmap(QImage(str(resource_path("guide", file))), px(148), ratio))
        text = label(caption, "muted")
        text.setWordWrap(True)
        column.addWidget(picture)
        column.addWidget(text)
        column.addStretch()
        row.addLayout(column)
    return row
