"""All words of the glossary, by name, each with the way to its place in the guide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label
from studio.ui.glossary import Entry
from studio.ui.guide.places import ENTRIES, Place, place_of
from studio.ui.theme import px


class GlossaryScreen(QWidget):
    """
    Signals:
        place_asked(Place): read on there.
    """

    place_asked = Signal(object)

    def __init__(self, chapters: Sequence[str]) -> None:
        """`chapters` are their titles."""
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, px(16), 0)
        column.setSpacing(px(4))
        column.addWidget(label(tr("Glossary"), "hero"))
        column.addSpacing(px(12))
        self.links: dict[Entry, QPushButton] = {}
        for entry in ENTRIES:
            place = place_of(entry)
            for text in (label(entry.title, "title"), label(entry.sentence), label(entry.more, "muted")):
                text.setWordWrap(True)
                column.addWidget(text)
            link = QPushButton(
                tr("Chapter {chapter}: {title}", chapter=place.chapter, title=chapters[place.chapter - 1])
            )
            link.setObjectName("chip")
            link.setFixedHeight(px(26))
            link.setToolTip(tr("Read more about “{name}”", name=entry.name))
            link.setAccessibleName(tr("{name}: chapter {chapter}", name=entry.name, chapter=place.chapter))
            link.clicked.connect(partial(self._ask, place))
            self.links[entry] = link
            column.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
            column.addSpacing(px(16))
        column.addStretch()

    def _ask(self, place: Place, _checked: bool = False) -> None:
        self.place_asked.emit(place)
