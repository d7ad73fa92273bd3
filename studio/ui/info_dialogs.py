"""Windows that only tell: keyboard shortcuts, recent notices, about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QGridLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.core.version import VERSION
from studio.ui.controls import label, on_one_baseline
from studio.ui.keys import keys_text
from studio.ui.notice_bar import PastNotice
from studio.ui.theme import px

_TO_READ = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


def shortcuts_dialog(parent: QWidget, commands: Iterable[QAction]) -> QDialog:
    rows = [(keys_text(action.shortcut()), action.text()) for action in commands if not action.shortcut().isEmpty()]
    extra = [
        (
            f"{keys_text('Ctrl+Up')}, {keys_text('Ctrl+Down')}",
            tr("In the prompt: more or less weight for the word or the selection"),
        ),
        (f"{keys_text('Alt+Left')}, {keys_text('Alt+Right')}", tr("In the prompt: move the item between its commas")),
        (keys_text("Ctrl+Space"), tr("In the prompt: suggest names of LoRAs, wildcards and embeddings")),
        (tr("Shift+arrow keys"), tr("Fine steps in a number")),
        (tr("Double click on a slider"), tr("Back to its default")),
    ]
    return _dialog(parent, tr("Keyboard shortcuts"), [*rows, *extra])


def notices_dialog(parent: QWidget, past: Sequence[PastNotice]) -> QDialog:
    rows = [(f"{entry.at:%H:%M:%S}", f"{entry.notice.title}. {entry.notice.text}") for entry in reversed(past)]
    return _dialog(parent, tr("Recent notices"), rows or [("", tr("Nothing was announced since the start."))])


def about_dialog(parent: QWidget, places: Sequence[tuple[str, str]]) -> QDialog:
    """`places` are (what, where) of the program's folders."""
    rows = [
        (tr("Version"), VERSION),
        (tr("What it is"), tr("Pictures from words, made on your own computer. Nothing is sent anywhere.")),
        (
            tr("Licences"),
            tr("The program is MIT; those of all that it contains are in the Help menu."),
        ),
        (tr("Starter model"), tr("Trained for this program from MIT-licensed pictures; see its LICENSES.md.")),
        *places,
    ]
    return _dialog(parent, tr("About Latent Studio"), rows)


def licences_dialog(parent: QWidget, file: Path) -> QDialog:
    """`file` has the licences of all that is in the package; a program that is in none has it not."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("Licences of others"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QPlainTextEdit(dialog)
    text.setReadOnly(True)
    text.setAccessibleName(dialog.windowTitle())
    text.setTextInteractionFlags(_TO_READ)
    text.setPlainText(file.read_text(encoding="utf-8") if file.exists() else _licences_elsewhere())
    column = QVBoxLayout(dialog)
    column.setContentsMargins(px(16), px(16), px(16), px(16))
    column.addWidget(text)
    dialog.resize(px(720), px(560))
    return dialog


def _licences_elsewhere() -> str:
    return tr(
        "This program was installed from Python packages: PyTorch, Qt for Python, diffusers, transformers, Pillow, "
        "OpenCV and others. Each has its licence among its own files; “pip show --files NAME” lists them."
    )


def _dialog(parent: QWidget, title: str, rows: Sequence[tuple[str, str]]) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    content = QWidget()
    grid = QGridLayout(content)
    grid.setContentsMargins(px(16), px(16), px(16), px(16))
    grid.setHorizontalSpacing(px(24))
    grid.setVerticalSpacing(px(8))
    grid.setColumnStretch(1, 1)
    for row, (name, text) in enumerate(rows):
        heading, value = label(name, "muted"), label(text, selectable=True)
        value.setWordWrap(True)
        on_one_baseline(heading, value)
        grid.addWidget(heading, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, row, 1)
    grid.setRowStretch(len(rows), 1)
    scroll = QScrollArea()
    scroll.setAccessibleName(title)
    scroll.setWidget(content)
    scroll.setWidgetResizable(True)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(scroll)
    dialog.resize(px(560), min(px(640), px(56) + px(32) * len(rows)))
    return dialog
