"""The tokens of sites: given, told about and forgotten, and never shown again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.core.errors import KeyringUnusable
from studio.ui.model_manager.token_desk import TokenDesk, TokenOperations
from studio.ui.model_manager.token_dialog import TokenDialog, TokenPart, TokenSite
from tests.helpers.run_now import run_or_fail_now

SITES = (
    TokenSite("Hugging Face", "huggingface.co", "https://huggingface.co/settings/tokens"),
    TokenSite("Civitai", "civitai.com", "https://civitai.com/user/account"),
)


class Ring:
    """A keyring; a locked one keeps nothing."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.is_locked = False

    def keep(self, server: str, token: str) -> None:
        if self.is_locked:
            raise KeyringUnusable("locked")
        self.tokens = {**self.tokens, server: token} if token else {k: v for k, v in self.tokens.items() if k != server}


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture
def desk(window: QWidget, ring: Ring) -> TokenDesk:
    return TokenDesk(window, SITES, TokenOperations(lambda server: server in ring.tokens, ring.keep), run_or_fail_now)


def test_a_token_is_kept_for_its_site_and_not_shown(desk: TokenDesk, window: QWidget, ring: Ring, qtbot: QtBot) -> None:
    desk.open()
    part = shown_part(window, "huggingface.co")
    assert shown_dialog(window).focusWidget() is part.field
    assert part.field.echoMode() is QLineEdit.EchoMode.Password
    assert part.state.text() == "No token is kept"
    qtbot.keyClicks(part.field, "  hf_secret ")
    qtbot.keyClick(part.field, Qt.Key.Key_Return)
    assert ring.tokens == {"huggingface.co": "hf_secret"}
    assert part.state.text() == "A token is kept"
    assert part.field.text() == ""
    assert shown_part(window, "civitai.com").state.text() == "No token is kept"
    assert shown_dialog(window).isVisible()  # Enter kept the token, and nothing else


def test_a_kept_token_is_told_about_and_taken_away(desk: TokenDesk, window: QWidget, ring: Ring) -> None:
    ring.tokens["civitai.com"] = "secret"
    desk.open("civitai.com")
    part = shown_part(window, "civitai.com")
    assert shown_dialog(window).focusWidget() is part.field
    assert part.state.text() == "A token is kept"
    part.remove.click()
    assert ring.tokens == {}
    assert part.state.text() == "No token is kept"
    assert not part.remove.isEnabled()


def test_what_the_keyring_refuses_stays_in_the_field_and_is_said_there(
    desk: TokenDesk, window: QWidget, ring: Ring, qtbot: QtBot
) -> None:
    ring.is_locked = True
    desk.open()
    part = shown_part(window, "huggingface.co")
    part.keep.click()
    assert part.fault.text() == "Paste a token first."
    qtbot.keyClicks(part.field, "hf_secret")
    part.keep.click()
    assert "locked" in part.fault.text()
    assert part.field.text() == "hf_secret"


def test_a_second_opening_asks_the_keyring_anew(desk: TokenDesk, window: QWidget, ring: Ring) -> None:
    desk.open()
    shown_dialog(window).accept()
    ring.tokens["huggingface.co"] = "from elsewhere"
    desk.open()
    assert shown_part(window, "huggingface.co").state.text() == "A token is kept"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_button_that_has_the_focus(
    desk: TokenDesk, window: QWidget, ring: Ring, qtbot: QtBot, key: Qt.Key
) -> None:
    ring.tokens["civitai.com"] = "from elsewhere"
    desk.open()
    dialog = shown_dialog(window)
    qtbot.waitUntil(dialog.isActiveWindow)
    remove = dialog.parts["civitai.com"].remove
    remove.setFocus()
    qtbot.keyClick(remove, key)
    assert ring.tokens == {}
    [close] = [button for button in dialog.findChildren(QPushButton) if button.text() == "Close"]
    close.setFocus()
    qtbot.keyClick(close, key)
    assert not dialog.isVisible()


def shown_dialog(window: QWidget) -> TokenDialog:
    [dialog] = [dialog for dialog in window.findChildren(TokenDialog) if dialog.isVisible()]
    return dialog


def shown_part(window: QWidget, server: str) -> TokenPart:
    return shown_dialog(window).parts[server]
