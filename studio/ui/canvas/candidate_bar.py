"""The strip below the canvas with the results that wait for an answer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QIcon, QImage, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QScrollArea, QToolButton, QWidget

from studio.core.language import tr, trn
from studio.core.picture_id import PictureId
from studio.ui.canvas.candidates import Candidates
from studio.ui.controls import action_button, label
from studio.ui.fitted_pixmap import fitted_pixmap
from studio.ui.theme import px


class CandidateBar(QFrame):
    """ "Original", then one small picture for each result, and what can be done with the one that is looked at.

    Signals:
        chosen(int): look at the result at this place, or at the original (-1).
        stands(int): so many pixels at the foot of the page are its own from now on; 0 when it goes, not when it is
            covered together with its page.
    """

    chosen = Signal(int)
    stands = Signal(int)

    def __init__(self, thumbnail: Callable[[PictureId], QImage], accept: QAction, others: tuple[QAction, ...]) -> None:
        super().__init__()
        self.setObjectName("candidates")
        self.setAccessibleName(tr("Results"))
        self._thumbnail = thumbnail
        self._count = label("", "muted")
        self._choices = QHBoxLayout()
        self._choices.setSpacing(px(4))
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_clicked)
        self._accept = QPushButton(tr("Accept"))
        self._accept.setObjectName("accept")
        self._accept.setToolTip(accept.toolTip())
        self._accept.clicked.connect(accept.trigger)
        self._accept.setEnabled(accept.isEnabled())
        accept.enabledChanged.connect(self._accept.setEnabled)
        self._place: int | None = None
        self._results = 0
        self._comparing = False
        self._lay_out(others)
        self.hide()

    @property
    def has_keys(self) -> bool:
        """A button of it is what the keyboard acts on."""
        return self.isAncestorOf(self.window().focusWidget())

    def show_candidates(self, candidates: Candidates) -> None:
        """Show what there is; hidden when there is nothing to decide."""
        self.setVisible(bool(candidates.records))
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._choices.removeWidget(button)
            button.deleteLater()
        self._add_choice(0, tr("Original"), None)
        for place, record in enumerate(candidates.records):
            self._add_choice(place + 1, tr("Result {place}", place=place + 1), self._thumbnail(record.id))
        self._place, self._results = candidates.position, len(candidates.records)
        self._mark_shown()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.stands.emit(self.sizeHint().height())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.isHidden():
            self.stands.emit(0)

    def show_comparing(self, comparing: bool) -> None:
        """The original is shown for as long as a key or button is held, whatever is looked at."""
        self._comparing = comparing
        if self._group.buttons():
            self._mark_shown()

    def _mark_shown(self) -> None:
        place = None if self._comparing else self._place
        self._group.button(0 if place is None else place + 1).setChecked(True)
        self._count.setText(self._count_text(place))
        self.setAccessibleDescription(self._count.text())

    def _count_text(self, place: int | None) -> str:
        if self._comparing:
            return tr("Original")
        if place is not None:
            return tr("{place} of {results}", place=place + 1, results=self._results)
        return trn("{n} result", "{n} results", self._results)

    def _on_clicked(self, number: int) -> None:
        self.chosen.emit(number - 1)

    def _add_choice(self, number: int, name: str, image: QImage | None) -> None:
        button = QToolButton()
        button.setObjectName("candidate")
        button.setCheckable(True)
        button.setToolTip(tr("Look at: {name}  (← →)", name=name))
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if image is None or image.isNull():
            button.setText(name)
            button.setFixedHeight(px(48))
        else:
            button.setIcon(QIcon(fitted_pixmap(_square(image), px(44), self.devicePixelRatioF())))
            button.setProperty("picture", True)
            button.setIconSize(QSize(px(44), px(44)))
            button.setFixedSize(px(48), px(48))
        self._group.addButton(button, number)
        self._choices.addWidget(button)

    def _lay_out(self, others: tuple[QAction, ...]) -> None:
        strip = QWidget()
        strip_row = QHBoxLayout(strip)
        strip_row.setContentsMargins(0, 0, 0, 0)
        strip_row.addLayout(self._choices)
        strip_row.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(strip)
        scroll.setWidgetResizable(True)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(8), px(12), px(8))
        row.setSpacing(px(8))
        row.addWidget(scroll, 1)
        row.addWidget(self._count)
        for action in others:
            row.addWidget(action_button(action))
        row.addWidget(self._accept)
        self.setFixedHeight(px(64) + 1)  # the line at its top


def _square(image: QImage) -> QImage:
    """The middle of the image."""
    least = min(image.width(), image.height())
    return image.copy((image.width() - least) // 2, (image.height() - least) // 2, least, least)
