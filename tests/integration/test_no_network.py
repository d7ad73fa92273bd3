"""No packet leaves the machine unless the user asked: a session with the bundled model, every socket heard."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.engine_factory import create_session
from tests.helpers.network_guard import heard_connections
from tests.integration.program_under_test import running_studio

PATIENCE_MS = 60_000


def test_the_guard_hears_what_it_should(tmp_path: Path) -> None:
    with heard_connections() as heard, socket.socket() as connection, socket.socket(socket.AF_UNIX) as local:
        with pytest.raises(ConnectionRefusedError):
            connection.connect(("127.0.0.1", 9))
        with pytest.raises(FileNotFoundError):
            local.connect(str(tmp_path / "socket"))
        socket.getaddrinfo("127.0.0.1", 9)
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()

    assert heard == ["socket.connect ('127.0.0.1', 9)", "socket.getaddrinfo 127.0.0.1"]


@pytest.mark.timeout(240)
def test_a_whole_session_touches_no_network(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """Start, load the bundled model, make pictures, delete one, close; and the next start."""
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    home = tmp_path / "home"
    with heard_connections() as heard:
        with running_studio(qapp, qtbot, home, create_session, patience_ms=PATIENCE_MS) as studio:
            panel = studio.window.request_panel
            panel.sampling.steps.set_value(2)
            for prompt in ("a red apple", "a panda"):
                panel.prompt.set_texts(prompt, "")
                with qtbot.waitSignal(studio.service.job_finished, timeout=PATIENCE_MS):
                    panel.make.click()
            record = studio.window.gallery_panel.current
            assert record is not None
            studio.later.picture_commands.delete(record)
        with running_studio(qapp, qtbot, home, create_session, patience_ms=PATIENCE_MS):
            pass

    assert heard == []
