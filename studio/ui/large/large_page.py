"""The page of the large picture: the picture, and below it what it is, its neighbours, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.gallery.picture_marks import PictureMarks
from studio.gallery.record import PictureRecord
from studio.ui.commands import Commands
from studio.ui.controls import action_button, icon_button, label
from studio.ui.elided_label import ElidedLabel
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.looks import strip
from studio.ui.gallery.picture_items import PictureItems
from studio.ui.gallery.thumbnail_cells import marks_text
from studio.ui.large.large_picture import LargePictureView
from studio.ui.theme import px

_TEXTS_WIDTH = 232
_STRIP_HEIGHT = 80


class LargePage(QWidget):
    """The film strip has the focus: its keys are those of the gallery, and its selection is the gallery's.

    Signals:
        close_asked()
    """

    close_asked = Signal()

    def __init__(self, model: GalleryModel, commands: Commands) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Large picture"))
        self.picture = LargePictureView()
        self.foot = QFrame()
        self.strip = PictureItems(model, strip())
        self.strip.setAccessibleName(tr("Pictures beside this one"))
        self.strip.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.strip.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.strip.setFixedHeight(px(_STRIP_HEIGHT))
        self.strip.horizontalScrollBar().rangeChanged.connect(self.show_current_in_middle)
        self.setFocusProxy(self.strip)
        commands.keep_to_gallery(self.strip)
        self._prompt = ElidedLabel(look="title")
        self._place = label("", "muted")
        self._lay_out(commands)
        for key, act in (
            ("+", lambda: self.picture.zoom.by(1)),
            ("-", lambda: self.picture.zoom.by(-1)),
            ("Ctrl+0", self.picture.zoom.fit),
            ("Ctrl+1", self.picture.zoom.show_actual_size),
        ):
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def await_picture(self, record: PictureRecord, stand_in: QImage) -> None:
        """Another picture is looked at; until it is read, something smaller stands in for it."""
        prompt = record.parameters.prompt.text if record.parameters else record.path.name
        self._prompt.set_text(prompt or tr("(empty prompt)"))
        self.picture.setAccessibleDescription(prompt)
        self.picture.await_picture(QSize(record.width, record.height), stand_in)

    def show_place(self, row: int, count: int, marks: PictureMarks) -> None:
        """Which of the pictures it is, from 0, and how it is marked."""
        place = tr("{row:,} of {count:,}", row=row + 1, count=count)
        self._place.setText("   ".join(part for part in (place, marks_text(marks)) if part))

    def show_current_in_middle(self, *_: object) -> None:
        """Of the film strip."""
        self.strip.scrollTo(self.strip.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
            return
        super().keyPressEvent(event)

    def _lay_out(self, commands: Commands) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addStretch()
        texts.addWidget(self._prompt)
        texts.addWidget(self._place)
        texts.addStretch()
        about = QWidget()
        about.setLayout(texts)
        about.setFixedWidth(px(_TEXTS_WIDTH))
        texts.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(px(16), px(4), px(12), px(4))
        row.setSpacing(px(4))
        row.addWidget(about)
        row.addSpacing(px(8))
        row.addWidget(self.strip, 1)
        row.addSpacing(px(8))
        for action in (commands.favourite, commands.delete):
            row.addWidget(action_button(action))
        fit = icon_button("fit", tr("All of the picture  (Ctrl+0)"), tr("Fit"))
        fit.clicked.connect(self.picture.zoom.fit)
        actual = icon_button("actual_size", tr("100 %  (Ctrl+1)"), tr("Actual size"))
        actual.clicked.connect(self.picture.zoom.show_actual_size)
        close = icon_button("close", tr("Back to the gallery  (Esc, Space)"), tr("Close the large picture"))
        close.clicked.connect(self.close_asked)
        for button in (fit, actual, close):
            row.addWidget(button)
        self.foot.setObjectName("foot")
        self.foot.setLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.picture, 1)
        column.addWidget(self.foot)
