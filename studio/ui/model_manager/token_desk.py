"""Shows which tokens are kept, and keeps or forgets them: the keyring is asked in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from studio.core.errors import StudioError
from studio.ui.background import RunInBackground
from studio.ui.messages import message_for
from studio.ui.model_manager.token_dialog import TokenDialog, TokenSite


@dataclass(frozen=True, slots=True)
class TokenOperations:
    """Called in the background: the user may have to unlock the keyring first. Both raise KeyringUnusable."""

    is_kept: Callable[[str], bool]
    keep: Callable[[str, str], None]
    """For a server, this token; an empty one forgets what is kept."""


class TokenDesk(QObject):
    """Opens the dialog and answers it."""

    def __init__(
        self, window: QWidget, sites: Sequence[TokenSite], operations: TokenOperations, run: RunInBackground
    ) -> None:
        super().__init__()
        self._window = window
        self._sites = sites
        self._operations = operations
        self._run = run
        self._dialog: TokenDialog | None = None

    def open(self, server: str | None = None) -> None:
        """Show the dialog, with the cursor at the site `server`, or at the first one."""
        dialog = self._dialog
        if dialog is None:
            dialog = self._dialog = self._new_dialog()
            for site in self._sites:
                self._look(site.server)
        dialog.open()
        dialog.parts[server if server in dialog.parts else self._sites[0].server].field.setFocus()

    def _new_dialog(self) -> TokenDialog:
        dialog = TokenDialog(self._window, self._sites)
        dialog.token_given.connect(self._keep)
        dialog.removal_asked.connect(self._remove)
        dialog.finished.connect(self._on_closed)
        return dialog

    def _look(self, server: str) -> None:
        self._run(
            lambda: self._operations.is_kept(server),
            done=lambda kept: self._show_state(server, kept=kept),
            failed=lambda error: self._show_fault(server, error),
        )

    def _keep(self, server: str, token: str) -> None:
        self._run(
            lambda: self._operations.keep(server, token),
            done=lambda _: self._show_state(server, kept=bool(token)),
            failed=lambda error: self._show_fault(server, error),
        )

    def _remove(self, server: str) -> None:
        self._keep(server, "")

    def _on_closed(self, _result: int) -> None:
        """The keyring may answer later: then nobody asks any more."""
        self._dialog = None

    def _show_state(self, server: str, *, kept: bool) -> None:
        if self._dialog is not None:
            self._dialog.show_state(server, kept=kept)

    def _show_fault(self, server: str, error: StudioError) -> None:
        if self._dialog is not None:
            self._dialog.show_fault(server, message_for(error).text)
