"""Tokens in the system's keyring."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from studio.checkpoints.download.credentials import KeyringTokens, server_of
from studio.core.errors import KeyringUnusable


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets; a locked one answers nothing."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.passwords:
            raise PasswordDeleteError(username)
        del self.passwords[service, username]

    def _check(self) -> None:
        if self.is_locked:
            raise KeyringLocked("locked")


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    ring = MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_a_token_is_kept_for_its_server_only(ring: MemoryKeyring) -> None:
    tokens = KeyringTokens()
    tokens.store(server_of("https://huggingface.co"), "secret")

    assert tokens.token("huggingface.co") == "secret"
    assert tokens.token("civitai.com") is None
    assert asyncio.run(tokens.token_for("huggingface.co")) == "secret"


def test_an_empty_token_is_forgotten(ring: MemoryKeyring) -> None:
    tokens = KeyringTokens()
    tokens.store("huggingface.co", "secret")
    tokens.store("huggingface.co", "")
    tokens.store("civitai.com", "")

    assert ring.passwords == {}


def test_a_locked_keyring_is_a_fact(ring: MemoryKeyring) -> None:
    ring.is_locked = True

    with pytest.raises(KeyringUnusable):
        KeyringTokens().token("huggingface.co")
    with pytest.raises(KeyringUnusable):
        KeyringTokens().store("huggingface.co", "secret")


def test_without_a_keyring_there_is_no_token_and_none_can_be_kept(ring: MemoryKeyring) -> None:
    keyring.set_keyring(NoKeyring())

    assert KeyringTokens().token("huggingface.co") is None
    with pytest.raises(KeyringUnusable):
        KeyringTokens().store("huggingface.co", "secret")
