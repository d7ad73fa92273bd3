"""Runs a script in an interpreter of its own: log and crash hooks belong to the whole process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def run_python(script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run `script` with the source tree on its path; it finds `arguments` in `sys.argv[1:]`."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
