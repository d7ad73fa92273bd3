"""Tokens in the system's keyring."""

from __future__ import annotations

import asyncio

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from studio.checkpoints.download.credentials import KeyringTokens, server_of
from studio.core.errors import KeyringUnusable
from tests.helpers.memory_keyring import MemoryKeyring


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
