"""Runs the program as its users do: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from studio.settings.paths import UserPaths

ROOT = Path(__file__).resolve().parents[2]


def run_studio(*arguments: str | Path, home: Path, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    """`studio ARGUMENTS --home HOME` from another folder, with its output; after a crash its stacks are in `stderr`."""
    done = subprocess.run(
        [sys.executable, "-m", "studio", "--home", str(home), *map(str, arguments)],
        cwd=home.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode < 0:  # by a signal
        done.stderr += UserPaths.below(home).crash_file.read_text(errors="replace")
    return done
