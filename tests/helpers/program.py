"""Runs the program as its users do: as a process of its own.

`STUDIO_PROGRAM` in the environment names another one than the sources at hand: a frozen one, which then has to pass the
same tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from studio.settings.paths import UserPaths
from tests.helpers.warm_process import run_warm

ROOT = Path(__file__).resolve().parents[2]

Done = subprocess.CompletedProcess[str]


def run_studio(*arguments: str | Path, home: Path, timeout: float = 110) -> Done:
    """`studio ARGUMENTS --home HOME` from another folder, with its output; after a crash its stacks are in `stderr`."""
    command, environment = _program()
    done = subprocess.run(
        [*command, *_all(arguments, home)],
        cwd=home.parent,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return _with_stacks(done, home)


def run_warm_studio(*arguments: str | Path, home: Path, timeout: float = 110) -> Done:
    """The same in a process that has torch and diffusers already: a slow machine reads them for ten seconds.

    For commands without a window. How the program behaves while it imports them is not seen.
    """
    if "STUDIO_PROGRAM" in os.environ:
        return run_studio(*arguments, home=home, timeout=timeout)
    return _with_stacks(run_warm("studio", _all(arguments, home), home.parent, timeout), home)


def _program() -> tuple[list[str], dict[str, str]]:
    """How it is started, and what it needs in the environment."""
    if (frozen := os.environ.get("STUDIO_PROGRAM")) is not None:
        return [frozen], {}
    return [sys.executable, "-m", "studio"], {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


def _all(arguments: tuple[str | Path, ...], home: Path) -> list[str]:
    return ["--home", str(home), *map(str, arguments)]


def _with_stacks(done: Done, home: Path) -> Done:
    if done.returncode < 0:  # by a signal
        done.stderr += UserPaths.below(home).crash_file.read_text(errors="replace")
    return done
