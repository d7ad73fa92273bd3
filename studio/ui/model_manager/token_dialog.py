"""Asks for the tokens that sites want to see before they hand out some models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.controls import label, pressed_by_enter
from studio.ui.theme import px

_ABOUT = tr(
    "Some models are given only to people with an account at the site. A token stands for your account: make one "
    "there, reading is all that it must allow, and paste it here. It is kept in this computer's keyring and shown to "
    "that site alone, when you look something up or download it."
)
_LONGEST_TOKEN = 500


@dataclass(frozen=True, slots=True)
class TokenSite:
    """A site that asks for tokens: `server` is the host they are kept for, `page` where one makes them."""

    title: str
    server: str
    page: str


class TokenDialog(QDialog):
    """One part for each site. What is typed is sent on and forgotten; what is kept is never shown.

    Signals:
        token_given(str, str): for this server, keep this token.
        removal_asked(str): keep none for this server any more.
    """

    token_given = Signal(str, str)
    removal_asked = Signal(str)

    def __init__(self, parent: QWidget, sites: Sequence[TokenSite]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Access tokens"))
        self.setMinimumWidth(px(480))
        self.parts = {site.server: TokenPart(site) for site in sites}
        self._lay_out()
        for server, part in self.parts.items():
            part.keep.clicked.connect(partial(self._on_keep, server))
            part.field.returnPressed.connect(partial(self._on_keep, server))
            part.remove.clicked.connect(partial(self._on_remove, server))

    def show_state(self, server: str, *, kept: bool) -> None:
        """Say whether a token is kept for this server; what was typed for it was taken."""
        self.parts[server].show_state(kept=kept)

    def show_fault(self, server: str, text: str) -> None:
        """Say what went wrong at this server; what was typed stays."""
        self.parts[server].show_fault(text)

    def _on_keep(self, server: str) -> None:
        token = self.parts[server].field.text().strip()
        if token:
            self.token_given.emit(server, token)
        else:
            self.show_fault(server, tr("Paste a token first."))

    def _on_remove(self, server: str) -> None:
        self.removal_asked.emit(server)

    def _lay_out(self) -> None:
        about = label(_ABOUT, "muted")
        about.setWordWrap(True)
        close = QPushButton(tr("Close"))
        pressed_by_enter(close)
        close.setMinimumHeight(px(32))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(16))
        column.addWidget(about)
        for part in self.parts.values():
            column.addWidget(part)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


class TokenPart(QFrame):
    """The name of a site, whether there is a token for it, and the field for another one."""

    def __init__(self, site: TokenSite) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.keep = QPushButton(tr("Keep"))
        self.remove = QPushButton(tr("Remove"))
        self.get = QPushButton(tr("Get a token…"))
        self.state = label("", "muted")
        self.fault = label("", "fault")
        self._is_looking = True
        self._lay_out(site)
        self.show_state(kept=None)

    def show_state(self, *, kept: bool | None) -> None:
        """None while nobody knows: the keyring is being asked."""
        self._is_looking = kept is None
        self.state.setText(
            tr("Looking…") if kept is None else tr("A token is kept") if kept else tr("No token is kept")
        )
        self.field.setPlaceholderText(tr("Paste another token") if kept else tr("Paste a token"))
        self.remove.setEnabled(bool(kept))
        self.show_fault("")
        if kept is not None:
            self.field.clear()

    def show_fault(self, text: str) -> None:
        """A sentence below the field; empty takes it away."""
        self.fault.setText(text)
        self.fault.setVisible(bool(text))
        if text and self._is_looking:
            self.state.setText("")

    def _lay_out(self, site: TokenSite) -> None:
        self.setAccessibleName(tr("Token for {title}", title=site.title))
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMaxLength(_LONGEST_TOKEN)
        self.field.setAccessibleName(tr("Token for {title}", title=site.title))
        self.field.setToolTip(tr("Kept in the keyring for {server} alone. Enter keeps it", server=site.server))
        self.keep.setToolTip(tr("Keep this token for {server} in the keyring", server=site.server))
        self.remove.setToolTip(tr("Take the token for {server} out of the keyring", server=site.server))
        self.get.setToolTip(tr("Open {page} in your browser", page=site.page))
        self.get.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(site.page)))
        for button in (self.keep, self.remove, self.get):
            button.setAccessibleName(f"{button.text()}: {site.title}")
            pressed_by_enter(button)
            button.setMinimumHeight(px(32))
        self.fault.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addLayout(_row(label(site.title), self.state))
        column.addLayout(_row(self.field, self.keep, self.remove, self.get))
        column.addWidget(self.fault)


def _row(first: QWidget, *others: QWidget) -> QHBoxLayout:
    """Side by side; the first one takes the room that is left."""
    row = QHBoxLayout()
    row.setSpacing(px(8))
    row.addWidget(first, 1)
    for widget in others:
        row.addWidget(widget)
    return row
