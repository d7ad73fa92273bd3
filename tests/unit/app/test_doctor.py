"""`studio doctor` where something is broken that no machine of ours has broken."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from studio.app.cli import studio
from studio.app.log import stop_logging
from studio.settings.paths import UserPaths
from tests.unit.checkpoints.model_folder import make_model


@pytest.fixture(autouse=True)
def the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands start a log and set hooks for a whole process."""
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    yield
    stop_logging()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the others have one kind of window")
def test_the_plugin_that_is_looked_at_is_that_of_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "studio.engine.session", None)  # it is not about the engine
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)

    def window(display: str) -> str:
        monkeypatch.setenv("WAYLAND_DISPLAY", display)
        result = CliRunner().invoke(studio, ["--home", str(tmp_path / "home"), "doctor", "--json"])
        [text] = [finding["text"] for finding in json.loads(result.stdout) if finding["subject"] == "window"]
        return text

    assert window("") == "Qt's plugin libqxcb.so works"
    assert window("wayland-0") == "Qt's plugin libqwayland.so works"
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")  # as some people have it, for their screenshots
    assert window("wayland-0") == "Qt's plugin libqxcb.so works"


def test_an_engine_that_cannot_be_imported_is_a_fault_with_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "studio.engine.session", None)  # as when a file of it is missing
    result = CliRunner().invoke(studio, ["--home", str(tmp_path / "home"), "doctor", "--json"])
    assert result.exit_code == 1
    faults = [finding for finding in json.loads(result.stdout) if finding["level"] == "FAULT"]
    [engine] = faults
    assert engine["subject"] == "engine"
    assert engine["text"].startswith("it cannot be imported: ")
    assert "studio.engine.session" in engine["text"]
    assert engine["advice"] == "Install the program anew: a part of it is missing or damaged."


def test_a_byte_of_a_model_that_is_another_is_found_where_hashes_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "studio.engine.session", None)  # it is not about the engine
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    model = make_model(paths.checkpoints / "mine")

    def findings(*options: str) -> list[dict[str, str]]:
        result = CliRunner().invoke(studio, ["--home", str(tmp_path / "home"), "doctor", "--json", *options])
        return [finding for finding in json.loads(result.stdout) if finding["subject"] == "hashes"]

    assert findings() == []
    [intact] = findings("--hashes")  # nobody knew its hashes: now they are known
    assert (intact["level"], intact["advice"]) == ("ok", "")
    weights = next(model.rglob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    [damaged] = findings("--hashes")
    assert damaged["level"] == "FAULT"
    assert weights.name in damaged["text"]
    assert "studio models verify --repair mine" in damaged["advice"]
