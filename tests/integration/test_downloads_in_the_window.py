"""Downloads that an earlier session left: offered in the window, and fetched when the user says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.checkpoints.download.saved_downloads import SavedDownloads
from studio.core.download import DownloadId, DownloadPlan, RemoteFile
from studio.ui.model_manager.token_dialog import TokenDialog
from tests.helpers.fake_session import FakeSession
from tests.helpers.hub_server import HubServer, Status
from tests.helpers.memory_keyring import MemoryKeyring, ring
from tests.integration.program_under_test import answer, notice, running_studio

__all__ = ["ring"]


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        server.add("owner/model", {"model.safetensors": b"weights"})
        yield server


@pytest.fixture
def home(tmp_path: Path, server: HubServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which a download was left."""
    monkeypatch.setattr("studio.checkpoints.download.credentials.KeyringTokens.token", lambda _tokens, _server: None)
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    file = RemoteFile(f"{server.url}/owner/model/resolve/main/model.safetensors", "model.safetensors", 7)
    plan = DownloadPlan(DownloadId("1" * 32), "A model", home / "checkpoints" / "model", (file,), "owner/model")
    SavedDownloads(home / "data" / "downloads.json").save([plan])
    return home


def test_a_left_download_is_offered_and_goes_on_when_told(
    qapp: QApplication, qtbot: QtBot, home: Path, server: HubServer
) -> None:
    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        qtbot.waitUntil(lambda: notice(studio, "not finished") is not None)
        assert server.requests == []
        answer(studio, qtbot, "not finished", "Continue")
        qtbot.waitUntil(lambda: notice(studio, "complete") is not None)
        said = notice(studio, "complete")

    assert said is not None
    assert "could not be verified" in said.text
    assert (home / "checkpoints" / "model" / "model.safetensors").read_bytes() == b"weights"


def test_a_download_that_is_put_off_stays_for_the_next_start(
    qapp: QApplication, qtbot: QtBot, home: Path, server: HubServer
) -> None:
    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        answer(studio, qtbot, "not finished", "Later")
    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        qtbot.waitUntil(lambda: notice(studio, "not finished") is not None)

    assert server.requests == []


def test_a_failure_is_told_with_the_name_and_can_be_tried_again(
    qapp: QApplication, qtbot: QtBot, home: Path, server: HubServer
) -> None:
    server.misbehave("model.safetensors", Status(404))
    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        answer(studio, qtbot, "not finished", "Continue")
        qtbot.waitUntil(lambda: notice(studio, "nothing at this address") is not None)
        told = notice(studio, "nothing at this address")
        assert told is not None
        assert "A model" in told.text
        answer(studio, qtbot, "nothing at this address", "Try again")
        qtbot.waitUntil(lambda: notice(studio, "complete") is not None)

    assert (home / "checkpoints" / "model" / "model.safetensors").read_bytes() == b"weights"


def test_a_site_that_wants_a_token_gets_it_from_the_notice(
    qapp: QApplication, qtbot: QtBot, home: Path, server: HubServer, ring: MemoryKeyring
) -> None:
    server.misbehave("model.safetensors", Status(401))
    with running_studio(qapp, qtbot, home, lambda _: FakeSession()) as studio:
        answer(studio, qtbot, "not finished", "Continue")
        answer(studio, qtbot, "asks for a login", "Give a token…")
        [dialog] = studio.window.findChildren(TokenDialog)
        part = dialog.parts["huggingface.co"]
        qtbot.waitUntil(lambda: part.state.text() == "No token is kept")
        part.field.setText("hf_secret")
        part.keep.click()
        qtbot.waitUntil(lambda: part.state.text() == "A token is kept")
        dialog.accept()

    assert list(ring.passwords.values()) == ["hf_secret"]
