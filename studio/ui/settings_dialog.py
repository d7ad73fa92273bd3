"""What the program does by itself: how it looks, what it keeps in memory, what it keeps on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QGridLayout, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr, trn
from studio.core.memory import Placement
from studio.settings.model import MemorySettings, ProcessSettings, Settings, Theme
from studio.ui.commands import Commands
from studio.ui.controls import label, section
from studio.ui.language_menu import language_names
from studio.ui.memory_text import placement_text
from studio.ui.theme import px

Value = TypeVar("Value")

_THEMES = {Theme.SYSTEM: tr("As the system"), Theme.LIGHT: tr("Light"), Theme.DARK: tr("Dark")}
_MINUTES = (1, 5, 10, 30, 60)
_MEGABYTES = (100, 500, 2000, 10_000)


class ChoiceField(QComboBox, Generic[Value]):
    """One of several values, each with its text; `activated` tells that the user took one."""

    def __init__(self, name: str, tip: str, texts: Mapping[Value, str], chosen: Value) -> None:
        super().__init__()
        self._values = tuple(texts)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFixedHeight(px(32))
        self.addItems(list(texts.values()))
        self.setCurrentIndex(self._values.index(chosen))

    @property
    def value(self) -> Value:
        return self._values[self.currentIndex()]


class SettingsDialog(QDialog):
    """What is chosen is told at once: there is nothing to confirm.

    Signals:
        theme_chosen(Theme)
        language_chosen(str): a key of LANGUAGES, or AS_SYSTEM.
        memory_chosen(MemorySettings)
        process_chosen(ProcessSettings)
    """

    theme_chosen = Signal(object)
    language_chosen = Signal(str)
    memory_chosen = Signal(object)
    process_chosen = Signal(object)

    def __init__(self, parent: QWidget, settings: Settings, commands: Commands) -> None:
        """`commands` are those that are switched on and off here, too."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        self.setMinimumWidth(px(520))
        look, memory, process = settings.appearance, settings.memory, settings.process
        self.theme = ChoiceField(tr("Theme"), tr("Colours of the window"), _THEMES, look.theme)
        self.language = ChoiceField(
            tr("Language"), tr("What the window speaks from its next start"), language_names(), look.language
        )
        self.placement = ChoiceField(
            tr("While it works"),
            tr("Where the model is while a picture is made. Automatic: the fastest way that fits"),
            _placement_texts(),
            memory.placement,
        )
        self.idle = ChoiceField(
            tr("While nobody uses it"),
            tr("How long the model stays in memory. Automatic: 10 minutes on a graphics card, else for ever"),
            _idle_texts(memory.idle_minutes),
            memory.idle_minutes,
        )
        self.room = ChoiceField(
            tr("Room on the disk"),
            tr("For the steps of the newest pictures, which “Process” shows; from the next start"),
            _room_texts(process.kept_megabytes),
            process.kept_megabytes,
        )
        self.switches = tuple(_switch(command) for command in (commands.tray, commands.update_check))
        self._close = QPushButton(tr("Close"))
        self._close.setMinimumHeight(px(32))
        self._close.setDefault(True)
        self._lay_out()
        self._connect()

    def _connect(self) -> None:
        self.theme.activated.connect(lambda: self.theme_chosen.emit(self.theme.value))
        self.language.activated.connect(lambda: self.language_chosen.emit(self.language.value))
        for field in (self.placement, self.idle):
            field.activated.connect(self._choose_memory)
        self.room.activated.connect(lambda: self.process_chosen.emit(ProcessSettings(self.room.value)))
        self._close.clicked.connect(self.accept)

    def _choose_memory(self) -> None:
        self.memory_chosen.emit(MemorySettings(self.placement.value, self.idle.value))

    def _lay_out(self) -> None:
        rows = QGridLayout()
        rows.setHorizontalSpacing(px(16))
        rows.setVerticalSpacing(px(8))
        rows.setColumnStretch(1, 1)
        groups = (
            (tr("Look"), (self.theme, self.language, *self.switches)),
            (tr("The model in memory"), (self.placement, self.idle)),
            (tr("Steps of pictures"), (self.room,)),
        )
        for title, controls in groups:
            heading = section(title)
            heading.setContentsMargins(0, px(8) if rows.count() else 0, 0, 0)
            rows.addWidget(heading, rows.rowCount(), 0, 1, 2)
            for control in controls:
                _add_row(rows, control)
        note = label(tr("Language and room hold from the next start, all else at once."), "muted")
        note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(16))
        column.addLayout(rows)
        column.addWidget(note)
        column.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)


def _add_row(rows: QGridLayout, control: QWidget) -> None:
    row = rows.rowCount()
    if isinstance(control, QComboBox):
        name = label(control.accessibleName())
        name.setBuddy(control)
        rows.addWidget(name, row, 0)
    rows.addWidget(control, row, 1)


def _switch(command: QAction) -> QCheckBox:
    """Is as the command is, also where that cannot be switched on."""
    box = QCheckBox(command.text())
    box.setToolTip(command.toolTip())
    box.setChecked(command.isChecked())
    box.toggled.connect(command.setChecked)
    command.toggled.connect(box.setChecked)
    return box


def _placement_texts() -> dict[Placement | None, str]:
    return {None: tr("Automatic"), **{placement: placement_text(placement) for placement in Placement}}


def _idle_texts(now: int | None) -> dict[int | None, str]:
    minutes = sorted({*_MINUTES, *((now,) if now else ())})
    return {
        None: tr("Automatic"),
        0: tr("Kept for ever"),
        **{number: trn("Kept for {n} minute", "Kept for {n} minutes", number) for number in minutes},
    }


def _room_texts(now: int) -> dict[int, str]:
    megabytes = sorted({*_MEGABYTES, *((now,) if now else ())})
    sizes = {number: f"{number} MB" if number < 1000 else f"{number / 1000:g} GB" for number in megabytes}
    return {0: tr("None: no steps are kept"), **sizes}
