"""Tags and a note for the selected pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.gallery.picture_marks import PictureMarks
from studio.ui.controls import label, section
from studio.ui.flow_layout import FlowLayout
from studio.ui.popup import Popup
from studio.ui.theme import px

_MOST_SUGGESTED = 12
_LONGEST_TAG = 100
_LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class MarkEdit:
    """What to change: tags that come, tags that go, and the note, if that is another one."""

    added: frozenset[str]
    removed: frozenset[str]
    note: str | None

    def apply(self, marks: PictureMarks) -> PictureMarks:
        gone = {tag.casefold() for tag in self.removed | self.added}
        kept = [tag for tag in marks.tags if tag.casefold() not in gone]
        tags = tuple(sorted([*kept, *self.added], key=str.casefold))
        return replace(marks, tags=tags, note=marks.note if self.note is None else self.note)


class MarkEditor(Popup):
    """Shows the tags that all pictures have; a note only for a single one.

    Signals:
        decided(MarkEdit)
    """

    decided = Signal(object)

    def __init__(self, parent: QWidget, marks: Sequence[PictureMarks], used_tags: Sequence[str]) -> None:
        super().__init__(parent)
        self._tags = common_tags(marks)
        self._note = marks[0].note if len(marks) == 1 else None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Tags and note"))
        self.setFixedWidth(px(360))
        self.tags = QLineEdit(", ".join(self._tags))
        self.tags.setPlaceholderText(tr("sea, sunset"))
        self.tags.setAccessibleName(tr("Tags"))
        self.tags.setToolTip(tr("Words to find the picture by (tag:sea), with commas between them"))
        self.note = QPlainTextEdit(self._note or "")
        self.note.setFixedHeight(px(72))
        self.note.setTabChangesFocus(True)
        self.note.setAccessibleName(tr("Note"))
        self.note.setToolTip(tr("For yourself; found by note:word"))
        self._lay_out(len(marks), [tag for tag in used_tags if tag not in self._tags][:_MOST_SUGGESTED])

    def show_left_of(self, position: QPoint) -> None:
        """Open beside this place of the screen, which stays in sight."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        top = min(position.y(), room.bottom() - self.height())
        self.move(max(room.left(), position.x() - self.width() - px(8)), top)
        self.show()
        self.tags.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._decide()
        else:
            super().keyPressEvent(event)

    def _decide(self) -> None:
        wanted, shown = tags_in(self.tags.text()), frozenset(self._tags)
        note = self.note.toPlainText().strip()[:_LONGEST_NOTE]
        changed_note = note if self._note is not None and note != self._note else None
        self.decided.emit(MarkEdit(frozenset(wanted) - shown, shown - frozenset(wanted), changed_note))
        self.close()

    def _add(self, tag: str, _checked: bool = False) -> None:
        self.tags.setText(", ".join([*tags_in(self.tags.text()), tag]))
        self.tags.setFocus()

    def _lay_out(self, pictures: int, suggested: Sequence[str]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(16))
        column.setSpacing(px(8))
        column.addWidget(
            section(tr("Tags") if pictures == 1 else tr("Tags of all {pictures} pictures", pictures=pictures))
        )
        column.addWidget(self.tags)
        if suggested:
            column.addWidget(self._suggestions(suggested))
        if self._note is not None:
            column.addWidget(section(tr("Note")))
            column.addWidget(self.note)
        else:
            column.addWidget(label(tr("A note belongs to a single picture."), "muted"))
        column.addLayout(self._buttons())

    def _suggestions(self, tags: Sequence[str]) -> QWidget:
        widget = QWidget()
        flow = FlowLayout(widget, spacing=px(8))
        for tag in tags:
            chip = QPushButton(tag.replace("&", "&&"))
            chip.setObjectName("chip")
            chip.setFixedHeight(px(26))
            chip.setAutoDefault(False)
            chip.setToolTip(tr("Add the tag “{tag}”", tag=tag))
            chip.clicked.connect(partial(self._add, tag))
            flow.addWidget(chip)
        return widget

    def _buttons(self) -> QHBoxLayout:
        save = QPushButton(tr("Save"))
        save.setObjectName("accept")
        save.setToolTip(tr("Keep these tags and the note  (Enter)"))
        save.clicked.connect(self._decide)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(save)
        return row


def common_tags(marks: Sequence[PictureMarks]) -> tuple[str, ...]:
    """Those that all have, as the first one writes them."""
    others = [{tag.casefold() for tag in of_one.tags} for of_one in marks[1:]]
    return tuple(tag for tag in marks[0].tags if all(tag.casefold() in of_one for of_one in others))


def tags_in(text: str) -> tuple[str, ...]:
    """The tags of a text with commas, each once, alike in any case. Quotes go: searches use them."""
    found: dict[str, str] = {}
    for part in text.split(","):
        tag = " ".join(part.replace('"', " ").split())[:_LONGEST_TAG].strip()
        if tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())
