"""A hub with one model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.hub_server import HubServer
from tests.helpers.memory_keyring import ring
from tests.unit.checkpoints.download.downloading import CONTENT, REPOSITORY, WEIGHTS

__all__ = ["ring"]


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        server.add(REPOSITORY, {WEIGHTS: CONTENT, "config.json": b'{"a": 1}'})
        yield server
