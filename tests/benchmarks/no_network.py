"""Does any part of the program, C and C++ included, open a connection to a network? Prints JSON; fails if one does.

    python tests/benchmarks/no_network.py [--runs 3]

Starts `studio --smoke` (window, bundled model, a picture on the disk), `studio generate`, and once a long visit to the
window (pictures, models, tokens, gallery, canvas, dialogs, themes) under strace, and lists every connect, sendto and
sendmsg to an address of the internet families, this machine's own included. Needs strace.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INTERNET = re.compile(r"(connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_INET6?")
UNIX = re.compile(r"connect\(.*sa_family=AF_UNIX, sun_path=@?\"([^\"]*)\"")
STRACE = ("strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    heard = control()
    found: list[str] = []
    traced = 0
    for _ in range(runs):
        for arguments in (("--smoke",), ("generate", "a red apple", "--steps", "2")):
            lines, _said = trace([sys.executable, "-m", "studio", *arguments, "--home"], with_home=True)
            traced += len(lines)
            found += internet_calls(lines)
    lines, said = trace([sys.executable, "-m", "tests.helpers.window_session"], with_home=True)
    found += internet_calls(lines)
    report = {
        "runs": runs,
        "control_heard": heard,
        "calls_traced": traced,
        "window_session": {**json.loads(said), "calls_traced": len(lines), "local_sockets": local_sockets(lines)},
        "to_the_internet": found,
    }
    print(json.dumps(report, indent=2))
    sys.exit(1 if found or not heard else 0)


def control() -> int:
    """How many of one connection made on purpose are heard: a watch that hears nothing proves nothing."""
    script = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    return len(internet_calls(trace([sys.executable, "-c", script], with_home=False)[0]))


def trace(command: list[str], *, with_home: bool) -> tuple[list[str], str]:
    """The traced system calls of `command`, which must succeed, and what it printed. It gets a new home if asked."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "calls"
        home = [str(Path(folder) / "home")] if with_home else []
        done = subprocess.run(
            [*STRACE, str(log), *command, *home],
            cwd=ROOT,
            env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
            capture_output=True,
            check=True,
            text=True,
        )
        return log.read_text(errors="replace").splitlines(), done.stdout


def internet_calls(lines: list[str]) -> list[str]:
    return [line for line in lines if INTERNET.search(line)]


def local_sockets(lines: list[str]) -> list[str]:
    """What was connected to on this machine without any network: the desktop's bus, its display, the name service."""
    return sorted({match[1] for line in lines if (match := UNIX.search(line))})


if __name__ == "__main__":
    main()
