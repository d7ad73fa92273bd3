"""Windows, where a file that is open cannot be deleted."""

from __future__ import annotations

from pathlib import Path

import pytest


def keep_open_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on deleting a lock file fails as it does there."""
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".lock":
            raise PermissionError(13, "The process cannot access the file", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
