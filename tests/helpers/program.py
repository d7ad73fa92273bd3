"""Runs the program as its users do: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_studio(*arguments: str | Path, home: Path, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    """`studio ARGUMENTS --home HOME` from another folder, with its output."""
    return subprocess.run(
        [sys.executable, "-m", "studio", "--home", str(home), *map(str, arguments)],
        cwd=home.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
