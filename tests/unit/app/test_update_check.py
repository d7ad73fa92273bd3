"""What is believed about a newer version, and when it is asked for. The makers' page is a server on this machine."""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from studio.app import update_check
from studio.app.cli import studio
from studio.app.log import stop_logging
from studio.app.update_announcement import (
    LARGEST_BYTES,
    PAYLOAD_TYPE,
    AnnouncementRefused,
    Update,
    read_announcement,
    signed_bytes,
    version_numbers,
)
from studio.core.version import VERSION
from tests.helpers.hub_server import HubServer
from tests.helpers.network_guard import heard_connections

KEY = Ed25519PrivateKey.generate()
NOW = datetime(2026, 11, 26, tzinfo=UTC)
FACTS = {
    "version": "1.3",
    "notes": "Faster, and a tray icon.",
    "address": "https://example.org/1.3",
    "expires": "2999-01-01T00:00:00+00:00",
}


def public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def envelope(key: Ed25519PrivateKey = KEY, **facts: object) -> dict[str, Any]:
    payload = json.dumps({**FACTS, **facts}).encode()
    signature = base64.b64encode(key.sign(signed_bytes(payload))).decode()
    encoded = base64.b64encode(payload).decode()
    return {"payloadType": PAYLOAD_TYPE, "payload": encoded, "signatures": [{"sig": signature}]}


def read(document: object, running: str = "1.2") -> Update | None:
    return read_announcement(json.dumps(document).encode(), running=running, now=NOW, keys=[public(KEY)])


def test_a_newer_version_is_told_with_what_is_new_and_where_it_is() -> None:
    assert read(envelope()) == Update("1.3", "Faster, and a tray icon.", "https://example.org/1.3")


@pytest.mark.parametrize("running", ["1.3", "1.3.0"])
def test_the_newest_version_is_told_nothing(running: str) -> None:
    assert read(envelope(), running) is None


def test_versions_are_compared_as_numbers() -> None:
    assert version_numbers("1.10") > version_numbers("1.9.9")
    assert read(envelope(version="1.10"), "1.9.9") is not None


def test_one_of_several_signatures_and_keys_is_enough() -> None:
    other = Ed25519PrivateKey.generate()
    signatures = [envelope(key)["signatures"] for key in (other, KEY)]
    content = json.dumps(changed(signatures=[one for each in signatures for one in each])).encode()
    for keys in ([public(KEY)], [public(Ed25519PrivateKey.generate()), public(other)]):
        assert read_announcement(content, running="1", now=NOW, keys=keys) is not None


def changed(**parts: object) -> dict[str, Any]:
    return {**envelope(), **parts}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (envelope(Ed25519PrivateKey.generate()), "signature"),
        (changed(signatures=[]), "signature"),
        (changed(signatures="none"), "signature"),
        (changed(signatures=[{"sig": "###"}, 5, {}]), "signature"),
        (changed(payload=envelope(version="9")["payload"]), "signature"),
        (changed(payload=None), "signature"),
        (changed(payloadType="text/plain"), "no announcement"),
        ([envelope()], "no JSON object"),
        (envelope(expires="2026-11-25T23:59:59+00:00"), "run out"),
        (envelope(expires="2026-11-25"), "run out"),
        (envelope(expires="soon"), "no time"),
        (envelope(version="1.1.9"), "older"),
        (envelope(version="1.3-beta"), "no version"),
        (envelope(version=""), "no version"),
        (envelope(version=2), "“version” is not understood"),
        (envelope(notes="\x1b[2J"), "“notes” is not understood"),
        (envelope(notes="n" * 4001), "“notes” is not understood"),
        (envelope(address="http://example.org"), "not https"),
        (envelope(address="file:///etc/passwd"), "not https"),
        (changed(more="x" * LARGEST_BYTES), "larger than 64 kB"),
    ],
)
def test_what_is_not_to_be_believed_is_refused_with_the_reason(document: object, reason: str) -> None:
    with pytest.raises(AnnouncementRefused, match=reason):
        read(document)


def test_a_signature_for_another_purpose_does_not_count() -> None:
    document = envelope()
    payload = base64.b64decode(str(document["payload"]))
    document["signatures"] = [{"sig": base64.b64encode(KEY.sign(payload)).decode()}]
    with pytest.raises(AnnouncementRefused, match="signature"):
        read(document)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff", b"[" * 50_000])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(AnnouncementRefused, match="no JSON"):
        read_announcement(content, running="1", now=NOW)


# --- on the command line ---


@pytest.fixture(autouse=True)
def the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands start a log and set hooks for a whole process."""
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    yield
    stop_logging()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        monkeypatch.setattr(update_check, "UPDATE_ADDRESS", f"{server.url}/update.json")
        monkeypatch.setattr(update_check, "PUBLIC_KEYS", (public(KEY),))
        yield server


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(studio, ["--home", str(home), "update-check", *arguments])


def test_nothing_is_asked_until_it_is_allowed(page: HubServer, tmp_path: Path) -> None:
    page.documents["/update.json"] = envelope()
    with heard_connections() as heard:
        result = run(tmp_path)
        off = run(tmp_path, "--off")
    assert (result.exit_code, off.exit_code) == (1, 0)
    assert "studio update-check --on" in result.stderr
    assert (heard, page.requests) == ([], [])


def test_what_was_allowed_is_remembered_and_can_be_forbidden(page: HubServer, tmp_path: Path) -> None:
    page.documents["/update.json"] = envelope()
    assert run(tmp_path, "--on").stdout.splitlines() == [
        "1.3 is there.",
        "Faster, and a tray icon.",
        "https://example.org/1.3",
    ]
    assert json.loads(run(tmp_path, "--json").stdout) == {name: FACTS[name] for name in ("version", "notes", "address")}
    assert run(tmp_path, "--off").exit_code == 0
    assert run(tmp_path).exit_code == 1


def test_the_newest_version_says_so(page: HubServer, tmp_path: Path) -> None:
    page.documents["/update.json"] = envelope(version=VERSION)
    assert run(tmp_path, "--on").stdout == f"{VERSION} is the newest version.\n"
    assert run(tmp_path, "--json").stdout == "null\n"


def test_what_keeps_the_answer_away_is_told_in_a_sentence_that_fits_the_question(
    page: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.documents["/update.json"] = envelope(Ed25519PrivateKey.generate())
    wrong = run(tmp_path, "--on")
    page.documents["/update.json"] = {"more": "x" * 10 * LARGEST_BYTES}
    endless = run(tmp_path)
    del page.documents["/update.json"]
    missing = run(tmp_path)
    monkeypatch.setattr(update_check, "UPDATE_ADDRESS", "http://127.0.0.1:9/update.json")
    nobody = run(tmp_path)
    for result, words, title in (
        (wrong, "its signature is not the makers'", "not believed"),
        (endless, "too long", "not known"),
        (missing, "HTTP status 404", "not known"),
        (nobody, "127.0.0.1:9", "not known"),
    ):
        assert result.exit_code == 1
        assert words in result.stderr
        assert title in result.stderr
        assert "download" not in result.stderr
        assert result.stdout == ""
