"""What the makers sign is what the program believes."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from studio.app.update_announcement import Update, read_announcement

SCRIPT = Path(__file__).parents[2] / "packaging" / "sign_update.py"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)


def test_a_signed_announcement_is_believed_with_the_printed_key_alone(tmp_path: Path) -> None:
    key, notes = tmp_path / "key.pem", tmp_path / "notes.txt"
    notes.write_text("Schneller: größere Bilder.\n", encoding="utf-8")
    public = run("--new-key", key).stdout.strip()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600

    document = run("--key", key, "1.3.0", notes, "https://example.org/1.3").stdout.encode()
    found = read_announcement(document, running="1.2", now=datetime.now(UTC), keys=[public])
    assert found == Update("1.3.0", "Schneller: größere Bilder.", "https://example.org/1.3")


def test_a_key_is_never_overwritten_and_nonsense_is_not_signed(tmp_path: Path) -> None:
    key, notes = tmp_path / "key.pem", tmp_path / "notes.txt"
    notes.write_text("")
    assert run("--new-key", key).returncode == 0
    before = key.read_bytes()
    assert run("--new-key", key).returncode != 0
    assert key.read_bytes() == before
    assert run("--key", key, "new", notes, "https://example.org").returncode != 0
    assert run("--key", key, "1.3", notes, "ftp://example.org").returncode != 0
