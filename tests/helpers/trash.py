"""A trash of its own for a test: nothing reaches the user's."""

from __future__ import annotations

from pathlib import Path

import pytest
import send2trash.plat_other as trash  # pyright: ignore[reportMissingModuleSource]


@pytest.fixture
def trash_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where deleted things go."""
    home = tmp_path / "trash"
    monkeypatch.setattr(trash, "HOMETRASH", str(home))
    monkeypatch.setattr(trash, "HOMETRASH_B", str(home).encode())
    return home
