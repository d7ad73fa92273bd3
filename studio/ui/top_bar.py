"""The line over everything: the program's name, its menus, the model in force and what opens the sides."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from studio.core.language import tr
from studio.ui.commands import Commands
from studio.ui.controls import action_button, label
from studio.ui.keys import keys_text
from studio.ui.menu_bar import MenuBar
from studio.ui.theme import px


class TopBar(QFrame):
    """`menus` holds all commands, `model` the name of the model in force."""

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.menus = MenuBar(commands)
        self.model = label("", "muted")
        self.setObjectName("topBar")
        self.setFixedHeight(px(48))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(12), 0)
        row.setSpacing(px(8))
        row.addWidget(label(tr("Latent Studio"), "brand"))
        row.addSpacing(px(8))
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
        row.addWidget(self.model)
        row.addSpacing(px(8))
        row.addWidget(_find_button(commands))
        for toggle in (commands.toggle_left, commands.toggle_right):
            button = action_button(toggle)
            button.setProperty("side", True)
            row.addWidget(button)


def _find_button(commands: Commands) -> QPushButton:
    find = QPushButton(keys_text("Ctrl+K"))
    find.setToolTip(commands.palette.toolTip())
    find.setAccessibleName(tr("All commands"))
    find.clicked.connect(commands.palette.trigger)
    return find
